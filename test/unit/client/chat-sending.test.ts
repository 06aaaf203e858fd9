import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ChatClient, type Chats, growText, openChat } from "../../../src/client/chat/index.ts";
import { must } from "../../../src/util/assert.ts";
import type { DeviceHost } from "../../sim/chat/world.ts";
import { chatDevices } from "../../support/chat-devices.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("mentions", () => {
  it("[CT24] go with a message, over a restart too; who is mentioned has the newest such message until it is read", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone, bob] = devices as [DeviceHost, DeviceHost];
    phone.drop();
    const waits = chatsOf(phone)
      .conversation("bob")
      .send("@bob look", { mentions: ["bob"], silent: true });
    expect(waits.options).toEqual({ mentions: ["bob"], silent: true });
    await pass();
    await phone.start();
    phone.connect();
    await pass();
    const there = chatsOf(bob).conversation("ann");
    expect(await there.message(1)).toMatchObject({ mentions: ["bob"], silent: true });
    expect(there.state?.mentioned).toBe(1);
    chatsOf(phone).conversation("bob").send("all of you", { mentions: "all" });
    chatsOf(phone).conversation("bob").send("nobody");
    await pass();
    expect([there.state?.mentioned, there.unread]).toEqual([2, 3]);
    await there.read(2);
    expect([there.state?.mentioned, there.unread]).toEqual([undefined, 3]);
    await pass();
    expect([there.state?.mentioned, there.unread]).toEqual([undefined, 1]);
    const wrong = chatsOf(phone)
      .conversation("bob")
      .send("@cy", { mentions: ["cy"] });
    await pass();
    expect([wrong.state, wrong.error?.code]).toEqual(["failed", "bad_request"]);
  });
});

describe("growing texts", () => {
  it("[CT25] are read while they are written, whatever is lost on the way, until they end", async () => {
    const { world, pass, during, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone, bob] = devices as [DeviceHost, DeviceHost];
    const text = await during(growText(chatsOf(phone), "bob", { text: "Once ", ext: { model: "m" } }));
    const there = chatsOf(bob).conversation("ann");
    expect(await there.message(1)).toMatchObject({ content: { text: "Once " }, growing: true, ext: { model: "m" } });
    await during(text.append("upon "));
    expect(await there.message(1)).toMatchObject({ content: { text: "Once upon " }, growing: true });
    world.weather.lostAnswer = 0.5;
    const long = "𝄞 a time, ".repeat(1_000);
    const parts = [text.append("a "), text.append(long)];
    await during(Promise.all(parts), 20_000);
    world.weather.lostAnswer = 0;
    await during(text.end(), 5_000);
    expect(text.text).toBe(`Once upon a ${long}`);
    const whole = must(await there.message(1), "the message");
    expect([whole.content, whole.growing, whole.cut]).toEqual([{ type: "text", text: text.text }, undefined, undefined]);
    await expect(text.append("more")).rejects.toMatchObject({ code: "gone" });
    await pass();
  });

  it("[CT25] say when they cannot go on, and have a bound", async () => {
    const { pass, during, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone] = devices as [DeviceHost];
    const text = await during(growText(chatsOf(phone), "bob"));
    await expect(text.append("x".repeat(128 * 1024 + 1))).rejects.toMatchObject({ code: "too_large" });
    await during(chatsOf(phone).conversation("bob").recall(1));
    await expect(during(text.append("too late"))).rejects.toMatchObject({ code: "gone" });
    await expect(text.end()).rejects.toMatchObject({ code: "gone" });
    await pass();
    const offline = await openChat("ann");
    await expect(growText(offline, "bob", { text: "x" })).rejects.toThrow("no client");
    offline.close();
  });
});

describe("what only the service has", () => {
  it("[CT26] is read by type, sender and time, and kept nowhere; a conversation is cleared up to a moment", async () => {
    const { pass, during, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone, bob] = devices as [DeviceHost, DeviceHost];
    for (const [from, words] of [
      [phone, "m1"],
      [bob, "m2"],
      [phone, "m3"],
    ] as const) {
      chatsOf(from)
        .conversation(from === phone ? "bob" : "ann")
        .send(words);
      await pass(10_000);
    }
    const chat = chatsOf(phone).conversation("bob");
    const seqs = async (asked: ReturnType<typeof chat.history>) => (await during(asked)).messages.map(({ seq }) => seq);
    expect(await seqs(chat.history({ senders: ["ann"] }))).toEqual([3, 1]);
    expect(await seqs(chat.history({ after: 0, limit: 2 }))).toEqual([1, 2]);
    expect(await seqs(chat.history({ types: ["image"] }))).toEqual([]);
    const moment = must(await chat.message(2), "it").ts;
    expect(await seqs(chat.history({ from: moment + 1 }))).toEqual([3]);
    await during(chat.clear({ until: moment }));
    expect((await during(chat.messages())).map(({ seq }) => seq)).toEqual([3]);
  });

  it("[CT26] all conversations are cleared page by page, and found messages come page by page", async () => {
    const asked: [string, object][] = [];
    const answers: Record<string, object[]> = {
      "conversation.clear-all": [
        { cleared: 2, failed: [], next: "n" },
        { cleared: 1, failed: [] },
      ],
      "message.search": [{ found: [], next: "1-2" }, { found: [{ conversation: { type: "single", id: "bob" }, id: "7", record: { seq: 7 } }] }],
    };
    const client = {
      user: "ann",
      state: "connected",
      on: () => () => {},
      call: async (op: string, input: object) => {
        if (op in answers) asked.push([op, input]);
        return answers[op]?.shift() ?? { entries: [], revision: 0, more: false, behind: [] };
      },
    } as unknown as ChatClient;
    const chats: Chats = await openChat(client);
    await chats.clearAll({ list: true });
    expect(await chats.searchService("words", { limit: 5, senders: ["bob"], from: 3 })).toEqual([
      { conversation: { type: "single", id: "bob" }, message: { seq: 7 } },
    ]);
    const wanted = { text: "words", senders: ["bob"], from: 3, limit: 5 };
    expect(asked).toEqual([
      ["conversation.clear-all", { list: true }],
      ["conversation.clear-all", { list: true, next: "n" }],
      ["message.search", wanted],
      ["message.search", { ...wanted, next: "1-2" }],
    ]);
    answers["conversation.clear-all"] = [{ cleared: 0, failed: [{ type: "single", id: "bob" }] }];
    await expect(chats.clearAll()).rejects.toMatchObject({ code: "unavailable", retry: "later" });
    chats.close();
  });
});
