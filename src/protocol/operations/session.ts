import * as z from "zod";
import { timeMs, userId } from "../ids.ts";
import { LIMITS, TIMINGS } from "../limits.ts";
import { gapReason, position } from "../messages/session.ts";
import { operation } from "./operation.ts";

const nothing = z.strictObject({});

export const sessionRenew = operation({
  name: "session.renew",
  summary: "Replaces the session's token without reconnecting. Channels whose rights it takes away are closed.",
  input: z.strictObject({ token: z.string().min(1).max(LIMITS.tokenBytes) }),
  output: z.strictObject({ expiresAt: timeMs.optional() }),
  callers: ["user"],
  rate: "session",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const sessionLogout = operation({
  name: "session.logout",
  summary: "Ends this device's session, leaves its channels, forgets the device.",
  input: nothing,
  output: nothing,
  callers: ["user"],
  rate: "session",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const sessionKeepAlive = operation({
  name: "session.keep-alive",
  summary: "Announces another ping interval, as a page does when it is hidden.",
  input: z.strictObject({ keepAliveMs: z.int().min(1).max(TIMINGS.keepAliveMaxMs) }),
  output: z.strictObject({ keepAliveMs: z.int() }),
  callers: ["user"],
  rate: "session",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const streamResume = operation({
  name: "stream.resume",
  summary: "Goes on with channels that ride on the session socket; event frames come before the reply.",
  input: z.strictObject({
    streams: z
      .array(z.strictObject({ stream: z.string().max(128), ...position.shape }))
      .min(1)
      .max(LIMITS.resumeStreams),
  }),
  output: z.strictObject({
    streams: z.array(z.strictObject({ stream: z.string(), ...position.shape, recovered: z.boolean(), reason: gapReason.optional() })),
  }),
  callers: ["user"],
  rate: "join",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "session" },
});

export const sessionTicket = operation({
  name: "session.ticket",
  summary: "Exchanges a token that is too large for a header for a ticket that opens a session.",
  input: z.strictObject({ app: z.string().max(64), user: userId, token: z.string().min(1).max(LIMITS.tokenBytes) }),
  output: z.strictObject({ ticket: z.string(), expiresAt: timeMs }),
  callers: ["anyone"],
  rate: "session",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/ticket" },
});
