import { mayRead, mayWrite } from "../../../domain/access/rights.ts";
import type { AttributeChange, KeyValue } from "../../../domain/attributes.ts";
import type { Channel } from "../../../domain/channel/channel.ts";
import { itemsOf, storedPage } from "../../../domain/history/stored-page.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { readHistory } from "../../history/read.ts";
import type { Call, Caller } from "../../trust.ts";

export interface ChannelHost {
  readonly channel: Channel;
  readonly app: string;
  readonly db: D1Database | undefined;
  readonly answers: {
    answer(key: string): { epoch: string; seq: number; ts: number } | undefined;
    keepAnswer(key: string, answer: { epoch: string; seq: number; ts: number }): void;
  };
}

type Outcome<Name extends OperationName> = Result<OutputOf<Name>, WireError> | Promise<Result<OutputOf<Name>, WireError>>;
type Handler<Name extends OperationName> = (host: ChannelHost, input: InputOf<Name>, call: Call) => Outcome<Name>;

/** The device under which a server speaks. */
const SERVER_DEVICE = "server";

const resource = (channel: { type: "message" | "stream" }): "messageChannels" | "streamChannels" =>
  channel.type === "stream" ? "streamChannels" : "messageChannels";

const reads = ({ channel }: ChannelHost, caller: Caller): boolean =>
  caller.kind === "server" || mayRead(caller.rights, resource(channel.ref), channel.ref.name);
const writes = ({ channel }: ChannelHost, caller: Caller): boolean =>
  caller.kind === "server" || mayWrite(caller.rights, resource(channel.ref), channel.ref.name);
const forbidden = (what: string) => err(wireError("forbidden", { field: "channel", message: `the token does not allow to ${what} this channel` }));
const author = (caller: Caller, from: string | undefined): string | undefined => (caller.kind === "user" ? caller.user : from);

function publish(host: ChannelHost, input: InputOf<"channel.publish">, call: Call): Outcome<"channel.publish"> {
  if (!writes(host, call.caller)) return forbidden("publish to");
  const { channel } = host;
  const from = author(call.caller, input.from);
  if (from === undefined) return err(wireError("bad_request", { field: "from", message: "from: a server says in whose name it publishes" }));
  // The key is the caller's own: two senders may choose the same one.
  const key = call.idempotencyKey === undefined ? undefined : `${from}\n${call.idempotencyKey}`;
  const known = key === undefined ? undefined : host.answers.answer(key);
  if (known !== undefined) return ok({ ...known, duplicate: true as const });
  const device = call.caller.kind === "user" ? (call.caller.device ?? SERVER_DEVICE) : SERVER_DEVICE;
  const id = call.id ?? channel.serverId(from, device);
  return new Promise((resolve) => {
    const answered = channel.publish({ from, device, id, data: input.data, customType: input.customType, store: input.store }, (result) => {
      // In the turn that committed the message: both or neither.
      if (key !== undefined && result.ok && result.value.seq !== undefined)
        host.answers.keepAnswer(key, { epoch: result.value.epoch, seq: result.value.seq, ts: result.value.ts ?? 0 });
      resolve(result);
    });
    if (answered !== undefined) resolve(answered);
    else channel.settle();
  });
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

function history(host: ChannelHost, input: InputOf<"channel.history">, call: Call): Outcome<"channel.history"> {
  if (!reads(host, call.caller)) return forbidden("read");
  const { log, stream } = host.channel;
  const tail = log.unexported(Number.POSITIVE_INFINITY).flatMap((page) => {
    const stored = storedPage(page, log.epoch);
    return stored === undefined ? [] : itemsOf(stored);
  });
  return readHistory(host.db, host.app, stream, tail, input);
}

const handlers: { readonly [Name in OperationName]?: Handler<Name> } = {
  "channel.publish": publish,
  "channel.members": (host, { after, limit }, call) =>
    reads(host, call.caller) ? ok(host.channel.membersPage(after, limit ?? LIMITS.membersPerPage)) : forbidden("read"),
  "channel.member-count": (host) => ok({ counts: [{ channel: host.channel.ref, count: host.channel.members }] }),
  "channel.configure": (host, { log }) => ok(host.channel.setOptions(log === undefined ? {} : { log })),
  "channel-attributes.set": changeAttributes("set"),
  "channel-attributes.update": changeAttributes("update"),
  "channel-attributes.remove": changeAttributes("remove"),
  "channel-attributes.clear": changeAttributes("clear"),
  "channel-attributes.get": (host, { keys }, call) => (reads(host, call.caller) ? ok({ attributes: host.channel.attributes(keys) }) : forbidden("read")),
  "channel.history": history,
};

/** Runs an operation whose input the door has checked. */
export async function runChannelOperation(host: ChannelHost, call: Call): Promise<Result<Record<string, unknown>, WireError>> {
  const handler = handlers[call.op] as Handler<OperationName> | undefined;
  if (handler === undefined) return err(wireError("unknown_operation", { message: `${call.op} does not run at a channel` }));
  return handler(host, call.input as InputOf<OperationName>, call);
}
