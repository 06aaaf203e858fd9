import type { OperationName } from "../../src/protocol/operations/catalogue.ts";

/** One frame of the wire, as its messages stand before `encodeFrame` and after `decodeFrame`. */
export interface Example {
  readonly name: string;
  readonly direction: "up" | "down";
  readonly messages: readonly Record<string, unknown>[];
  /** The operation that a reply answers: its `ok` fits the output. */
  readonly answers?: OperationName;
}

const EPOCH = "9f2c41d07ab3e865";
const INBOX_EPOCH = "51d0c7e2a94f3b68";
const TS = 1_790_000_000_000;
const FIRST_ID = 2 ** 28;
const lobby = { type: "message", name: "lobby" };
const request = (nth: number, op: OperationName, input: Record<string, unknown>) => ({ type: "request", id: FIRST_ID + nth, op, input });
const reply = (nth: number, ok: Record<string, unknown>) => ({ type: "reply", id: FIRST_ID + nth, ok });
const up = (name: string, ...messages: Record<string, unknown>[]): Example => ({ name, direction: "up", messages });
const down = (name: string, ...messages: Record<string, unknown>[]): Example => ({ name, direction: "down", messages });
const answer = (name: string, answers: OperationName, message: Record<string, unknown>): Example => ({ name, direction: "down", messages: [message], answers });

/** The frames that docs/PROTOCOL.md shows, and that docs/protocol-vectors.json gives to clients in other languages. */
export const EXAMPLES: readonly Example[] = [
  down("welcome-session", {
    type: "welcome",
    kind: "session",
    protocol: 1,
    user: "meter-7",
    device: "esp32",
    generation: 1,
    firstId: FIRST_ID,
    serverTime: TS,
    tokenExpiresAt: TS + 3_600_000,
    keepAliveMs: 30_000,
    reconnectSpreadMs: 300,
    inbox: { epoch: INBOX_EPOCH, seq: 0 },
    limits: { frameBytes: 1_048_576, payloadBytes: 33_280, directSockets: 8, channels: 64 },
  }),
  up("join-direct", request(1, "channel.join", { channel: lobby, via: "direct" })),
  answer(
    "join-direct-reply",
    "channel.join",
    reply(1, {
      via: "direct",
      path: "/v1/channel?app=970ca35de60c44645bbae8a215061b33&user=meter-7&device=esp32&type=message&name=lobby",
      ticket: "channel-1.eyJhIjoi….r8Zk…",
      expiresAt: TS + 600_000,
    }),
  ),
  down("welcome-channel", {
    type: "welcome",
    kind: "channel",
    protocol: 1,
    channel: lobby,
    stream: "channel:message:lobby",
    epoch: EPOCH,
    seq: 17,
    members: 2,
    serverTime: TS,
  }),
  up("publish-direct", request(2, "channel.publish", { data: "21.5" })),
  down("events", {
    type: "events",
    stream: "channel:message:lobby",
    epoch: EPOCH,
    after: 17,
    upTo: 18,
    items: [{ seq: 18, from: "meter-7", device: "esp32", id: FIRST_ID + 2, ts: TS + 5, data: "21.5" }],
  }),
  down("events-brief", {
    type: "events",
    stream: "channel:message:lobby",
    epoch: EPOCH,
    after: 17,
    upTo: 20,
    items: [
      { seq: 18, from: "meter-7", device: "esp32", id: FIRST_ID + 2, ts: TS + 5, data: "21.5" },
      [900, "21.6"],
      ["ada", "web-1", 2 * FIRST_ID + 1, 40, "warm"],
    ],
  }),
  up("publish-session", request(3, "channel.publish", { channel: lobby, data: "21.6", store: true })),
  answer("publish-session-reply", "channel.publish", reply(3, { epoch: EPOCH, seq: 19, ts: TS + 900 })),
  answer("publish-duplicate-reply", "channel.publish", reply(3, { epoch: EPOCH, seq: 19, ts: TS + 900, duplicate: true })),
  up("publish-binary", request(4, "channel.publish", { data: new Uint8Array([1, 2, 3]) })),
  down("events-binary", {
    type: "events",
    stream: "channel:message:lobby",
    epoch: EPOCH,
    after: 19,
    upTo: 21,
    items: [
      { seq: 20, from: "meter-7", device: "esp32", id: FIRST_ID + 4, ts: TS + 1000, data: new Uint8Array([1, 2, 3]) },
      { seq: 21, from: "ada", device: "web-1", id: 2 * FIRST_ID + 1, ts: TS + 1001, data: "thanks", customType: "note" },
    ],
  }),
  up("batch", request(5, "channel.publish", { data: "a" }), request(6, "channel.publish", { data: "b" })),
  answer("reply-error", "channel.publish", {
    type: "reply",
    id: FIRST_ID + 6,
    error: { code: "rate_limited", message: "Too many calls; wait retryAfterMs.", retry: "later", retryAfterMs: 40 },
  }),
  down("welcome-recovered", {
    type: "welcome",
    kind: "channel",
    protocol: 1,
    channel: lobby,
    stream: "channel:message:lobby",
    epoch: EPOCH,
    seq: 21,
    recovered: true,
    members: 2,
    serverTime: TS + 60_000,
  }),
  down("welcome-not-recovered", {
    type: "welcome",
    kind: "channel",
    protocol: 1,
    channel: lobby,
    stream: "channel:message:lobby",
    epoch: EPOCH,
    seq: 5021,
    recovered: false,
    reason: "too-old",
    members: 2,
    serverTime: TS + 600_000,
  }),
  up("ack", { type: "ack", stream: "channel:message:lobby", upTo: 21 }),
  up("join-session", request(7, "channel.join", { channel: lobby, via: "session", position: { epoch: EPOCH, seq: 21 } })),
  answer(
    "join-session-reply",
    "channel.join",
    reply(7, { via: "session", stream: "channel:message:lobby", epoch: EPOCH, seq: 21, recovered: true, members: 2 }),
  ),
  up("resume", request(8, "stream.resume", { streams: [{ stream: "channel:message:lobby", epoch: EPOCH, seq: 21 }] })),
  answer("resume-reply", "stream.resume", reply(8, { streams: [{ stream: "channel:message:lobby", epoch: EPOCH, seq: 21, recovered: true }] })),
  up("peer-send", request(9, "peer.send", { to: "ada", data: "battery low", ifAbsent: "keep" })),
  answer("peer-send-reply", "peer.send", reply(9, { delivered: 1, waiting: 1 })),
  down("peer-message", { type: "message", from: "ada", device: "web-1", id: 2 * FIRST_ID + 2, ts: TS + 2000, data: "report every minute" }),
  down("peer-message-binary", { type: "message", from: "ada", device: "web-1", id: 2 * FIRST_ID + 3, ts: TS + 2001, data: new Uint8Array([0xff, 0x00]) }),
  up("received", { type: "received", messages: [["ada", "web-1", 2 * FIRST_ID + 2]] }),
  down("events-inbox", {
    type: "events",
    stream: "inbox",
    epoch: INBOX_EPOCH,
    after: 0,
    upTo: 2,
    items: [
      { seq: 1, from: "ada", device: "web-1", id: 2 * FIRST_ID + 4, ts: TS + 3000, data: "are you there?" },
      { seq: 2, from: "ada", device: "server", id: 1, ts: TS + 3500, data: "update tonight" },
    ],
  }),
  up("ack-inbox", { type: "ack", stream: "inbox", upTo: 2 }),
  down("inbox-truncated", { type: "notice", name: "inbox.truncated", from: 1, to: 40 }),
  down("channel-joined", { type: "notice", name: "channel.joined", channel: lobby, users: ["ada"] }),
  down("channel-closed", { type: "notice", name: "channel.closed", channel: lobby, code: 4204, reason: "kicked by the app" }),
  down("token-will-expire", { type: "notice", name: "token.will-expire", expiresAt: TS + 3_600_000 }),
  up("renew", request(10, "session.renew", { token: "007eJxTYBB…" })),
  answer("renew-reply", "session.renew", reply(10, { expiresAt: TS + 7_200_000 })),
  down("goaway", { type: "goaway", reason: "deploy", retryAfterMs: 30_000 }),
  up("logout", request(11, "session.logout", {})),
];

/** Frames that a receiver refuses, with the error. Texts as they are, binary ones as base64. */
export const REFUSED: readonly { readonly name: string; readonly text?: string; readonly base64?: string; readonly error: string }[] = [
  { name: "not-json", text: "hello", error: "bad_frame" },
  { name: "not-an-object", text: "[1]", error: "bad_frame" },
  { name: "bin-in-text", text: '{"type":"message","bin":3}', error: "bad_frame" },
  { name: "binary-too-short", base64: "AAA=", error: "bad_frame" },
  { name: "header-beyond-frame", base64: "AAAA/3t9", error: "bad_frame" },
  { name: "bin-beyond-frame", base64: "AAAACXsiYmluIjo1fQE=", error: "bad_frame" },
  { name: "bytes-left-over", base64: "AAAAAnt9AQ==", error: "bad_frame" },
];
