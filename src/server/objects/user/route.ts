import { mayWrite } from "../../../domain/access/rights.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { ChannelRef, UserId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import type { Operation } from "../../../protocol/operations/operation.ts";
import { type CheckedCall, callOf, operationNamed } from "../../call-dispatch.ts";
import { spread } from "../../spread.ts";
import { runDatabaseOperation } from "../../storage/group-list.ts";
import type { Call, Caller, CallReply } from "../../trust.ts";
import { directoryObject, userObject } from "../locate.ts";
import { classifyRpcError } from "../shell/rpc.ts";
import type { Desks } from "./desks.ts";
import type { DeviceRecord } from "./device-table.ts";
import { HISTORY_OFF } from "./history-desk.ts";
import { answerSessionCall } from "./session-calls.ts";
import type { Session } from "./sessions.ts";
import { answerUserCall } from "./user-calls.ts";

/** The device that makes a request. */
export interface Asker {
  readonly socket: WebSocket;
  readonly session: Session;
  readonly record: DeviceRecord;
  readonly id: number;
  /** What has to follow the reply, not come before it. */
  readonly afterReply: (() => void)[];
}

/** Takes a device's request to where it runs; but for peer messages, see `sendPeer`. */
export async function route(desks: Desks, asker: Asker, checked: CheckedCall): Promise<CallReply> {
  const { operation, input } = checked;
  const { home } = desks;
  const caller: Caller = { kind: "user", app: home.app, user: home.user, rights: asker.record.rights, device: asker.session.device };
  const call = callOf(checked, caller, { settings: asker.record.settings, id: asker.id });
  const { runsAt } = operation as Operation;
  switch (runsAt.place) {
    case "session":
      return answerSessionCall(desks, asker, operation.name, input);
    case "user":
      return atUser(desks, runsAt.key(input) ?? home.user, call);
    case "channel":
      return atChannel(desks, runsAt.key(input), call);
    case "users":
      return spread(call, runsAt.keys(input), (user, part) => atUser(desks, user, part));
    case "channels":
      return spread(call, runsAt.keys(input), (channel, part) => atChannel(desks, channel, part));
    case "conversation":
      return desks.chats.ask(runsAt.key(input), call);
    case "group":
      return desks.chats.ask({ type: "group", id: runsAt.key(input) }, call);
    case "directory":
      return atDirectory(desks, call);
    case "database":
      return runDatabaseOperation(home.env.DB, call);
    case "call":
    case "worker":
      return { error: wireError("unknown_operation", { message: `${operation.name} is not for sockets` }) };
  }
}

/**
 * Sends a peer message, and calls `reply` when it has its outcome; not at all where another request with the same id will be
 * answered. No promise: there are too many of these.
 */
export function sendPeer(
  { home, peers }: Desks,
  { session, record, id }: Pick<Asker, "session" | "record" | "id">,
  input: InputOf<"peer.send">,
  reply: (answer: CallReply) => void,
): void {
  if (!mayWrite(record.rights, "users", input.to))
    return reply({ error: wireError("forbidden", { field: "to", message: "the token does not allow to write to this user" }) });
  if (input.store === true && !record.settings.history) return reply({ error: HISTORY_OFF });
  peers.send({ from: home.user, device: session.device, id, own: session.device }, input, (sent) =>
    reply(sent.ok ? { ok: { ...sent.value } } : { error: sent.error }),
  );
}

async function atUser(desks: Desks, user: UserId, call: Call): Promise<CallReply> {
  if (user === desks.home.user) return answerUserCall(desks, call);
  try {
    return await userObject(desks.home.env, desks.home.app, user, desks.home.where).call(call);
  } catch (error) {
    return { error: uncertain(call.op, classifyRpcError(error).error) };
  }
}

async function atChannel({ channels }: Desks, channel: ChannelRef, call: Call): Promise<CallReply> {
  const stub = channels.orderedStub(channel);
  try {
    return await stub.call(call);
  } catch (error) {
    channels.dropStub(channel, stub);
    return { error: uncertain(call.op, classifyRpcError(error).error) };
  }
}

async function atDirectory({ home }: Desks, call: Call): Promise<CallReply> {
  try {
    return await directoryObject(home.env, home.app, home.where).call(call);
  } catch (error) {
    return { error: uncertain(call.op, classifyRpcError(error).error) };
  }
}

/** What is told apart by its id may have got there: only the same id is safe. */
const uncertain = (op: string, failure: WireError): WireError =>
  failure.code === "unavailable" && operationNamed(op)?.idempotence === "client-id" ? wireError("timeout") : failure;
