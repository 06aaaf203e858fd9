import * as z from "zod";
import { userId } from "../ids.ts";
import { LIMITS, TIMINGS } from "../limits.ts";
import { callId, callText, callView } from "../messages/call.ts";
import { operation } from "./operation.ts";

const one = z.strictObject({ call: callId });
const view = z.strictObject({ call: callView });
const callees = z
  .array(userId)
  .min(1)
  .max(LIMITS.callMembers - 1);

export const callInvite = operation({
  name: "call.invite",
  summary: "Calls one user or several: all their devices ring. Where they are calling the caller at this moment, the answer is that call, joined.",
  input: z.strictObject({
    call: callId,
    to: callees,
    content: callText.optional(),
    channel: callText.optional(),
    /** Default true: a user has one such call at a time, and who calls it meanwhile hears `busy`. */
    exclusive: z.boolean().optional(),
    /** How long a device has to acknowledge; until then it rings whoever comes online. */
    reachMs: z.int().min(1).max(TIMINGS.callRingMaxMs).optional(),
    /** How long it rings from the first acknowledgement. */
    answerMs: z.int().min(1).max(TIMINGS.callRingMaxMs).optional(),
  }),
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callAdd = operation({
  name: "call.add",
  summary: "Calls further users into a call one is in; one that refused, missed or left it rings again.",
  input: z.strictObject({ call: callId, to: callees }),
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callRinging = operation({
  name: "call.ringing",
  summary: "This device rings: the caller hears that the invitation has arrived.",
  input: one,
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callAccept = operation({
  name: "call.accept",
  summary: "Answers a call, or comes late to one that goes on. The first device wins; `takeOver` moves a call here from another device of the same user.",
  input: z.strictObject({ call: callId, response: callText.optional(), takeOver: z.boolean().optional() }),
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callRefuse = operation({
  name: "call.refuse",
  summary: "Refuses a call for all devices of the user.",
  input: z.strictObject({ call: callId, response: callText.optional() }),
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callLeave = operation({
  name: "call.leave",
  summary: "Hangs up. A caller whom nobody has answered yet cancels the call.",
  input: one,
  output: view,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const callList = operation({
  name: "call.list",
  summary: "The caller's calls that go on, and how those it names stand or ended. A client asks after each connect.",
  input: z.strictObject({ known: z.array(callId).max(LIMITS.callsPerUser).optional() }),
  output: z.strictObject({ calls: z.array(callView) }),
  callers: ["user"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "session" },
});

export const callGet = operation({
  name: "call.get",
  summary: "How a call stands, or ended within the last hour.",
  input: one,
  output: view,
  callers: ["server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "call", key: (input) => input.call },
  rest: { method: "GET", path: "/calls/:call" },
});

export const callEnd = operation({
  name: "call.end",
  summary: "Ends a call for everybody.",
  input: one,
  output: view,
  callers: ["server"],
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "call", key: (input) => input.call },
  rest: { method: "DELETE", path: "/calls/:call" },
});
