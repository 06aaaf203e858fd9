import { afterEach, describe, expect, it } from "vitest";
import { inFull } from "../../src/protocol/brief.ts";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { admit, asServer, closeAll, createApp, fresh, joinDirect, login, messageChannel, openDirect, publish, service } from "../support/accounts.ts";
import type { Json, RawClient } from "../support/raw-client.ts";

afterEach(closeAll);
const dataOf = (messages: readonly Json[]): unknown[] => messages.map(({ data }) => data);
const itemsOf = (client: RawClient): Json[] => client.unread.flatMap(({ type, items }) => (type === "events" ? (items as Json[]) : []));

describe("a channel", () => {
  it("[CH1] [CH2] [WI2] gives each message to every member once, in one order, and its echo to the publisher", async () => {
    const name = fresh("lobby");
    const ann = await joinDirect(await login(fresh("ann")), name);
    const bob = await joinDirect(await login(fresh("bob")), name);
    expect(ann.welcome).toMatchObject({ kind: "channel", stream: `channel:message:${name}`, seq: 0, members: 1 });
    for (let n = 1; n <= 5; n++) expect((await publish(n % 2 ? ann.client : bob.client, `m${n}`)).seq).toBe(n);
    expect(dataOf(itemsOf(bob.client))).toEqual(["m1", "m3"]);
    await bob.client.item(({ data }) => data === "m5");
    const id = bob.client.submit("channel.publish", { data: "again" });
    await ann.client.item(({ data }) => data === "again");
    bob.client.post({ type: "request", id, op: "channel.publish", input: { data: "again" } });
    expect((await bob.client.replyTo(id)).ok).toMatchObject({ duplicate: true, seq: 6 });
  });

  it("[WI7] tells who asks for it in short what it tells the others, live and to who comes back", async () => {
    const name = fresh("lobby");
    const ann = await joinDirect(await login(fresh("ann")), name);
    const session = await login(fresh("bob"));
    const admission = await admit(session, name);
    const bob = openDirect(admission, undefined, 30_000, "&brief=1");
    await bob.nextOf("welcome");
    for (const data of ["m1", "m2", new Uint8Array([7])]) ann.client.submit("channel.publish", { data });
    const toldTo = async (client: RawClient): Promise<unknown[]> => {
      const told: unknown[] = [];
      for (;;) {
        const { items, upTo } = await client.nextOf("events");
        told.push(...(inFull(items as unknown[]) ?? []));
        if (upTo === 3) return told;
      }
    };
    const told = await toldTo(ann.client);
    expect(dataOf(told as Json[])).toEqual(["m1", "m2", new Uint8Array([7])]);
    expect(await toldTo(bob)).toEqual(told);
    const back = openDirect(admission, { epoch: ann.welcome.epoch, seq: 0 }, 30_000, "&brief=1");
    expect(await toldTo(back)).toEqual(told);
    expect(
      new TextDecoder().decode(back.frames.map((frame) => (typeof frame === "string" ? new TextEncoder().encode(frame) : new Uint8Array(frame))).at(-1)),
    ).toMatch(/\[\d+,"m2"\]/);
    const odd = openDirect(admission, undefined, 30_000, "&brief=yes");
    expect((await odd.closed).code).toBe(CLOSE.badRequest.code);
  });

  it("[CH8] carries bytes as they are, up to the limit exactly, and refuses a byte more of either kind by name", async () => {
    const name = fresh("lobby");
    const { client } = await joinDirect(await login(fresh("ann")), name);
    const reader = await joinDirect(await login(fresh("bob")), name);
    const bytes = crypto.getRandomValues(new Uint8Array(LIMITS.payloadBytes));
    await publish(client, bytes);
    expect((await reader.client.item(({ seq }) => seq === 1)).data).toEqual(bytes);
    await publish(client, "é".repeat(LIMITS.payloadBytes / 2));
    expect((await reader.client.item(({ seq }) => seq === 2)).data).toBe("é".repeat(LIMITS.payloadBytes / 2));
    for (const data of [new Uint8Array(LIMITS.payloadBytes + 1), `${"é".repeat(LIMITS.payloadBytes / 2)}x`])
      expect(await client.refused("channel.publish", { data })).toMatchObject({ code: "too_large", field: "data", limit: LIMITS.payloadBytes });
    expect(await publish(client, "next")).toMatchObject({ seq: 3 });
  });

  it("[US13] [WI3] rides on the session socket: publishes are answered, frames come there, a gap is resumed in place", async () => {
    const name = fresh("lobby");
    const channel = messageChannel(name);
    const ann = await login(fresh("ann"));
    const bob = await joinDirect(await login(fresh("bob")), name);
    const joined = await ann.client.ok("channel.join", { channel, via: "session" });
    expect(joined).toMatchObject({ via: "session", stream: `channel:message:${name}`, seq: 0, members: 2 });
    expect(await ann.client.ok("channel.publish", { channel, data: "rode" })).toMatchObject({ seq: 1, epoch: joined.epoch });
    expect(await bob.client.item(({ seq }) => seq === 1)).toMatchObject({ data: "rode", from: ann.user });
    await ann.client.item(({ seq }) => seq === 1);
    await publish(bob.client, new Uint8Array([1, 2, 255]));
    expect((await ann.client.item(({ seq }) => seq === 2)).data).toEqual(new Uint8Array([1, 2, 255]));
    const resumed = await ann.client.ok("stream.resume", { streams: [{ stream: joined.stream, epoch: joined.epoch, seq: 0 }] });
    expect(resumed.streams).toEqual([{ stream: joined.stream, epoch: joined.epoch, seq: 0, recovered: true }]);
    expect(dataOf(itemsOf(ann.client))).toContain("rode");
    await ann.client.ok("channel.leave", { channel });
    await bob.client.notice("channel.left");
  });

  it("[WI4] answers a batch of requests in one frame one by one, the bad one among them, too", async () => {
    const name = fresh("lobby");
    const { client } = await login(fresh("ann"));
    const channel = messageChannel(name);
    const ids = Array.from({ length: 5 }, () => client.nextId());
    client.post(
      ...ids.map((id, index) => ({ type: "request", id, op: "channel.publish", input: index === 2 ? { channel, data: 7 } : { channel, data: `m${index}` } })),
    );
    const replies = await Promise.all(ids.map((id) => client.replyTo(id)));
    expect(replies.map(({ ok, error }) => (ok as Json | undefined)?.seq ?? (error as Json).field)).toEqual([1, 2, "data", 3, 4]);
  });
});

describe("coming back", () => {
  it("[RS1] [RS3] with a position brings exactly what was missed", async () => {
    const name = fresh("lobby");
    const session = await login(fresh("ann"));
    const { client, welcome, admission } = await joinDirect(session, name);
    const bob = await joinDirect(await login(fresh("bob")), name);
    await publish(bob.client, "heard");
    await client.item(({ seq }) => seq === 1);
    client.terminate();
    await publish(bob.client, "missed one");
    await publish(bob.client, new Uint8Array([9]));
    const again = openDirect(admission, { epoch: welcome.epoch, seq: 1 });
    expect(await again.nextOf("welcome")).toMatchObject({ recovered: true, seq: 1, epoch: welcome.epoch });
    const events = await again.next(({ type, upTo }) => type === "events" && upTo === 3);
    expect(events.after).toBe(1);
    expect(dataOf(events.items as Json[])).toEqual(["missed one", new Uint8Array([9])]);
  });

  it("[RS2] from another epoch, from beyond the head, or from too long ago says so, and why", async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    await asServer("PATCH", "/v1/settings", { recoveryMessages: 3 }, { app });
    const name = fresh("lobby");
    const session = await login(fresh("ann"), { app });
    const { client, welcome, admission } = await joinDirect(session, name);
    for (let n = 0; n < 8; n++) await publish(client, `m${n}`);
    const back = async (position: { epoch: unknown; seq: unknown }): Promise<Json> => openDirect(admission, position).nextOf("welcome");
    expect(await back({ epoch: "0".repeat(16), seq: 1 })).toMatchObject({ recovered: false, reason: "epoch-changed", seq: 8 });
    expect(await back({ epoch: welcome.epoch, seq: 9 })).toMatchObject({ recovered: false, reason: "ahead", seq: 8 });
    expect(await back({ epoch: welcome.epoch, seq: 1 })).toMatchObject({ recovered: false, reason: "too-old", seq: 8 });
    expect(await back({ epoch: welcome.epoch, seq: 6 })).toMatchObject({ recovered: true, seq: 6 });
  });

  it("[CH14] [WI5] a reader that acknowledges nothing is closed with come back, resumes, and nobody else is", { timeout: 40_000 }, async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    const name = fresh("lobby");
    const slow = await joinDirect(await login(fresh("slow"), { app }), name);
    const good = await joinDirect(await login(fresh("good"), { app }), name);
    const speaker = await joinDirect(await login(fresh("speaker"), { app }), name);
    for (const { client } of [good, speaker]) client.onMessage = ({ type, stream, upTo }) => type === "events" && client.post({ type: "ack", stream, upTo });
    for (let n = 0; n < 36; n++) await publish(speaker.client, "x".repeat(LIMITS.payloadBytes));
    expect((await slow.client.closed).code).toBe(CLOSE.slowReader.code);
    expect([good.client.isOpen, speaker.client.isOpen]).toEqual([true, true]);
    const last = itemsOf(slow.client).at(-1);
    const again = openDirect(slow.admission, { epoch: slow.welcome.epoch, seq: last?.seq });
    expect(await again.nextOf("welcome")).toMatchObject({ recovered: true });
    await again.item(({ seq }) => seq === 36);
  });
});

describe("who is there", () => {
  it("[CM1] [CM2] joined, left and the count are told, of users and not of devices", async () => {
    const name = fresh("lobby");
    const watcher = await joinDirect(await login(fresh("watcher")), name);
    const user = fresh("ann");
    const phone = await login(user);
    const laptop = await login(user, { device: "laptop" });
    const first = await joinDirect(phone, name);
    expect((await watcher.client.next(({ name: what, users }) => what === "channel.joined" && (users as string[]).includes(user))).users).toEqual([user]);
    await watcher.client.next(({ name: what, count }) => what === "channel.count" && count === 2);
    await joinDirect(laptop, name);
    await first.client.close(1000);
    await laptop.client.ok("channel.leave", { channel: messageChannel(name) });
    expect((await watcher.client.notice("channel.left")).users).toEqual([user]);
    expect(watcher.client.unread.filter(({ name: what }) => what === "channel.joined").flatMap(({ users }) => users as string[])).not.toContain(user);
  });

  it("[CM2] [CM3] who vanishes stays for a lease and leaves then; who comes back is not noticed", { timeout: 60_000 }, async () => {
    const name = fresh("lobby");
    const watcher = await joinDirect(await login(fresh("watcher")), name);
    const ann = await joinDirect(await login(fresh("ann")), name);
    const bobSession = await login(fresh("bob"));
    const bob = await joinDirect(bobSession, name);
    ann.client.terminate();
    bob.client.terminate();
    await openDirect(bob.admission, { epoch: bob.welcome.epoch, seq: 0 }).nextOf("welcome");
    const left = await watcher.client.next(({ name: what }) => what === "channel.left", 45_000 * service().scale + 5_000);
    expect(left.users).toEqual([expect.stringMatching(/^ann/)]);
  });

  it("[CM13] members come in pages by user id, and the counts of 32 channels in one call", async () => {
    const name = fresh("lobby");
    const users = Array.from({ length: 5 }, (_, index) => `${fresh("u")}-${index}`).sort();
    const sessions = await Promise.all(users.map((user) => login(user)));
    for (const session of sessions) await session.client.ok("channel.join", { channel: messageChannel(name), via: "session" });
    const { client } = sessions[0] as (typeof sessions)[number];
    const page = await client.ok("channel.members", { channel: messageChannel(name), limit: 2 });
    expect(page).toMatchObject({ total: 5, next: users[1] });
    const rest = await client.ok("channel.members", { channel: messageChannel(name), after: page.next });
    expect([...(page.members as Json[]), ...(rest.members as Json[])].map(({ user }) => user)).toEqual(users);
    const channels = Array.from({ length: 32 }, (_, index) => messageChannel(index === 7 ? name : `${name}-${index}`));
    const { counts } = await client.ok("channel.member-count", { channels });
    expect((counts as Json[]).map(({ count }) => count)).toEqual(channels.map((_, index) => (index === 7 ? 5 : 0)));
    expect(await client.refused("channel.member-count", { channels: [...channels, messageChannel("x")] })).toMatchObject({ code: "bad_request", limit: 32 });
  });

  it("[CA1] [CA2] [CA3] attributes are set, merged, removed and cleared, and told to members if asked", async () => {
    const name = fresh("lobby");
    const channel = messageChannel(name);
    const session = await login(fresh("ann"));
    const watcher = await joinDirect(await login(fresh("watcher")), name);
    await session.client.ok("channel-attributes.set", {
      channel,
      attributes: [
        { key: "topic", value: "tea" },
        { key: "__proto__", value: "p" },
      ],
    });
    await session.client.ok("channel-attributes.update", { channel, attributes: [{ key: "topic", value: "coffee" }], notify: true });
    const told = (await watcher.client.notice("channel.attributes")).attributes as Json[];
    expect(told.map(({ key, value, updatedBy }) => [key, value, updatedBy]).sort()).toEqual([
      ["__proto__", "p", session.user],
      ["topic", "coffee", session.user],
    ]);
    expect(
      await session.client.refused("channel-attributes.update", {
        channel,
        attributes: Array.from({ length: 5 }, (_, index) => ({ key: `k${index}`, value: "x".repeat(8_000) })),
      }),
    ).toMatchObject({ limit: LIMITS.channelAttributesBytes });
    await session.client.ok("channel-attributes.remove", { channel, keys: ["topic"] });
    expect((await session.client.ok("channel-attributes.get", { channel })).attributes).toHaveLength(1);
    await session.client.ok("channel-attributes.clear", { channel });
    expect((await session.client.ok("channel-attributes.get", { channel })).attributes).toEqual([]);
    expect(watcher.client.unread.filter(({ name: what }) => what === "channel.attributes")).toEqual([]);
  });
});

describe("history", () => {
  const read = async (client: RawClient, query: object): Promise<Json[]> => {
    const found: Json[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.ok("channel.history", { ...query, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...(page.messages as Json[]));
      cursor = page.next as string | undefined;
    } while (cursor !== undefined);
    return found;
  };

  it("[HI21] [HI22] shows each stored message exactly once, while it is exported and after, in both orders, by time, sender and page", {
    timeout: 60_000,
  }, async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    const name = fresh("lobby");
    const channel = messageChannel(name);
    const ann = await login(fresh("ann"), { app });
    const bob = await login(fresh("bob"), { app });
    const there = { ann: await joinDirect(ann, name), bob: await joinDirect(bob, name) };
    const reader = await login(fresh("reader"), { app });
    const stored: Json[] = [];
    // Over several exports (one in half a second here), so that a read falls on every mixture of tail and database.
    for (let n = 0; n < 40; n++) {
      stored.push(await publish(n % 4 === 0 ? there.bob.client : there.ann.client, n % 5 === 0 ? new Uint8Array([n]) : `m${n}`, { store: true }));
      if (n % 7 === 0) await publish(there.ann.client, "not stored");
      if (n % 10 === 9) {
        expect(dataOf(await read(reader.client, { channel, limit: 100, order: "oldest-first" }))).toEqual(dataOf(stored));
        await new Promise((resolve) => setTimeout(resolve, 6_000 * service().scale));
      }
    }
    expect(dataOf(await read(reader.client, { channel, limit: 7, order: "oldest-first" }))).toEqual(dataOf(stored));
    expect(dataOf(await read((await login(fresh("r"), { app })).client, { channel, limit: 9 }))).toEqual(dataOf(stored).toReversed());
    const other = (await login(fresh("r"), { app })).client;
    expect(dataOf(await read(other, { channel, sender: bob.user, limit: 3, order: "oldest-first" }))).toEqual(dataOf(stored.filter((_, n) => n % 4 === 0)));
    const [from, to] = [Number(stored[10]?.ts), Number(stored[30]?.ts)];
    expect(dataOf(await read(other, { channel, from, to, order: "oldest-first" }))).toEqual(
      dataOf(stored.filter(({ ts }) => Number(ts) >= from && Number(ts) < to)),
    );
    // Over a direct socket, too.
    expect(dataOf((await there.bob.client.ok("channel.history", { order: "oldest-first", limit: 10 })).messages as Json[])).toEqual(
      dataOf(stored.slice(0, 10)),
    );
    expect(await other.refused("channel.history", { channel, cursor: "nonsense" })).toMatchObject({ code: "bad_request", field: "cursor" });
  });
});

describe("a page of history", () => {
  it("[HI23] [WI6] fits a frame, whatever its messages weigh", { timeout: 30_000 }, async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    const name = fresh("lobby");
    const ann = await login(fresh("ann"), { app });
    const { client } = await joinDirect(ann, name);
    client.onMessage = ({ type, stream, upTo }) => type === "events" && client.post({ type: "ack", stream, upTo });
    const sizes = Array.from({ length: 40 }, (_, n) => (n % 2 ? "\u0001" : "é").repeat(n % 2 ? 30_000 : 16_000));
    for (const data of sizes) await publish(client, data, { store: true });
    const found: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await ann.client.ok("channel.history", {
        channel: messageChannel(name),
        order: "oldest-first",
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...dataOf(page.messages as Json[]));
      cursor = page.next as string | undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(sizes);
    expect(Math.max(...ann.client.frames.map((frame) => (typeof frame === "string" ? Buffer.byteLength(frame) : frame.byteLength)))).toBeLessThanOrEqual(
      LIMITS.frameBytes,
    );
  });
});

describe("REST", () => {
  it("[PM10] [HT30] a publish repeated under one key is in the channel once", async () => {
    const name = fresh("lobby");
    const reader = await joinDirect(await login(fresh("ann")), name);
    const path = `/v1/channels/message/${name}/messages`;
    const key = { "idempotency-key": fresh("key") };
    const first = await asServer("POST", path, { from: "news", data: "one" }, key);
    expect(first.status).toBe(200);
    expect((await asServer("POST", path, { from: "news", data: "one" }, key)).body).toEqual({ ...first.body, duplicate: true });
    expect((await asServer("POST", path, { from: "news", data: "two" })).body.seq).toBe(2);
    await reader.client.item(({ seq }) => seq === 2);
    expect((await asServer("POST", path, { data: "nobody's" })).body).toMatchObject({ error: { code: "bad_request", field: "from" } });
  });
});
