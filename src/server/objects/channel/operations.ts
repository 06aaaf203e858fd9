import { readsChannel, writesChannel } from "../../../domain/access/rights.ts";
import type { AttributeChange, KeyValue } from "../../../domain/attributes.ts";
import type { Outcome, Published } from "../../../domain/channel/broadcast.ts";
import type { Channel } from "../../../domain/channel/channel.ts";
import { ChannelCounters } from "../../../domain/channel/counters.ts";
import type { Publish } from "../../../domain/channel/intake.ts";
import type { ChannelStateStore } from "../../../domain/channel/ports.ts";
import { itemsOf, storedPage } from "../../../domain/history/stored-page.ts";
import type { MetadataChange } from "../../../domain/metadata.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { type ChannelRef, SERVER_DEVICE } from "../../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { countHistory, type Tail } from "../../history/count.ts";
import { readHistory } from "../../history/read.ts";
import { changeOf, removalOf, writerOf } from "../../metadata-call.ts";
import type { Call, Caller } from "../../trust.ts";
import { fromLeaves } from "./from-leaves.ts";

export interface ChannelHost {
  readonly channel: Channel;
  readonly app: string;
  readonly db: D1Database | undefined;
  readonly answers: Pick<ChannelStateStore, "answer" | "keepAnswer">;
  /** Messages under an Idempotency-Key that have no answer yet; as many as may be pending. */
  readonly underWay: Map<string, Promise<Result<Published, WireError>>>;
  /** What the object has written, and since when it counts. */
  readonly meter: { readonly rows: number; readonly alarms: number };
  readonly since: number;
}

type Reply<Name extends OperationName> = Result<OutputOf<Name>, WireError> | Promise<Result<OutputOf<Name>, WireError>>;
type Handler<Name extends OperationName> = (host: ChannelHost, input: InputOf<Name>, call: Call) => Reply<Name>;

const reads = ({ channel }: ChannelHost, caller: Caller): boolean => caller.kind === "server" || readsChannel(caller.rights, channel.ref);
const writes = ({ channel }: ChannelHost, caller: Caller): boolean =>
  channel.ref.type !== "room" && (caller.kind === "server" || writesChannel(caller.rights, channel.ref));
const forbidden = (what: string) => err(wireError("forbidden", { field: "channel", message: `the token does not allow to ${what} this channel` }));
const author = (caller: Caller, from: string | undefined): string | undefined => (caller.kind === "user" ? caller.user : from);

function publish(host: ChannelHost, input: InputOf<"channel.publish">, call: Call): Reply<"channel.publish"> {
  if (!writes(host, call.caller)) return forbidden("publish to");
  const { channel } = host;
  const from = author(call.caller, input.from);
  if (from === undefined) return err(wireError("bad_request", { field: "from", message: "from: a server says in whose name it publishes" }));
  const device = call.caller.kind === "user" ? (call.caller.device ?? SERVER_DEVICE) : SERVER_DEVICE;
  const { data, customType, store, key, priority, follows } = input;
  const id = call.id ?? channel.serverId(from, device);
  const message = { from, device, id, data, customType, store, key, priority, ...(call.id !== undefined && { follows }) };
  // The key is the caller's own: two senders may choose the same one.
  return call.idempotencyKey === undefined ? accepted(channel, message) : once(host, `${from}\n${call.idempotencyKey}`, message);
}

function accepted(channel: Channel, message: Publish, written: Outcome["written"] = () => undefined): Promise<Result<Published, WireError>> {
  return new Promise((resolve) => {
    const answered = channel.publish(message, { written, done: resolve });
    if (answered !== undefined) resolve(answered);
    else channel.settle();
  });
}

/** A server's message under an Idempotency-Key: the answer is kept in the turn that writes the message, both or neither. */
function once({ answers, channel, underWay }: ChannelHost, key: string, message: Publish): Promise<Result<Published, WireError>> {
  const known = answers.answer(key);
  if (known !== undefined) return Promise.resolve(ok({ ...known, duplicate: true as const }));
  const first = underWay.get(key);
  if (first !== undefined) return first.then((result) => (result.ok ? ok({ ...result.value, duplicate: true as const }) : result));
  const answer = accepted(channel, message, (published) => answers.keepAnswer(key, published)).finally(() => underWay.delete(key));
  underWay.set(key, answer);
  return answer;
}

interface AttributesInput {
  readonly from?: string | undefined;
  readonly notify?: boolean | undefined;
  readonly attributes?: readonly KeyValue[];
  readonly keys?: readonly string[];
}

const changeAttributes =
  (kind: AttributeChange["kind"]) =>
  (host: ChannelHost, input: AttributesInput, call: Call): Result<Record<string, never>, WireError> => {
    if (!writes(host, call.caller)) return forbidden("write");
    const by = author(call.caller, input.from) ?? SERVER_DEVICE;
    const changed = host.channel.changeAttributes({ kind, attributes: input.attributes ?? [], keys: input.keys ?? [] }, by, input.notify === true);
    return changed.ok ? ok({}) : changed;
  };

function changeMetadata(
  host: ChannelHost,
  change: MetadataChange,
  from: string | undefined,
  call: Call,
): Result<{ majorRevision: number; count: number }, WireError> {
  return writes(host, call.caller) ? host.channel.changeMetadata(change, writerOf(call, from)) : forbidden("write");
}

function history(host: ChannelHost, input: InputOf<"channel.history">, call: Call): Reply<"channel.history"> {
  if (!reads(host, call.caller)) return forbidden("read");
  return readHistory(host.db, host.app, host.channel.stream, tailOf(host.channel).items, input);
}

function countedHistory(host: ChannelHost, input: InputOf<"channel.history-count">, call: Call): Reply<"channel.history-count"> {
  if (!reads(host, call.caller)) return forbidden("read");
  return countHistory(host.db, host.app, host.channel.stream, tailOf(host.channel), input);
}

/** What history has not got yet. */
export function tailOf({ log }: Channel): Tail {
  const items = log.unexported(Number.POSITIVE_INFINITY).flatMap((page) => {
    const stored = storedPage(page, log.epoch);
    return stored === undefined ? [] : itemsOf(stored);
  });
  return { items, epoch: log.epoch, exported: log.exported };
}

const handlers: { readonly [Name in OperationName]?: Handler<Name> } = {
  "channel.publish": publish,
  "channel.members": (host, { after, limit }, call) =>
    reads(host, call.caller) ? fromLeaves(() => host.channel.lookup.page(after, limit ?? LIMITS.membersPerPage)) : forbidden("read"),
  "channel.member": (host, { user }, call) =>
    reads(host, call.caller) ? fromLeaves(async () => ({ member: await host.channel.lookup.has(user) })) : forbidden("read"),
  "channel.member-count": (host) => ok({ counts: [{ channel: host.channel.ref, count: host.channel.members }] }),
  "channel.configure": (host, { log, updatesPerSecond }) =>
    ok(host.channel.setOptions({ ...(log !== undefined && { log }), ...(updatesPerSecond !== undefined && { updatesPerSecond }) })),
  "channel.counters": ({ channel, meter: { rows, alarms }, since }) => ok({ since, ...channel.counters.snapshot(), rows, alarms }),
  "channel.load": ({ channel }) => ok(channel.load),
  "channel-attributes.set": changeAttributes("set"),
  "channel-attributes.update": changeAttributes("update"),
  "channel-attributes.remove": changeAttributes("remove"),
  "channel-attributes.clear": changeAttributes("clear"),
  "channel-attributes.get": (host, { keys }, call) => (reads(host, call.caller) ? ok({ attributes: host.channel.attributes(keys) }) : forbidden("read")),
  "channel-metadata.set": (host, input, call) => changeMetadata(host, changeOf("set", input), input.from, call),
  "channel-metadata.update": (host, input, call) => changeMetadata(host, changeOf("update", input), input.from, call),
  "channel-metadata.remove": (host, input, call) => changeMetadata(host, removalOf(input), input.from, call),
  "channel-metadata.get": (host, { known }, call) => (reads(host, call.caller) ? ok(host.channel.metadata(known)) : forbidden("read")),
  "channel.history": history,
  "channel.history-count": countedHistory,
};

const NO_LOAD = { members: 0, ownSockets: 0, sockets: 0, framesPerSecond: 0, plan: { version: 0, leaves: 0, relays: 0 }, counters: {}, leaves: [] };

/** What is true of a channel that never was. Only where nobody's rights have to be looked at. */
export function answerForNoChannel(channel: ChannelRef, { op, caller }: Call): Record<string, unknown> | undefined {
  if (op === "channel.member-count") return { counts: [{ channel, count: 0 }] };
  if (caller.kind !== "server") return undefined;
  switch (op) {
    case "channel.members":
      return { members: [], total: 0 };
    case "channel.load":
      return NO_LOAD;
    case "channel-attributes.get":
      return { attributes: [] };
    case "channel.history":
      return { messages: [] };
    case "channel.history-count":
      return { count: 0 };
    case "channel.counters":
      return { since: Date.now(), ...new ChannelCounters().snapshot(), rows: 0, alarms: 0 };
    default:
      return undefined;
  }
}

/** Runs an operation whose input the door has checked. */
export async function runChannelOperation(host: ChannelHost, call: Call): Promise<Result<Record<string, unknown>, WireError>> {
  const handler = handlers[call.op] as Handler<OperationName> | undefined;
  if (handler === undefined) return err(wireError("unknown_operation", { message: `${call.op} does not run at a channel` }));
  return handler(host, call.input as InputOf<OperationName>, call);
}
