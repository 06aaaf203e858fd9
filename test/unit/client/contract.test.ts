import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessage } from "../../../src/client/guards.ts";
import { type Down, down } from "../../../src/protocol/down.ts";
import { notice } from "../../../src/protocol/messages/notice.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { EPOCH, eventFrame } from "../../support/fake-service.ts";

const channel = { type: "message" as const, name: "lobby" };
const MESSAGES: Down[] = [
  {
    type: "welcome",
    kind: "session",
    protocol: 1,
    user: "alice",
    device: "d",
    generation: 1,
    firstId: 5,
    serverTime: 1,
    tokenExpiresAt: 2,
    keepAliveMs: 1,
    reconnectSpreadMs: 1,
    inbox: { epoch: EPOCH, seq: 0 },
    limits: { frameBytes: 1, payloadBytes: 1, directSockets: 1, channels: 1 },
  },
  {
    type: "welcome",
    kind: "channel",
    protocol: 1,
    channel,
    stream: "channel:message:lobby",
    epoch: EPOCH,
    seq: 1,
    recovered: false,
    reason: "ahead",
    members: 2,
    serverTime: 1,
  },
  { type: "reply", id: 1, ok: {} },
  { type: "reply", id: 1, error: { code: "internal", message: "", retry: "later", retryAfterMs: 1, field: "f", limit: 1 } },
  eventFrame("inbox", 0, 2, { skipped: 1 }),
  { type: "message", from: "bob", device: "b", id: 1, ts: 1, data: new Uint8Array(1), customType: "t", stored: true, to: "carol" },
  { type: "notice", name: "token.will-expire", expiresAt: 1 },
  { type: "notice", name: "presence.changed", users: [{ user: "bob", state: "OFFLINE" }] },
  { type: "notice", name: "channel.joined", channel, users: ["bob"] },
  { type: "notice", name: "channel.left", channel, users: [] },
  { type: "notice", name: "channel.count", channel, count: 1 },
  { type: "notice", name: "channel.attributes", channel, attributes: [{ key: "k", value: "v", updatedBy: "bob", updatedAt: 1 }] },
  {
    type: "notice",
    name: "channel.metadata",
    channel,
    by: "bob",
    majorRevision: 2,
    items: [{ key: "k", value: "v", revision: 2, updatedAt: 1, updatedBy: "bob" }],
  },
  { type: "notice", name: "user.metadata", user: "bob", by: "bob", majorRevision: 1, items: [{ key: "k", value: "v", revision: 1 }] },
  { type: "notice", name: "channel.members", channel, users: ["bob"], count: 1 },
  { type: "notice", name: "channel.closed", channel, code: 4204, reason: "" },
  { type: "notice", name: "inbox.truncated", from: 1, to: 2 },
  {
    type: "notice",
    name: "call.changed",
    call: {
      call: "0".repeat(32),
      version: 1,
      phase: "ended",
      end: "merged",
      into: "1".repeat(32),
      exclusive: true,
      content: "",
      channel: "",
      startedAt: 1,
      members: [
        { user: "bob", state: "joined", device: "b" },
        { user: "alice", state: "unreachable", response: "", online: true, until: 1 },
      ],
    },
  },
  { type: "goaway", reason: "", retryAfterMs: 1 },
];

/** Fields that the client passes over, so a fault in them does not matter to it. */
const UNREAD = new Set(["protocol", "tokenExpiresAt", "generation", "frameBytes", "payloadBytes", "kind", "name", "type"]);

/** Every message with one field made into something else. */
function* spoilt(value: unknown, wrong: unknown): Generator<unknown> {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const put = (other: unknown) => (Array.isArray(value) ? value.map((old, at) => (String(at) === key ? other : old)) : { ...value, [key]: other });
    if (!UNREAD.has(key)) yield put(wrong);
    for (const other of spoilt(inner, wrong)) yield put(other);
  }
}

describe("the hand-written tables", () => {
  it("[SD41] take every message that the schemas take", () => {
    for (const message of MESSAGES) {
      expect(down.safeParse(message).error).toBeUndefined();
      expect(readMessage({ ...message })).toEqual(message);
    }
  });

  it("[SD41] know every notice there is: one that they do not know nobody hears", () => {
    for (const { shape } of notice.options) {
      const name = shape.name.value;
      const known = MESSAGES.find((message) => message.type === "notice" && message.name === name) ?? { type: "notice", name };
      expect({ name, verdict: readMessage({ ...known }) }).not.toEqual({ name, verdict: "unknown" });
    }
  });

  it.each([{}, null, true, -1, 0.5].map((wrong) => ({ wrong })))("[SD41] take none whose read fields hold $wrong where the schemas refuse it", ({ wrong }) => {
    let count = 0;
    for (const message of MESSAGES) {
      for (const bad of spoilt(message, wrong)) {
        if (down.safeParse(bad).success) continue;
        count += 1;
        expect({ bad, verdict: readMessage(bad as Record<string, unknown>) }).toEqual({ bad, verdict: "malformed" });
      }
    }
    expect(count).toBeGreaterThan(50);
  });

  it("[SD41] know every notice there is", () => {
    const names = notice.options.map(({ shape }) => shape.name.value);
    expect(names.filter((name) => readMessage({ type: "notice", name }) === "unknown")).toEqual([]);
    expect(readMessage({ type: "notice", name: "nobody.knows" })).toBe("unknown");
  });

  it("[SD41] survive anything", () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(...MESSAGES), (extra, message) => void readMessage({ ...message, ...extra })),
    );
  });

  it("[SD42] may submit any request again under its id: what a user can call is safe, idempotent, or told apart by that id", () => {
    const byId = OPERATIONS.filter(({ callers, idempotence }) => (callers as readonly string[]).includes("user") && idempotence === "client-id");
    expect(byId.map(({ name }) => name).sort()).toEqual([
      "channel-metadata.remove",
      "channel-metadata.set",
      "channel-metadata.update",
      "channel.publish",
      "peer.send",
      "user-metadata.remove",
      "user-metadata.set",
      "user-metadata.update",
    ]);
  });
});
