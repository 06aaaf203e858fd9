import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Chats, MemoryStore, openChat, SqliteStore } from "../../../src/client/chat/index.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import { must } from "../../../src/util/assert.ts";
import type { DeviceHost } from "../../sim/chat/world.ts";
import { chatDevices } from "../../support/chat-devices.ts";
import { chatStoreCases } from "../../support/chat-store-cases.ts";

const textsOf = (records: readonly MessageRecord[]): string[] => records.flatMap(({ content }) => (content?.type === "text" ? [content.text] : []));

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("chats", () => {
  it("[CT1] send messages that every device is told of once, in order", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["ann", "laptop"], ["bob", "phone"]);
    const [a, a2, b] = devices.map(chatsOf) as [Chats, Chats, Chats];
    const told: string[][] = [[], [], []];
    for (const [i, chats] of [a, a2, b].entries()) chats.on("message", ({ message }) => told[i]?.push(...textsOf([message])));
    const states: string[] = [];
    a.on("outgoing", ({ content, state }) => content.type === "text" && content.text === "m1" && states.push(state));
    const sent = ["m1", "m2", "m3"].map((text) => a.conversation("bob").send(text));
    expect(a.conversation("bob").outgoing.map(({ key }) => key)).toEqual(sent.map(({ key }) => key));
    await pass();
    expect(await Promise.all(sent.map((each) => each.sent))).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    expect(states).toEqual(["waiting", "sending", "sent"]);
    expect(told).toEqual([
      ["m1", "m2", "m3"],
      ["m1", "m2", "m3"],
      ["m1", "m2", "m3"],
    ]);
    expect(a.conversation("bob").outgoing).toEqual([]);
    expect(a.conversation("bob").idOf(1)).toBe((await (sent[0] as (typeof sent)[0]).sent).id);
    const [last] = await a.conversation("bob").messages({ limit: 1 });
    expect(a.conversation("bob").receiptOf(must(last, "a message"))).toBe("delivered");
  });

  it("[CT2] keep what is sent offline, over a restart, and send it once", async () => {
    const { world, pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices as [DeviceHost, DeviceHost];
    a.drop();
    for (const text of ["m1", "m2"]) chatsOf(a).conversation("bob").send(text);
    await pass();
    await a.start();
    expect(chatsOf(a).conversation("bob").outgoing).toHaveLength(2);
    chatsOf(a).conversation("bob").send("m3");
    // The first tries get there, but no answer comes back.
    world.weather.lostAnswer = 1;
    a.connect();
    await pass(700);
    a.drop();
    world.weather.lostAnswer = 0;
    await a.start();
    a.connect();
    await pass(5_000);
    expect(textsOf(await chatsOf(b).conversation("ann").messages())).toEqual(["m3", "m2", "m1"]);
    expect(chatsOf(a).conversation("bob").outgoing).toEqual([]);
  });

  it("[CT3] say why a message was refused, and try it again or forget it", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a] = devices.map(chatsOf) as [Chats];
    const large = a.conversation("bob").send("x".repeat(6_000));
    const small = a.conversation("bob").send("small");
    await pass();
    expect([large.state, large.error?.code, small.state]).toEqual(["failed", "too_large", "sent"]);
    await expect(large.sent).rejects.toMatchObject({ code: "too_large" });
    large.retry();
    expect(large.state).toBe("waiting");
    await pass();
    expect(large.state).toBe("failed");
    large.discard();
    await pass();
    expect([large.state, a.conversation("bob").outgoing]).toEqual(["discarded", []]);
    await must(devices[0], "a device").start();
    expect(chatsOf(must(devices[0], "a device")).conversation("bob").outgoing).toEqual([]);
  });

  it("[CT4] are there at once, without a connection", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"], ["cy", "phone"], ["di", "phone"]);
    const [a, b, c, d] = devices as [DeviceHost, DeviceHost, DeviceHost, DeviceHost];
    for (const each of [b, c, d]) {
      chatsOf(each).conversation("ann").send(`from ${each.user.name}`);
      await pass();
    }
    await Promise.all([
      chatsOf(a)
        .conversation("bob")
        .configure({ pinned: true, marks: [2] }),
      pass(),
    ]);
    await Promise.all([chatsOf(a).conversation("cy").configure({ mutedUntil: 0 }), pass()]);
    a.drop();
    const offline = await openChat("ann", { store: a.store });
    expect(offline.conversations.map(({ conversation: { id }, last, unread }) => [id, last?.from, unread])).toEqual([
      ["bob", "bob", 1],
      ["di", "di", 1],
      ["cy", "cy", 1],
    ]);
    expect([offline.unread, offline.synced, offline.conversations[0]?.entry?.marks]).toEqual([2, false, [2]]);
    expect(textsOf(await offline.conversation("di").messages())).toEqual(["from di"]);
    await expect(offline.conversation("di").react(1, "👍")).rejects.toThrow();
    a.connect();
    await Promise.all([chatsOf(a).conversation("di").leaveList(), pass()]);
    expect(chatsOf(a).conversations.map(({ conversation: { id } }) => id)).toEqual(["bob", "cy"]);
  });

  it("[CT5] are read offline, and the others learn of it later", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["ann", "laptop"], ["bob", "phone"]);
    const [a, a2, b] = devices as [DeviceHost, DeviceHost, DeviceHost];
    for (const text of ["m1", "m2"]) chatsOf(b).conversation("ann").send(text);
    await pass();
    expect([a, a2].map((each) => chatsOf(each).unread)).toEqual([2, 2]);
    a.drop();
    await chatsOf(a).conversation("bob").read();
    expect([a, a2].map((each) => chatsOf(each).unread)).toEqual([0, 2]);
    await a.start();
    expect(chatsOf(a).unread).toBe(0);
    a.connect();
    await pass(3_000);
    expect([a, a2].map((each) => chatsOf(each).unread)).toEqual([0, 0]);
    const [last] = await chatsOf(b).conversation("ann").messages({ limit: 1 });
    expect(chatsOf(b).conversation("ann").receiptOf(must(last, "a message"))).toBe("read");
  });

  it("[CT6] fetch older pages where they are not here", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices as [DeviceHost, DeviceHost];
    for (let n = 1; n <= 60; n++) chatsOf(a).conversation("bob").send(`m${n}`);
    await pass(60_000);
    await b.wipe();
    b.connect();
    await pass();
    const page = async (limit: number): Promise<string[]> => {
      const reading = chatsOf(b).conversation("ann").messages({ limit });
      await pass();
      return textsOf(await reading);
    };
    expect(await page(5)).toEqual(["m60", "m59", "m58", "m57", "m56"]);
    b.drop();
    expect(await page(60)).toHaveLength(20);
    b.connect();
    await pass();
    expect(await page(60)).toEqual(Array.from({ length: 60 }, (_, n) => `m${60 - n}`));
    b.drop();
    expect(await page(100)).toHaveLength(60);
  });

  it("[CT7] tell what is done to a message, and what passes", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices.map(chatsOf) as [Chats, Chats];
    const heard: unknown[] = [];
    b.on("changed", ({ message: { seq, content, reactions, recalled, pinned } }) =>
      heard.push([seq, content, reactions?.[0]?.reaction, recalled?.by, pinned?.by]),
    );
    b.on("typing", ({ user, on }) => heard.push([user, on]));
    b.on("passing", ({ message }) => heard.push(message.content));
    const chat = a.conversation("bob");
    chat.send("m1");
    await pass();
    const m2 = { type: "text", text: "m2" };
    const steps = [
      () => chat.edit(1, { content: "m2" }),
      () => b.conversation("ann").react(1, "👍"),
      () => chat.pin(1),
      () => chat.typing(),
      () => chat.sendPassing({ type: "command", action: "wave" }),
      () => chat.recall(1),
    ];
    for (const step of steps) await Promise.all([step(), pass()]);
    expect(heard).toEqual([
      [1, m2, undefined, undefined, undefined],
      [1, m2, "👍", undefined, undefined],
      [1, m2, "👍", undefined, "ann"],
      ["ann", true],
      { type: "command", action: "wave" },
      [1, undefined, undefined, "ann", undefined],
    ]);
    await Promise.all([b.conversation("ann").remove(1), pass()]);
    expect(await b.conversation("ann").messages()).toEqual([]);
    expect(await a.conversation("bob").messages()).toHaveLength(1);
  });

  it("[CT8] fetch what was missed, and say when all is there", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices as [DeviceHost, DeviceHost];
    const said: boolean[] = [];
    chatsOf(b).on("synced", ({ synced }) => said.push(synced));
    b.drop();
    for (let n = 0; n < 30; n++) chatsOf(a).conversation("bob").send(`m${n}`);
    await pass(20_000);
    b.connect();
    await pass();
    expect(said).toEqual([false, true]);
    expect(chatsOf(b).conversation("ann")).toMatchObject({ unread: 30, state: { last: { seq: 30 } } });
    // A gap: what is told does not follow what is here.
    b.push({
      name: "conversation.news",
      conversation: { type: "single", id: "ann" },
      number: 1,
      after: 40,
      upTo: 41,
      records: [],
      receipts: [],
      cleared: 0,
      unread: 9,
    });
    await pass();
    expect(said.slice(2)).toEqual([false, true]);
    expect(chatsOf(b).conversation("ann").unread).toBe(30);
  });

  it("[CT9] begin anew where a device is too far behind", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices as [DeviceHost, DeviceHost];
    const chat = chatsOf(a).conversation("bob");
    chat.send("first");
    await pass();
    b.drop();
    await Promise.all([chat.recall(1), pass()]);
    for (let n = 0; n < 510; n++) chat.send(`m${n}`);
    await pass(120_000);
    b.connect();
    await pass();
    expect(await b.store.page("single:ann", 400, 99)).toEqual([]);
    expect(chatsOf(b).conversation("ann").unread).toBe(510);
    const reading = chatsOf(b).conversation("ann").messages({ limit: 1_000 });
    await pass(30_000);
    const all = await reading;
    expect(all).toHaveLength(511);
    expect(all.at(-1)).toMatchObject({ seq: 1, recalled: { by: "ann" } });
  });

  it("[CT12] pass over what is not in shape", async () => {
    const { world, pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [, b] = devices as [DeviceHost, DeviceHost];
    const good = { conversation: { type: "single", id: "ann" }, number: 1, after: 0, upTo: 1, records: [], receipts: [], cleared: 0, unread: 1 };
    for (const wrong of [{ conversation: "ann" }, { after: -1 }, { records: [{ seq: 1 }] }, { receipts: [{}] }, { passing: [null] }, { unread: "1" }]) {
      b.push({ name: "conversation.news", ...good, ...wrong });
    }
    b.push({ name: "conversation.entry", entry: { conversation: { type: "single" } } });
    await pass();
    expect([chatsOf(b).conversations, world.faults]).toEqual([[], []]);
  });
});

describe("stores", () => {
  it.each(chatStoreCases)("[CT10] in memory: %s", async (_title, check) => {
    const store = new MemoryStore();
    await check(store, async () => store);
  });

  it.each(chatStoreCases)("[CT10] in SQLite: %s", async (_title, check) => {
    const directory = mkdtempSync(join(tmpdir(), "wigwag-chats-"));
    const open = () => new SqliteStore(new DatabaseSync(join(directory, "chats.db")));
    let store = open();
    try {
      await check(store, async () => {
        store.close();
        store = open();
        return store;
      });
    } finally {
      store.close();
      rmSync(directory, { recursive: true });
    }
  });

  it("[CT10] in SQLite: writes all of it or nothing", async () => {
    const store = new SqliteStore(new DatabaseSync(":memory:"));
    const bad = {
      toJSON: () => {
        throw new Error("cannot be written");
      },
    };
    await expect(store.write({ revision: 7, values: [["bad", bad]] })).rejects.toThrow("cannot be written");
    expect((await store.load()).revision).toBe(0);
    store.close();
  });
});

it("[CT11] a program that keeps nothing and has one tab takes only what it uses", async () => {
  vi.useRealTimers();
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { openChat } from "./src/client/chat/index.ts";', resolveDir: "." },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
  });
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  expect(used.filter((path) => /node_modules|tabs|sqlite|indexed|window/.test(path))).toEqual([]);
  expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(12 * 1024);
});

it("[CT11] the module brings no schema library and nothing of the service, and is small", async () => {
  vi.useRealTimers();
  const { outputFiles, metafile } = await build({
    entryPoints: ["src/client/chat/index.ts"],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
  });
  expect(Object.keys(metafile.inputs).filter((path) => /node_modules|src\/(domain|server)\//.test(path))).toEqual(["node_modules/idb/build/index.js"]);
  expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(28 * 1024);
});
