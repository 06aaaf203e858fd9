import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { userId } from "../ids.ts";
import { operation } from "./operation.ts";

/** Whose list; for servers. */
const whose = { user: userId.optional() };
const nothing = z.strictObject({});
const users = z.array(userId).min(1).max(CHAT_LIMITS.chatBlocksPerCall);

export const blockAdd = operation({
  name: "block.add",
  summary: "Blocks users: they can no longer write to this one. The other way it goes on, and contacts stay.",
  input: z.strictObject({ users, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "user", key: (input) => input.user },
  rest: { method: "POST", path: "/users/:user/blocks" },
});

export const blockRemove = operation({
  name: "block.remove",
  summary: "Takes users off the block list.",
  input: z.strictObject({ users, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "user", key: (input) => input.user },
  rest: { method: "DELETE", path: "/users/:user/blocks" },
});

export const blockList = operation({
  name: "block.list",
  summary: "Whom a user has blocked.",
  input: z.strictObject(whose),
  output: z.strictObject({ users: z.array(userId) }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "user", key: (input) => input.user },
  rest: { method: "GET", path: "/users/:user/blocks" },
});
