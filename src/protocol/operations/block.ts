import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { userId } from "../ids.ts";
import { changeOwn, readOwn } from "./chat-operation.ts";

const nothing = z.strictObject({});
const users = z.array(userId).min(1).max(CHAT_LIMITS.chatBlocksPerCall);

export const blockAdd = changeOwn({
  name: "block.add",
  summary: "Blocks users: they can no longer write to this one. The other way it goes on, and contacts stay.",
  input: { users },
  output: nothing,
  rest: { method: "POST", path: "/users/:user/blocks" },
});

export const blockRemove = changeOwn({
  name: "block.remove",
  summary: "Takes users off the block list.",
  input: { users },
  output: nothing,
  rest: { method: "DELETE", path: "/users/:user/blocks" },
});

export const blockList = readOwn({
  name: "block.list",
  summary: "Whom a user has blocked.",
  input: {},
  output: z.strictObject({ users: z.array(userId) }),
  rest: { method: "GET", path: "/users/:user/blocks" },
});
