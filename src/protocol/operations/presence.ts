import * as z from "zod";
import { userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { userPresence } from "../messages/notice.ts";
import { operation } from "./operation.ts";

const watched = z.array(userId).min(1).max(LIMITS.presenceWatched);
const states = z.strictObject({ users: z.array(userPresence) });

export const presenceQuery = operation({
  name: "presence.query",
  summary: "The online status of up to 256 users.",
  input: z.strictObject({ users: z.array(userId).min(1).max(LIMITS.presenceQueryUsers) }),
  output: states,
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "users", keys: (input) => input.users, max: LIMITS.presenceQueryUsers },
  rest: { method: "POST", path: "/presence/query" },
});

export const presenceSubscribe = operation({
  name: "presence.subscribe",
  summary: "Watches users' status: the present state is the answer, each change a notice, until unsubscribed or logged out.",
  input: z.strictObject({ users: watched }),
  output: states,
  callers: ["user"],
  rate: "subscribe",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const presenceUnsubscribe = operation({
  name: "presence.unsubscribe",
  summary: "Stops watching users.",
  input: z.strictObject({ users: watched }),
  output: z.strictObject({}),
  callers: ["user"],
  rate: "subscribe",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const presenceSubscriptions = operation({
  name: "presence.subscriptions",
  summary: "The users this user watches.",
  input: z.strictObject({}),
  output: z.strictObject({ users: z.array(userId) }),
  callers: ["user"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "session" },
});
