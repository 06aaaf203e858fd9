import type { CallAnswer } from "../../../domain/call/book.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { CallView } from "../../../protocol/messages/call.ts";
import { INBOX, parseChannelStream } from "../../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { CallReply } from "../../trust.ts";
import type { Desks } from "./desks.ts";
import type { Asker } from "./route.ts";

type Handler<Name extends OperationName> = (desks: Desks, asker: Asker, input: InputOf<Name>) => Promise<Result<object, WireError>>;
const NAMES = [
  "session.renew",
  "session.keep-alive",
  "stream.resume",
  "channel.join",
  "channel.leave",
  "call.invite",
  "call.add",
  "call.ringing",
  "call.accept",
  "call.refuse",
  "call.leave",
  "call.list",
  "conversation.sync",
  "conversation.received",
  "user-metadata.subscribe",
  "user-metadata.unsubscribe",
  "user-metadata.subscriptions",
] as const satisfies readonly OperationName[];
type Name = (typeof NAMES)[number];

/** What only a live socket can ask for. Logout answers before it closes, so it is not here. */
const handlers: { readonly [Op in Name]: Handler<Op> } = {
  "session.renew": ({ sessions }, { socket, session, record }, input) => sessions.renew(socket, session, record, input.token),
  "session.keep-alive": async ({ sessions }, { socket, session }, input) => ok({ keepAliveMs: sessions.keepAlive(socket, session, input.keepAliveMs) }),
  "stream.resume": resume,
  "channel.join": join,
  "channel.leave": async ({ channels }, { session }, input) => {
    const left = await channels.leave(session, input.channel);
    return left.ok ? ok({}) : left;
  },
  "call.invite": async ({ calls }, asker, input) => oneCall(await calls.invite(asker, input)),
  "call.add": async ({ calls }, asker, input) => oneCall(await calls.add(asker, input)),
  "call.ringing": async ({ calls, home: { user } }, _asker, { call }) => oneCall(await calls.ask({ call, event: { kind: "ringing", user } })),
  "call.accept": async ({ calls, home: { user } }, { session: { device } }, { call, response, takeOver }) =>
    oneCall(await calls.ask({ call, event: { kind: "accept", user, device, response, takeOver } })),
  "call.refuse": async ({ calls, home: { user } }, _asker, { call, response }) => oneCall(await calls.ask({ call, event: { kind: "refuse", user, response } })),
  "call.leave": async ({ calls, home: { user } }, { session: { device } }, { call }) =>
    oneCall(await calls.ask({ call, event: { kind: "leave", user, device } })),
  "call.list": listCalls,
  "conversation.sync": async ({ chats }, { session: { device } }, input) => ok(await chats.sync(device, input)),
  "conversation.received": async ({ chats }, { session: { device } }, input) => {
    chats.received(device, input);
    return ok({});
  },
  "user-metadata.subscribe": ({ watched }, { record }, { user }) => watched.subscribe(user, record),
  "user-metadata.unsubscribe": async ({ watched }, _asker, { user }) => {
    await watched.unsubscribe(user);
    return ok({});
  },
  "user-metadata.subscriptions": async ({ watched }) => ok({ users: watched.all() }),
};

export async function answerSessionCall(desks: Desks, asker: Asker, op: OperationName, input: Record<string, unknown>): Promise<CallReply> {
  const name = NAMES.find((known) => known === op);
  if (name === undefined) return { error: wireError("unknown_operation") };
  const handler = handlers[name] as (desks: Desks, asker: Asker, input: unknown) => Promise<Result<object, WireError>>;
  const answer = await handler(desks, asker, input);
  return answer.ok ? { ok: { ...answer.value } } : { error: answer.error };
}

async function join({ channels }: Desks, { session, afterReply }: Asker, input: InputOf<"channel.join">): Promise<Result<OutputOf<"channel.join">, WireError>> {
  if (input.via === "direct") return channels.admit(session, input.channel);
  const joined = await channels.ride(session, input);
  if (!joined.ok) return joined;
  const { frames, ...output } = joined.value;
  // The client knows where the stream starts only from the answer.
  afterReply.push(() => channels.release(session.device, input.channel, frames));
  return ok({ via: "session", ...output });
}

type Resumed = OutputOf<"stream.resume">["streams"][number];

/** One after the other: frames come before the reply, in the order asked for. */
async function resume(desks: Desks, asker: Asker, input: InputOf<"stream.resume">): Promise<Result<OutputOf<"stream.resume">, WireError>> {
  const streams: Resumed[] = [];
  for (const { stream, epoch, seq } of input.streams) {
    const resumed = stream === INBOX ? ok(resumeInbox(desks, asker, epoch, seq)) : await resumeChannel(desks, asker, stream, { epoch, seq });
    if (!resumed.ok) return resumed;
    streams.push(resumed.value);
  }
  return ok({ streams });
}

function resumeInbox({ home, peers }: Desks, { socket, session }: Asker, epoch: string, seq: number): Resumed {
  const head = peers.inbox.position;
  const known = epoch === head.epoch && seq <= head.seq;
  const { position } = peers.inbox.start(session.device);
  // What was asked before took a while: the session may have been renewed meanwhile.
  home.sessions.save(socket, { ...(home.sessions.of(socket) ?? session), sent: known ? seq : position.seq });
  peers.replay(session.device);
  if (known) return { stream: INBOX, epoch, seq, recovered: true };
  return { stream: INBOX, ...position, recovered: false, reason: epoch === head.epoch ? "ahead" : "epoch-changed" };
}

async function resumeChannel(
  { channels }: Desks,
  { session }: Asker,
  stream: string,
  position: { epoch: string; seq: number },
): Promise<Result<Resumed, WireError>> {
  const channel = parseChannelStream(stream);
  if (channel === undefined) return err(wireError("not_member", { field: "streams", message: `${stream} does not ride on this socket` }));
  const joined = await channels.attach(session, channel, position);
  if (!joined.ok) return joined;
  channels.release(session.device, channel, joined.value.frames);
  const { epoch, seq, recovered = false, reason } = joined.value;
  return ok({ stream, epoch, seq, recovered, ...(reason === undefined ? {} : { reason }) });
}

const oneCall = (answer: CallAnswer): Result<OutputOf<"call.accept">, WireError> => (answer.ok ? ok({ call: answer.value }) : answer);

/** What does not fit into one frame follows as notices. */
async function listCalls({ calls, home }: Desks, { session, afterReply }: Asker, input: InputOf<"call.list">): Promise<Result<object, WireError>> {
  const listed = await calls.list(input.known ?? []);
  if (!listed.ok) return listed;
  const fit: CallView[] = [];
  let chars = 0;
  for (const call of listed.value) {
    chars += JSON.stringify(call).length;
    if (chars <= LIMITS.callViewChars || fit.length === 0) fit.push(call);
    else afterReply.push(() => home.sessions.send(session.device, [{ type: "notice", name: "call.changed", call }]));
  }
  return ok({ calls: fit });
}
