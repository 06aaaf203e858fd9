import * as z from "zod";
import { userId } from "../ids.ts";
import { content, ext, messageKey } from "../messages/conversation.ts";
import { ROOM_LIMITS } from "../room-limits.ts";
import { operation } from "./operation.ts";

const page = { after: userId.optional(), limit: z.int().min(1).max(ROOM_LIMITS.roomsPage).optional() };
const next = userId.optional();
const atDirectory = { place: "directory" } as const;

export const roomsList = operation({
  name: "rooms.list",
  summary: "The app's chat rooms by id, with the names that people read.",
  input: z.strictObject(page),
  output: z.strictObject({ rooms: z.array(z.strictObject({ room: userId, name: z.string() })), total: z.int(), next }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: atDirectory,
  rest: { method: "GET", path: "/rooms" },
});

export const roomsBroadcast = operation({
  name: "rooms.broadcast",
  summary: "Says something in every room of the app that somebody is in, one after the other. The answer comes when it is certain to be said.",
  input: z.strictObject({ key: messageKey, from: userId, content, ext: ext.optional() }),
  output: z.strictObject({ rooms: z.int() }),
  callers: ["server"],
  rate: "admin",
  idempotence: "idempotent",
  body: "json",
  runsAt: atDirectory,
  rest: { method: "POST", path: "/room-broadcasts" },
});

export const roomsAppoint = operation({
  name: "rooms.appoint",
  summary: "Makes a user a super admin of the app, who makes rooms and is an admin in each, or takes that away.",
  input: z.strictObject({ user: userId, on: z.boolean() }),
  output: z.strictObject({}),
  callers: ["server"],
  rate: "admin",
  idempotence: "idempotent",
  body: "json",
  runsAt: atDirectory,
  rest: { method: "PUT", path: "/room-super-admins/:user" },
});

export const roomsSuperAdmins = operation({
  name: "rooms.super-admins",
  summary: "The app's super admins, by id.",
  input: z.strictObject(page),
  output: z.strictObject({ users: z.array(userId), next }),
  callers: ["server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: atDirectory,
  rest: { method: "GET", path: "/room-super-admins" },
});
