import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Socket, connect as tcp } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { ERRORS } from "../../src/protocol/errors.ts";
import { joinBinary } from "../../src/protocol/frame.ts";
import { OPERATIONS } from "../../src/protocol/operations/catalogue.ts";
import { admit, asServer, closeAll, fresh, joinDirect, login, publish, service, tokenFor } from "../support/accounts.ts";
import { type Json, type RawClient, secretProtocol } from "../support/raw-client.ts";

afterEach(closeAll);

const SEED = 20_260_101;
const FUZZ_RUNS = process.env.WIGWAG_FULL ? 2_000 : 300;
const MEGABYTE = 1024 * 1024;
const header = (length: number, rest: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(4 + rest.byteLength);
  new DataView(frame.buffer).setUint32(0, length);
  frame.set(rest, 4);
  return frame;
};
const text = (value: unknown): string => JSON.stringify(value);
const request = (id: unknown, op: unknown, input: unknown, more: object = {}): string => text({ type: "request", id, op, input, ...more });
const manyKeys = (): string => `{${Array.from({ length: 100_000 }, (_, index) => `"_${index.toString(36)}":1`).join(",")}}`;
const nested = (open: string, close: string, depth = 100_000): string => open.repeat(depth) + close.repeat(depth);

type Outcome = { readonly close: number } | { readonly error: string };
type Frame = readonly [what: string, frame: (id: number) => string | Uint8Array, outcome: Outcome];
const bad = { close: CLOSE.badFrame.code };
const large = { close: CLOSE.tooLarge.code };

/** Each to a socket of its own, of both kinds. `id` is a fresh one, which a typed error has to name. */
const frames: readonly Frame[] = [
  ["no JSON", () => "{", bad],
  ["half a frame", (id) => request(id, "user.devices", {}).slice(0, 20), bad],
  ["an empty text", () => "", bad],
  ["JSON that is no object", () => "7", bad],
  ["null", () => "null", bad],
  ["an array of no objects", () => "[1]", bad],
  ["no type", () => "{}", bad],
  ["an unknown type", () => text({ type: "welcome" }), bad],
  ["a request without id", () => text({ type: "request", op: "user.devices", input: {} }), bad],
  ["a negative id", () => request(-1, "user.devices", {}), bad],
  ["id 0", () => request(0, "user.devices", {}), bad],
  ["an id beyond what is exact", () => '{"type":"request","id":9007199254740993,"op":"user.devices","input":{}}', bad],
  ["an id of 1e400", () => '{"type":"request","id":1e400,"op":"user.devices","input":{}}', bad],
  ["a fractional id", () => request(1.5, "user.devices", {}), bad],
  ["a text for an id", () => request("1", "user.devices", {}), bad],
  ["NaN for an id", () => '{"type":"request","id":NaN,"op":"user.devices","input":{}}', bad],
  ["an array for a type", () => text({ type: ["request"] }), bad],
  ["an acknowledgement of nothing", () => text({ type: "ack" }), bad],
  ["an acknowledgement of text", () => text({ type: "ack", stream: "inbox", upTo: "1" }), bad],
  ["a negative acknowledgement", () => text({ type: "ack", stream: "inbox", upTo: -1 }), bad],
  ["100,000 levels of arrays", () => nested("[", "]"), bad],
  ["100,000 keys beside the type", () => `{"type":"x",${manyKeys().slice(1)}`, bad],
  ["a prototype for a message", () => '{"__proto__":{"type":"request","id":5,"op":"user.devices","input":{}}}', bad],
  ["three bytes", () => new Uint8Array(3), bad],
  ["a header longer than the frame", () => header(100, new Uint8Array(4)), bad],
  ["a header of four gigabytes", () => header(0xffffffff, new Uint8Array(4)), bad],
  ["a header that is not UTF-8", () => header(2, new Uint8Array([0xff, 0xfe])), bad],
  ["an overlong UTF-8 header", () => header(2, new Uint8Array([0xc0, 0xaf])), bad],
  ["bytes nobody refers to", (id) => joinBinary(request(id, "user.devices", {}), [new Uint8Array(3)]), bad],
  ["`bin` beyond the frame", (id) => joinBinary(request(id, "channel.publish", { bin: 4 }), [new Uint8Array(3)]), bad],
  ["a negative `bin`", (id) => joinBinary(request(id, "channel.publish", { bin: -1 }), [new Uint8Array(3)]), bad],
  ["`bin` in a text", (id) => request(id, "channel.publish", { bin: 0 }), bad],
  ["1 MB and a byte of text", () => `"${"x".repeat(MEGABYTE - 1)}"`, large],
  ["1 MB and a byte of bytes", () => new Uint8Array(MEGABYTE + 1), large],
  ["1,025 messages", () => text(Array.from({ length: 1_025 }, () => ({ type: "ack", stream: "inbox", upTo: 1 }))), large],
  ["an unknown operation", (id) => request(id, "no.such", {}), { error: "unknown_operation" }],
  ["the name of a property of objects", (id) => request(id, "constructor", {}), { error: "unknown_operation" }],
  ["an input of 100,000 keys", (id) => `{"type":"request","id":${id},"op":"presence.query","input":${manyKeys()}}`, { error: "bad_request" }],
  [
    "a publish of 100,000 keys",
    (id) => `{"type":"request","id":${id},"op":"channel.publish","input":{"data":"x",${manyKeys().slice(1)}}`,
    { error: "bad_request" },
  ],
  ["an input of 100,000 levels", (id) => `{"type":"request","id":${id},"op":"presence.query","input":{"users":${nested("[", "]")}}}`, { error: "bad_request" }],
  [
    "`__proto__` in an input",
    (id) => `{"type":"request","id":${id},"op":"presence.query","input":{"users":["a"],"__proto__":{"x":1}}}`,
    { error: "bad_request" },
  ],
  [
    "`__proto__` in a publish",
    (id) => `{"type":"request","id":${id},"op":"channel.publish","input":{"data":"x","__proto__":{"store":true}}}`,
    { error: "bad_request" },
  ],
  ["a number for data", (id) => request(id, "channel.publish", { data: 7 }), { error: "bad_request" }],
  ["null for an input", (id) => request(id, "presence.query", null), { error: "bad_request" }],
  ["an array for an input", (id) => request(id, "presence.query", []), { error: "bad_request" }],
  ["an array for an operation", (id) => request(id, ["presence.query"], {}), { error: "bad_request" }],
];

/** Sends, and waits for the outcome: a close with this code, or an error to this id. */
async function suffer(client: RawClient, [what, frame, outcome]: Frame): Promise<void> {
  const id = client.nextId();
  client.raw(frame(id));
  if ("close" in outcome) {
    const closed = await client.closed;
    expect(closed, what).toMatchObject({ code: outcome.close });
    return;
  }
  const reply = await client.replyTo(id);
  expect((reply.error as Json | undefined)?.code, `${what}: ${text(reply)}`).toBe(outcome.error);
  client.terminate();
}

describe("hostile frames", () => {
  it("[WI10] on a session socket give a typed error or a close code, and another device of the user notices nothing", { timeout: 60_000 }, async () => {
    const user = fresh("mallory");
    const other = await login(user, { device: "bystander" });
    const bob = await login(fresh("bob"));
    for (const [index, frame] of frames.entries()) {
      // Logins are counted per device.
      const { client } = await login(user, { device: `d${index % 8}`, instance: `i${index}` });
      await suffer(client, frame);
      const id = bob.client.submit("peer.send", { to: user, data: `still there ${index}`, ifAbsent: "drop" });
      const message = await other.client.next(({ type, data }) => type === "message" && data === `still there ${index}`);
      other.client.received(message);
      await bob.client.replyTo(id);
    }
    expect(other.client.isOpen).toBe(true);
  });

  it("[WI11] on a direct socket likewise, and another member hears everything", { timeout: 60_000 }, async () => {
    const name = fresh("lobby");
    const bystander = await joinDirect(await login(fresh("bystander")), name);
    const speaker = await joinDirect(await login(fresh("speaker")), name);
    const heard: unknown[] = [];
    bystander.client.onMessage = ({ items }) => heard.push(...((items as Json[] | undefined) ?? []).map(({ data }) => data));
    const attacker = await login(fresh("mallory"));
    for (const [index, frame] of frames.entries()) {
      const { client } = await joinDirect(attacker, name);
      await suffer(client, frame);
      await publish(speaker.client, `still there ${index}`);
    }
    await publish(speaker.client, "end");
    await bystander.client.item(({ data }) => data === "end");
    expect(heard).toEqual([...frames.map((_, index) => `still there ${index}`), "end"]);
    const { body } = await asServer("GET", `/v1/channels/message/${name}/members`);
    expect((body.members as Json[]).map(({ user }) => user)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^bystander/), expect.stringMatching(/^speaker/)]),
    );
  });

  it("[US10] [WI12] good messages beside a bad one are carried out on both kinds of socket", async () => {
    const name = fresh("lobby");
    const session = await login(fresh("ada"));
    const reader = await joinDirect(await login(fresh("bob")), name);
    const { client } = await joinDirect(session, name);
    const [one, two] = [client.nextId(), client.nextId()];
    client.post(
      { type: "request", id: one, op: "channel.publish", input: { data: "before" } },
      { type: "nonsense" },
      { type: "request", id: two, op: "channel.publish", input: { data: "after" } },
    );
    await reader.client.item(({ data }) => data === "before");
    await reader.client.item(({ data }) => data === "after");
    expect((await client.closed).code).toBe(CLOSE.badFrame.code);
    const id = session.client.nextId();
    session.client.post({ type: "request", id, op: "user.devices", input: {} }, { type: "nonsense" });
    expect((await session.client.replyTo(id)).ok).toBeDefined();
    expect((await session.client.closed).code).toBe(CLOSE.badFrame.code);
  });

  it("[WI13] an empty array of messages is nothing, and harms nobody", async () => {
    const { client } = await login(fresh("ada"));
    client.raw("[]");
    expect((await client.ok("user.devices", {})).devices).toHaveLength(1);
  });

  it(`[WI14] ${FUZZ_RUNS} requests of random shape get one reply each, of a known code, and never a fault of ours`, { timeout: 120_000 }, async () => {
    const user = fresh("fuzz");
    const name = fresh("lobby");
    const names = OPERATIONS.map((operation) => operation.name).filter((op) => !["session.logout", "channel.leave"].includes(op));
    const value = fc.oneof(
      fc.constantFrom("ada", "", "__proto__", "\u0000", "x".repeat(65), "\ud800", "message", "stream"),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.constantFrom("ada", 1, null, {}), { maxLength: 3 }),
      fc.constant({ type: "message", name }),
      fc.constant([{ type: "message", name }]),
      fc.constant([{ key: "k", value: "v" }]),
    );
    const keys = fc.constantFrom(
      "channel",
      "channels",
      "user",
      "users",
      "to",
      "data",
      "attributes",
      "keys",
      "streams",
      "token",
      "limit",
      "after",
      "cursor",
      "from",
      "order",
      "via",
      "position",
      "notify",
      "ifAbsent",
      "store",
      "customType",
      "keepAliveMs",
      "constructor",
    );
    const input = fc.dictionary(keys, value, { maxKeys: 4 });
    const cases = fc.sample(fc.record({ op: fc.constantFrom(...names), input }), { seed: SEED, numRuns: FUZZ_RUNS });
    let session = await login(user, { device: "d0" });
    let direct = await joinDirect(session, name);
    const codes = new Set(Object.keys(ERRORS));
    for (const [index, { op, input: given }] of cases.entries()) {
      // Rates are per device: a new one now and then keeps the requests from being answered by the bucket alone.
      if (index % 30 === 29) {
        session.client.terminate();
        session = await login(user, { device: `d${index % 9}`, instance: `i${index}` });
        direct = await joinDirect(session, name);
      }
      for (const client of [session.client, direct.client]) {
        const id = client.nextId();
        client.raw(text({ type: "request", id, op, input: given }));
        const answer = await client.next(
          ({ type, id: to, items }) => (type === "reply" && to === id) || (type === "events" && (items as Json[]).some((item) => item.id === id)),
        );
        const code = (answer.error as Json | undefined)?.code;
        if (code !== undefined) expect(codes, text(answer)).toContain(code);
        expect(code, `${op} ${text(given)}: ${text(answer)}`).not.toBe("internal");
      }
    }
  });
});

/** A WebSocket without the manners of one: it answers no close. */
async function rude(path: string, secret: string): Promise<{ socket: Socket; say: (message: object) => void }> {
  const { hostname, port, host, pathname, search } = new URL(service().url.replace(/\/$/, "") + path);
  const socket = tcp(Number(port || 80), hostname);
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Protocol: wigwag.v1, ${secretProtocol(secret)}\r\n\r\n`,
  );
  await once(socket, "data");
  const say = (message: object): void => {
    const body = Buffer.from(text(message));
    const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255]);
    socket.write(Buffer.concat([head, Buffer.alloc(4), body]));
  };
  return { socket, say };
}

describe("a client without manners", () => {
  it("[WI15] that was kicked, and answers no close, is heard no more by a channel", async (context) => {
    if (service().url.startsWith("https")) return context.skip();
    const name = fresh("lobby");
    const user = fresh("mallory");
    const session = await login(user);
    const reader = await joinDirect(await login(fresh("bob")), name);
    const { path, ticket } = await admit(session, name);
    const { socket, say } = await rude(path, ticket);
    say({ type: "request", id: 2 ** 33 + 1, op: "channel.publish", input: { data: "before" } });
    await reader.client.item(({ data }) => data === "before");
    await asServer("POST", `/v1/users/${user}/kick`, {});
    await session.client.closed;
    say({ type: "request", id: 2 ** 33 + 2, op: "channel.publish", input: { data: "after" } });
    // A round trip over the same object, after the bytes above have had their time.
    await asServer("POST", `/v1/channels/message/${name}/messages`, { from: "server", data: "one" });
    await reader.client.item(({ data }) => data === "one");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await asServer("POST", `/v1/channels/message/${name}/messages`, { from: "server", data: "two" });
    await reader.client.item(({ data }) => data === "two");
    expect(reader.client.unread.flatMap(({ items }) => ((items as Json[] | undefined) ?? []).map(({ data }) => data))).not.toContain("after");
    socket.destroy();
  });

  it("[WI16] whose token has ended, and who answers no close, is heard no more by its session", async (context) => {
    if (service().url.startsWith("https")) return context.skip();
    const user = fresh("mallory");
    const bob = await login(fresh("bob"));
    const query = new URLSearchParams({ app: service().app, user, device: "d", kind: "x", instance: "i" });
    const { socket, say } = await rude(`/v1/session?${query}`, await tokenFor(user, { expireSeconds: 2 }));
    const send = (n: number): void => say({ type: "request", id: 2 ** 33 + n, op: "peer.send", input: { to: bob.user, data: `m${n}` } });
    send(1);
    await bob.client.item(({ data }) => data === "m1");
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    send(2);
    const carl = await login(fresh("carl"));
    for (const n of [1, 2]) {
      carl.client.submit("peer.send", { to: bob.user, data: `carl ${n}`, ifAbsent: "drop" });
      await bob.client.item(({ data }) => data === `carl ${n}`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(bob.client.unread.map(({ data }) => data)).not.toContain("m2");
    socket.destroy();
  });
});
