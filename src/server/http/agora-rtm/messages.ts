import * as z from "zod";
import { checkInput } from "../../../protocol/check-input.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { peerSend } from "../../../protocol/operations/peer.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { type AgoraRequest, type Answer, type Fields, run } from "./door.ts";

/** Checked for what the catalogue cannot see: RTM 1.x has its own names for the fields, and ignores those it does not know. */
const switches = { enable_offline_messaging: z.boolean().optional(), enable_historical_messaging: z.boolean().optional() };
const text = z.string().min(1);
const peerMessage = z.object({ ...switches, destination: z.string(), payload: text });
const channelMessage = z.object({ ...switches, channel_name: z.string(), payload: text });

/**
 * To one user. The sender need not be logged in; the answer waits until the outcome is known, so what was kept for later is durable.
 * Who was cut off a moment ago gets it on the return, as from RTM 1.x's own clients.
 */
export async function sendPeerMessage(request: AgoraRequest): Answer {
  const body = await checkedBody(request, peerMessage);
  if (!body.ok) return body;
  const { destination, payload, enable_offline_messaging: keep, enable_historical_messaging: store } = body.value;
  const from = sender(request);
  if (!from.ok) return from;
  const ack = flag(request, "wait_for_ack");
  if (!ack.ok) return ack;
  const sent = await run(request, "peer.send", {
    to: destination,
    data: payload,
    ifAbsent: keep === true ? "keep" : "bridge",
    ...stored(store),
    ...from.value,
  });
  if (!sent.ok) return err(renamed(sent.error, { to: "destination", data: "payload", from: "user_id" }));
  const { delivered } = peerSend.output.parse(sent.value);
  return ok({ code: ack.value ? (delivered > 0 ? "message_delivered" : "message_offline") : "message_sent" });
}

/** To a channel, which the sender need not have joined. */
export async function sendChannelMessage(request: AgoraRequest): Answer {
  const body = await checkedBody(request, channelMessage);
  if (!body.ok) return body;
  const { channel_name: name, payload, enable_historical_messaging: store } = body.value;
  const from = sender(request);
  if (!from.ok) return from;
  const sent = await run(request, "channel.publish", { channel: { type: "message", name }, data: payload, ...stored(store), ...from.value });
  if (!sent.ok) return err(renamed(sent.error, { "channel.name": "channel_name", channel: "channel_name", data: "payload", from: "user_id" }));
  return ok({ code: "message_sent" });
}

async function checkedBody<Schema extends z.ZodType>(request: AgoraRequest, schema: Schema): Promise<Result<z.infer<Schema>, WireError>> {
  const body = await request.body();
  if (!body.ok) return body;
  const checked = checkInput(schema, body.value);
  if (!checked.ok) return checked;
  if (body.value.enable_historical_messaging === true && !request.visitor.settings.history)
    return err(
      wireError("bad_request", { field: "enable_historical_messaging", message: "enable_historical_messaging: history is switched off for this app" }),
    );
  return checked;
}

/** In whose name: a server says, a user speaks for itself and only so. */
function sender({ visitor: { caller }, param }: AgoraRequest): Result<Fields, WireError> {
  const user = param("user");
  if (caller.kind === "server") return ok({ from: user });
  return caller.user === user ? ok({}) : err(wireError("forbidden", { field: "user_id", message: "user_id: the token is for another user" }));
}

function flag({ query }: AgoraRequest, name: string): Result<boolean, WireError> {
  const value = query.get(name) ?? "false";
  if (value === "true" || value === "false") return ok(value === "true");
  return err(wireError("bad_request", { field: name, message: `${name}: true or false` }));
}

const stored = (store: boolean | undefined): Fields => (store === true ? { store: true } : {});

/** The catalogue's error under RTM 1.x's name of the field. */
function renamed(error: WireError, names: Readonly<Record<string, string>>): WireError {
  const { field } = error;
  const known = field === undefined || !Object.hasOwn(names, field) ? undefined : names[field];
  if (field === undefined || known === undefined) return error;
  return { ...error, field: known, message: error.message.startsWith(`${field}:`) ? known + error.message.slice(field.length) : error.message };
}
