import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { userId } from "../ids.ts";
import { profile } from "../messages/people.ts";
import { changeOwn } from "./chat-operation.ts";
import { operation } from "./operation.ts";

export const profileUpdate = changeOwn({
  name: "profile.update",
  summary: "Sets fields of a profile, and leaves the others as they are. An empty text, and the gender `unknown`, remove a field or a custom key.",
  input: profile.shape,
  output: z.strictObject({ profile }),
  rest: { method: "PATCH", path: "/users/:user/profile" },
});

export const profileQuery = operation({
  name: "profile.query",
  summary: `The profiles of up to ${CHAT_LIMITS.profileUsers} users. Who has none has an empty one.`,
  input: z.strictObject({ users: z.array(userId).min(1).max(CHAT_LIMITS.profileUsers) }),
  output: z.strictObject({ profiles: z.array(z.strictObject({ user: userId, profile })) }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "users", keys: (input) => input.users, max: CHAT_LIMITS.profileUsers },
  rest: { method: "POST", path: "/profiles/query" },
});
