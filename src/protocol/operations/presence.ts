import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { deviceId, timeMs, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { userPresence } from "../messages/notice.ts";
import { utf8Text } from "../text.ts";
import { changeOwn, readOwn, where } from "./chat-operation.ts";
import { operation } from "./operation.ts";

const watched = z.array(userId).min(1).max(LIMITS.presenceWatched);
const states = z.array(userPresence);
const details = z.boolean().optional();

/** Each answer with details may be some kilobytes. */
const fewEnough = ({
  users,
  ...wish
}: {
  readonly users: readonly string[];
  readonly details?: boolean | undefined;
  readonly lastsMs?: number | undefined;
}): boolean => users.length <= CHAT_LIMITS.presenceDetailUsers || (wish.details !== true && wish.lastsMs === undefined);
const FEW = `at most ${CHAT_LIMITS.presenceDetailUsers} users with details, or for a time`;

export const presenceQuery = operation({
  name: "presence.query",
  summary: "The online status of up to 256 users; of up to 100 with details: their devices, and what these have published.",
  input: z
    .strictObject({ users: z.array(userId).min(1).max(LIMITS.presenceQueryUsers), details })
    .refine(({ users, details: asked }) => users.length <= CHAT_LIMITS.presenceDetailUsers || asked !== true, { error: FEW, path: ["users"] }),
  output: z.strictObject({ users: states }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "users", keys: (input) => input.users, max: LIMITS.presenceQueryUsers },
  rest: { method: "POST", path: "/presence/query" },
});

export const presencePublish = changeOwn({
  name: "presence.publish",
  summary:
    "What a device says of its user: a status of its own, and the user's `ext`. Sets what it names; an empty text removes. It goes with the device's logout.",
  input: {
    /** For servers; else the one that asks. */
    device: deviceId.optional(),
    status: z
      .string()
      .max(CHAT_LIMITS.presenceStatusChars)
      .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: "a status without control characters" })
      .optional(),
    ext: utf8Text(CHAT_LIMITS.presenceExtBytes).optional(),
  },
  output: z.strictObject({}),
  rest: { method: "PUT", path: "/users/:user/presence" },
});

const subscribe = changeOwn({
  name: "presence.subscribe",
  summary:
    "Watches users' status: the present state is the answer, each change a notice. Until unsubscribed or logged out; with `lastsMs` for so long, logged in or not, counted anew by each call. Over REST always for a time.",
  input: {
    users: watched,
    lastsMs: z.int().min(1).max(CHAT_LIMITS.presenceLastsMs).optional(),
    details,
  },
  output: z.strictObject({ users: states, until: timeMs.optional() }),
  rate: "subscribe",
  rest: { method: "POST", path: "/users/:user/presence/subscriptions" },
});
export const presenceSubscribe = where(subscribe, fewEnough, FEW);

export const presenceUnsubscribe = changeOwn({
  name: "presence.unsubscribe",
  summary: "Stops watching users: as long as one is logged in, or with `lasting`, and over REST, for a time.",
  input: { users: watched, lasting: z.boolean().optional() },
  output: z.strictObject({}),
  rate: "subscribe",
  rest: { method: "DELETE", path: "/users/:user/presence/subscriptions" },
});

export const presenceSubscriptions = readOwn({
  name: "presence.subscriptions",
  summary: "The users this user watches, and until when those that it watches for a time.",
  input: {},
  output: z.strictObject({ users: z.array(userId), lasting: z.array(z.strictObject({ user: userId, until: timeMs })) }),
  rest: { method: "GET", path: "/users/:user/presence/subscriptions" },
});
