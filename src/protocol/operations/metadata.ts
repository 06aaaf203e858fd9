import * as z from "zod";
import { utf8Bytes } from "../../util/text.ts";
import { channel, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { metadataSet, revision } from "../messages/metadata.ts";
import { operation } from "./operation.ts";

const key = z
  .string()
  .min(1)
  .max(LIMITS.metadataKeyChars)
  .regex(/^\P{Cc}*$/u, { error: "printable characters only" });
const value = z.string().refine((text) => text.isWellFormed() && utf8Bytes(text) <= LIMITS.metadataBytes, {
  error: `at most ${LIMITS.metadataBytes} bytes of UTF-8`,
  params: { tooLarge: true, limit: LIMITS.metadataBytes },
});
/** What the writer believes to find: −1, the default, anything; 0, nothing; else this very revision. */
const expected = z.int().min(-1).max(Number.MAX_SAFE_INTEGER).optional();
const items = z
  .array(z.strictObject({ key, value, revision: expected }))
  .min(1)
  .max(LIMITS.metadataItems);
const named = z
  .array(z.strictObject({ key, revision: expected }))
  .min(1)
  .max(LIMITS.metadataItems);

/** `from`: servers write in a user's name. A guard by a lock may come beside these. */
const write = { majorRevision: expected, from: userId.optional() };
/** Whether the items are to show when and by whom they were written. */
const record = { recordTime: z.boolean().optional(), recordAuthor: z.boolean().optional() };
/** The set's revision, which every item now written has; and how many items there are. */
const written = z.strictObject({ majorRevision: revision, count: z.int() });
const read = z.union([z.strictObject(metadataSet), z.strictObject({ majorRevision: revision, unchanged: z.literal(true) })]);
/** The revision that the asker has: if it is the newest, it is not sent again. */
const known = z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional();

const ofChannel = { place: "channel" as const, key: (input: { channel: z.infer<typeof channel> }) => input.channel };
const ofUser = { place: "user" as const, key: (input: { user?: string | undefined }) => input.user };
/** Own without it. RTM 2.x: anybody may write anybody's. */
const whose = { user: userId.optional() };
const both = ["user", "server"] as const;
const ofAChannel = "/channels/:channel.type/:channel.name/metadata";
const ofAUser = "/users/:user/metadata";

export const channelMetadataSet = operation({
  name: "channel-metadata.set",
  summary: "Creates or overwrites items of a channel's metadata; the others stay.",
  input: z.strictObject({ channel, items, ...write, ...record }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "PUT", path: ofAChannel },
});
export const channelMetadataUpdate = operation({
  name: "channel-metadata.update",
  summary: "Overwrites items of a channel's metadata that are there.",
  input: z.strictObject({ channel, items, ...write, ...record }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "PATCH", path: ofAChannel },
});
export const channelMetadataRemove = operation({
  name: "channel-metadata.remove",
  summary: "Removes the named items of a channel's metadata, or all of them.",
  input: z.strictObject({ channel, items: named.optional(), ...write }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "POST", path: `${ofAChannel}/remove` },
});
export const channelMetadataGet = operation({
  name: "channel-metadata.get",
  summary: "A channel's metadata, or word that it is what the asker knows.",
  input: z.strictObject({ channel, known }),
  output: read,
  callers: both,
  rate: "metadata",
  idempotence: "safe",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "GET", path: ofAChannel },
});

export const userMetadataSet = operation({
  name: "user-metadata.set",
  summary: "Creates or overwrites items of a user's metadata; the others stay.",
  input: z.strictObject({ ...whose, items, ...write, ...record }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofUser,
  rest: { method: "PUT", path: ofAUser },
});
export const userMetadataUpdate = operation({
  name: "user-metadata.update",
  summary: "Overwrites items of a user's metadata that are there.",
  input: z.strictObject({ ...whose, items, ...write, ...record }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofUser,
  rest: { method: "PATCH", path: ofAUser },
});
export const userMetadataRemove = operation({
  name: "user-metadata.remove",
  summary: "Removes the named items of a user's metadata, or all of them.",
  input: z.strictObject({ ...whose, items: named.optional(), ...write }),
  output: written,
  callers: both,
  rate: "metadata",
  idempotence: "client-id",
  body: "json",
  runsAt: ofUser,
  rest: { method: "POST", path: `${ofAUser}/remove` },
});
export const userMetadataGet = operation({
  name: "user-metadata.get",
  summary: "A user's metadata, or word that it is what the asker knows.",
  input: z.strictObject({ ...whose, known }),
  output: read,
  callers: both,
  rate: "metadata",
  idempotence: "safe",
  body: "json",
  runsAt: ofUser,
  rest: { method: "GET", path: ofAUser },
});

export const userMetadataSubscribe = operation({
  name: "user-metadata.subscribe",
  summary: "Watches a user's metadata: the present set is the answer, each change a notice, until unsubscribed or logged out.",
  input: z.strictObject({ user: userId }),
  output: z.strictObject(metadataSet),
  callers: ["user"],
  rate: "metadata",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});
export const userMetadataUnsubscribe = operation({
  name: "user-metadata.unsubscribe",
  summary: "Stops watching a user's metadata.",
  input: z.strictObject({ user: userId }),
  output: z.strictObject({}),
  callers: ["user"],
  rate: "metadata",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});
export const userMetadataSubscriptions = operation({
  name: "user-metadata.subscriptions",
  summary: "Whose metadata this user watches, and their newest revisions: what a client has missed.",
  input: z.strictObject({}),
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, majorRevision: revision })) }),
  callers: ["user"],
  rate: "metadata",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "session" },
});
