import * as z from "zod";
import { deviceId, timeMs } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { utf8Text } from "../text.ts";
import { changeOwn, changeUser, readOwn } from "./chat-operation.ts";

const nothing = z.strictObject({});
const deviceName = utf8Text(LIMITS.deviceNameBytes).refine((text) => !/\p{Cc}/u.test(text), { error: "a name without control characters" });

/** `kind`: its platform, as it said when it connected. */
const userDevice = z.strictObject({
  device: deviceId,
  kind: z.string(),
  name: z.string().optional(),
  connected: z.boolean(),
  lastSeen: timeMs,
  waiting: z.int(),
});
export type UserDevice = z.infer<typeof userDevice>;

export const userDevices = readOwn({
  name: "user.devices",
  summary: "The devices a user has registered.",
  input: {},
  output: z.strictObject({
    devices: z.array(userDevice),
  }),
  rest: { method: "GET", path: "/users/:user/devices" },
});

export const userNameDevice = changeOwn({
  name: "user.name-device",
  summary:
    "What people read of a device in a list of them, such as Ann's laptop; an empty name removes it. A user that names no device means the one that asks.",
  input: { device: deviceId.optional(), name: deviceName },
  output: nothing,
  rest: { method: "PUT", path: "/users/:user/devices/:device/name" },
});

export const userKick = changeOwn({
  name: "user.kick",
  summary:
    "Ends a user's sessions, or one device's; tickets issued before are refused from then on. A user ends those of its own: without `device` all but the one that asks.",
  input: { device: deviceId.optional() },
  output: z.strictObject({ closed: z.int() }),
  rest: { method: "POST", path: "/users/:user/kick" },
});

export const userDeactivate = changeUser({
  name: "user.deactivate",
  summary: "Ends a user's sessions, and lets it neither log in nor do anything until it is activated. What it has stays.",
  input: {},
  output: nothing,
  rate: "admin",
  rest: { method: "POST", path: "/users/:user/deactivate" },
});

export const userActivate = changeUser({
  name: "user.activate",
  summary: "Lets a deactivated user log in again.",
  input: {},
  output: nothing,
  rate: "admin",
  rest: { method: "POST", path: "/users/:user/activate" },
});

export const userDelete = changeUser({
  name: "user.delete",
  summary:
    "Deletes a user with its sessions, contacts, blocks, profile, attributes, metadata, inbox, history, files and list of conversations. What it has said in conversations stays with the others. Goes on by itself until it is finished; who logs in under the id then is a new user.",
  input: {},
  output: z.strictObject({ finished: z.boolean() }),
  rate: "admin",
  rest: { method: "DELETE", path: "/users/:user" },
});

export const userAccount = readOwn({
  name: "user.account",
  summary: "Whether a user may log in.",
  input: {},
  output: z.strictObject({ state: z.enum(["active", "deactivated", "deleting"]), since: timeMs.optional() }),
  rest: { method: "GET", path: "/users/:user/account" },
});
