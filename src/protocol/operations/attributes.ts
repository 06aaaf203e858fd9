import * as z from "zod";
import { channel, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { channelAttribute } from "../messages/notice.ts";
import { utf8Text } from "../text.ts";
import { operation } from "./operation.ts";

const key = utf8Text(LIMITS.attributeKeyBytes)
  .min(1)
  .regex(/^\P{Cc}*$/u, { error: "printable characters only" });
const keys = z.array(key).min(1).max(LIMITS.attributesPerSet);
const attribute = z.strictObject({ key, value: utf8Text(LIMITS.attributeValueBytes) });
const attributes = z.array(attribute).max(LIMITS.attributesPerSet);
export type Attribute = z.infer<typeof attribute>;
const done = z.strictObject({});

const ofUser = { place: "user" as const, key: (input: { user?: string | undefined }) => input.user };
const ofChannel = { place: "channel" as const, key: (input: { channel: z.infer<typeof channel> }) => input.channel };
const both = ["user", "server"] as const;
/** Whose attributes; a user writes only its own (RTM 2.6) and reads anybody's. */
const whose = { user: userId.optional() };
/** `login`: they end with the user's login, as those of RTM 1.x do; `user`, the default: they last until they are cleared. */
const lifetime = { lifetime: z.enum(["login", "user"]).optional() };
/** Writers may have the members told, who then get all attributes (RTM 2.7). Servers write in a user's name. */
const inChannel = { channel, notify: z.boolean().optional(), from: userId.optional() };

export const userAttributesSet = operation({
  name: "user-attributes.set",
  summary: "Replaces all attributes of a user.",
  input: z.strictObject({ ...whose, ...lifetime, attributes }),
  output: done,
  callers: both,
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofUser,
  rest: { method: "PUT", path: "/users/:user/attributes" },
});
export const userAttributesUpdate = operation({
  name: "user-attributes.update",
  summary: "Adds or overwrites some attributes of a user.",
  input: z.strictObject({ ...whose, ...lifetime, attributes }),
  output: done,
  callers: both,
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofUser,
  rest: { method: "PATCH", path: "/users/:user/attributes" },
});
export const userAttributesRemove = operation({
  name: "user-attributes.remove",
  summary: "Deletes some attributes of a user.",
  input: z.strictObject({ ...whose, keys }),
  output: done,
  callers: both,
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofUser,
  rest: { method: "POST", path: "/users/:user/attributes/remove" },
});
export const userAttributesClear = operation({
  name: "user-attributes.clear",
  summary: "Deletes all attributes of a user.",
  input: z.strictObject({ ...whose }),
  output: done,
  callers: both,
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofUser,
  rest: { method: "DELETE", path: "/users/:user/attributes" },
});
export const userAttributesGet = operation({
  name: "user-attributes.get",
  summary: "All attributes of a user, or those of some keys; and whether the user is logged in, which those of a login's lifetime depend on.",
  input: z.strictObject({ ...whose, keys: keys.optional() }),
  output: z.strictObject({ attributes, online: z.boolean() }),
  callers: both,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: ofUser,
  rest: { method: "GET", path: "/users/:user/attributes" },
});

export const channelAttributesSet = operation({
  name: "channel-attributes.set",
  summary: "Replaces all attributes of a channel.",
  input: z.strictObject({ ...inChannel, attributes }),
  output: done,
  callers: both,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "PUT", path: "/channels/:channel.type/:channel.name/attributes" },
});
export const channelAttributesUpdate = operation({
  name: "channel-attributes.update",
  summary: "Adds or overwrites some attributes of a channel.",
  input: z.strictObject({ ...inChannel, attributes }),
  output: done,
  callers: both,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "PATCH", path: "/channels/:channel.type/:channel.name/attributes" },
});
export const channelAttributesRemove = operation({
  name: "channel-attributes.remove",
  summary: "Deletes some attributes of a channel.",
  input: z.strictObject({ ...inChannel, keys }),
  output: done,
  callers: both,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "POST", path: "/channels/:channel.type/:channel.name/attributes/remove" },
});
export const channelAttributesClear = operation({
  name: "channel-attributes.clear",
  summary: "Deletes all attributes of a channel.",
  input: z.strictObject({ ...inChannel }),
  output: done,
  callers: both,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "DELETE", path: "/channels/:channel.type/:channel.name/attributes" },
});
export const channelAttributesGet = operation({
  name: "channel-attributes.get",
  summary: "All attributes of a channel, or those of some keys.",
  input: z.strictObject({ channel, keys: keys.optional() }),
  output: z.strictObject({ attributes: z.array(channelAttribute) }),
  callers: both,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: ofChannel,
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/attributes" },
});
