import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Chats, isLocal, MemoryStore, type MessageRecord, MessageWindow, openChat } from "../../../src/client/chat/index.ts";
import type { DeviceHost } from "../../sim/chat/world.ts";
import { chatDevices } from "../../support/chat-devices.ts";

const START = 1_700_000_000_000;
const text = (words: string) => ({ type: "text", text: words }) as const;
const textsOf = (records: readonly MessageRecord[]): string[] => records.map(({ content }) => (content?.type === "text" ? content.text : "gone"));

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

describe("messages of a device alone", () => {
  it("[CT22] stand among the others by their time, offline too, and nobody else hears of them", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["ann", "laptop"], ["bob", "phone"]);
    const [phone, laptop, bob] = devices as [DeviceHost, DeviceHost, DeviceHost];
    for (const words of ["m1", "m2"]) {
      chatsOf(bob).conversation("ann").send(words);
      await pass(10_000);
    }
    phone.drop();
    const chat = chatsOf(phone).conversation("bob");
    const told: string[] = [];
    chatsOf(phone).on("message", ({ message }) => told.push(...textsOf([message])));
    const put = await chat.insert([
      { content: text("between"), ts: START + 8_000, from: "bob" },
      { content: text("before"), ts: 1_000 },
      { content: text("at the end") },
    ]);
    expect(put.map((message) => [isLocal(message), message.from])).toEqual([
      [true, "ann"],
      [true, "bob"],
      [true, "ann"],
    ]);
    expect(told).toEqual(["before", "between", "at the end"]);
    const all = ["at the end", "m2", "between", "m1", "before"];
    expect(textsOf(await chat.messages())).toEqual(all);
    expect([chat.state?.last?.content, chat.unread]).toEqual([text("at the end"), 2]);
    await phone.start();
    phone.connect();
    chatsOf(bob).conversation("ann").send("m3");
    await pass();
    expect(textsOf(await chatsOf(phone).conversation("bob").messages())).toEqual(["m3", ...all]);
    expect(textsOf(await chatsOf(laptop).conversation("bob").messages())).toEqual(["m3", "m2", "m1"]);
    expect(textsOf(await chatsOf(bob).conversation("ann").messages())).toEqual(["m3", "m2", "m1"]);
    expect((await chatsOf(phone).search("between")).map(({ message }) => message.from)).toEqual(["bob"]);
  });

  it("[CT22] are there once under their key, and have room for as many as there is", async () => {
    const chats = await openChat("ann", { store: new MemoryStore() });
    const chat = chats.conversation("bob");
    const old = Array.from({ length: 1_000 }, (_, n) => ({ key: `old-${n}`, content: text(`${n}`), ts: 1_000 + n }));
    await chat.insert(old.toReversed());
    expect(await chat.insert(old.slice(500))).toEqual([]);
    expect(textsOf(await chat.messages({ limit: 2_000 }))).toEqual(old.map(({ content }) => content.text).reverse());
    await chat.insert({ key: "late", content: text("in the middle"), ts: 1_500 });
    expect(textsOf((await chat.messages({ limit: 2_000 })).slice(497, 501))).toEqual(["502", "501", "in the middle", "500"]);
    await expect(chat.insert([...old, { content: text("one more") }])).rejects.toMatchObject({ code: "limit_exceeded" });
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) await chat.insert({ content: text("again"), ts: 1_500 });
    };
    await expect(fill()).rejects.toMatchObject({ code: "limit_exceeded", retry: "never" });
    chats.close();
  });

  it("[CT22] are changed and removed here; what is the service's is not", async () => {
    const { pass, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [a, b] = devices.map(chatsOf) as [Chats, Chats];
    b.conversation("ann").send("m1");
    await pass();
    const chat = a.conversation("bob");
    const window = new MessageWindow(a, "bob");
    window.open();
    const [put] = await chat.insert({ content: text("draft"), ext: { tip: true } });
    const seq = put?.seq ?? 0;
    await pass();
    await chat.update(seq, { content: text("done") });
    expect(textsOf(window.state.messages)).toEqual(["m1", "done"]);
    expect(window.state.messages[1]?.ext).toEqual({ tip: true });
    expect((await chat.around(seq))?.messages).toEqual(window.state.messages);
    expect(chat.idOf(seq)).toBeUndefined();
    await expect(chat.update(1, { content: text("forged") })).rejects.toMatchObject({ code: "forbidden" });
    await expect(chat.update(9.5, { content: text("nothing") })).rejects.toMatchObject({ code: "not_found" });
    await chat.read();
    await pass();
    expect([chat.unread, b.conversation("ann").receiptOf({ seq: 1 } as MessageRecord)]).toEqual([0, "read"]);
    await chat.remove(seq);
    expect(textsOf(window.state.messages)).toEqual(["m1"]);
    expect(textsOf(await chat.messages())).toEqual(["m1"]);
    window.close();
  });

  it("[CT22] [CT23] stay with notes where the device begins anew, and go where the conversation is cleared", { timeout: 20_000 }, async () => {
    const { pass, during, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone, bob] = devices as [DeviceHost, DeviceHost];
    const other = chatsOf(bob).conversation("ann");
    other.send("m1");
    await pass();
    const chat = chatsOf(phone).conversation("bob");
    await chat.insert({ content: text("mine") });
    const window = new MessageWindow(chatsOf(phone), "bob");
    window.open();
    phone.drop();
    for (let n = 0; n < 510; n++) other.send(`n${n}`);
    await pass(120_000);
    phone.connect();
    await pass();
    expect(textsOf((await phone.store.newer("single:bob", 0, 999)).filter(isLocal))).toEqual(["mine"]);
    const seq = chat.state?.last?.seq ?? 0;
    await chat.note(seq, { seen: "twice" });
    phone.drop();
    // Each counts as a message does.
    for (let n = 0; n < 510; n++) await during(other.react(seq, "👍", n % 2 === 0), 300);
    phone.connect();
    await pass(3_000);
    expect((await chat.message(seq))?.note).toEqual({ seen: "twice" });
    await during(chat.clear(), 20_000);
    expect([textsOf(await during(chat.messages())), textsOf(window.state.messages)]).toEqual([[], []]);
    expect(await phone.store.newer("single:bob", 0, 9)).toEqual([]);
    window.close();
  });

  it("[CT23] notes beside messages and conversations outlive what is done to them, and are this device's", async () => {
    const { pass, during, devices, chatsOf } = await chatDevices(["ann", "phone"], ["bob", "phone"]);
    const [phone, bob] = devices as [DeviceHost, DeviceHost];
    chatsOf(bob).conversation("ann").send("m1");
    await pass();
    const chat = chatsOf(phone).conversation("bob");
    await chat.note(1, { translated: "M1" });
    await chat.keep({ wallpaper: "sea" });
    await during(chatsOf(bob).conversation("ann").edit(1, { content: "m1!" }));
    await during(chat.react(1, "👍"));
    expect(await chat.message(1)).toMatchObject({ content: text("m1!"), reactions: [{ reaction: "👍" }], note: { translated: "M1" } });
    await phone.start();
    const again = chatsOf(phone).conversation("bob");
    expect(again.state?.custom).toEqual({ wallpaper: "sea" });
    expect((await again.note(1))?.note).toBeUndefined();
    await again.keep();
    expect([(await again.message(1))?.note, again.state?.custom]).toEqual([undefined, undefined]);
    await expect(again.note(7, {})).rejects.toMatchObject({ code: "not_found" });
    expect(await chatsOf(bob).conversation("ann").message(1)).not.toHaveProperty("note");
  });
});
