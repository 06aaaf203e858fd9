import * as z from "zod";
import { channel, timeMs, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { streamMessage } from "../messages/message.ts";
import { operation } from "./operation.ts";

const range = {
  /** Inclusive; unix ms. */
  from: timeMs.optional(),
  /** Exclusive; unix ms. */
  to: timeMs.optional(),
  sender: userId.optional(),
  /** Only messages whose payload is text. */
  text: z.boolean().optional(),
};
const page = {
  ...range,
  order: z.enum(["newest-first", "oldest-first"]).optional(),
  limit: z.int().min(1).max(LIMITS.historyPage).optional(),
  /** `next` of the page before. */
  cursor: z.string().max(256).optional(),
};
const found = z.strictObject({ messages: z.array(streamMessage), next: z.string().optional() });

export const channelHistory = operation({
  name: "channel.history",
  summary: "Stored messages of a channel, by time range and sender, a page at a time. Sees whatever was acknowledged.",
  input: z.strictObject({ channel, ...page }),
  output: found,
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/messages" },
});

export const userHistory = operation({
  name: "user.history",
  summary: "Stored peer messages a user has received; a user reads its own.",
  input: z.strictObject({ user: userId.optional(), ...page }),
  output: found,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "user", key: (input) => input.user },
  rest: { method: "GET", path: "/users/:user/messages" },
});

const counted = z.strictObject({ count: z.int() });

export const channelHistoryCount = operation({
  name: "channel.history-count",
  summary: "How many stored messages a channel has in a time range, of a sender. A range of too many pages is refused.",
  input: z.strictObject({ channel, ...range }),
  output: counted,
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/messages/count" },
});

export const userHistoryCount = operation({
  name: "user.history-count",
  summary: "How many stored peer messages a user has received in a time range, from a sender. A range of too many pages is refused.",
  input: z.strictObject({ user: userId.optional(), ...range }),
  output: counted,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "user", key: (input) => input.user },
  rest: { method: "GET", path: "/users/:user/messages/count" },
});
