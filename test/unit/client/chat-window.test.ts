import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Chats, MessageWindow, type WindowState } from "../../../src/client/chat/index.ts";
import { must } from "../../../src/util/assert.ts";
import { DeviceHost, World } from "../../sim/chat/world.ts";
import { randomFrom } from "../../support/random.ts";

const TICK_MS = 100;

/** Ann and Bob, with a phone each; Bob has said so many things. */
async function setUp(said: number) {
  const world = new World(randomFrom(1));
  const pass = async (ms = 1_000): Promise<void> => {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      world.tick();
    }
  };
  const [ann, bob] = ["ann", "bob"].map((user) => new DeviceHost(world, world.user(user), "phone")) as [DeviceHost, DeviceHost];
  for (const device of [ann, bob]) {
    await device.start();
    device.connect();
  }
  const chatsOf = (device: DeviceHost): Chats => must(device.chats, "a program");
  for (let n = 1; n <= said; n++) chatsOf(bob).conversation("ann").send(`m${n}`);
  await pass(said * TICK_MS + 2_000);
  return { world, pass, ann, bob, chatsOf };
}

const textsOf = ({ messages }: WindowState): string[] =>
  messages.map(({ content, recalled }) => (recalled !== undefined ? "recalled" : content?.type === "text" ? content.text : "?"));
const numbered = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, n) => `m${from + n}`);

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("a window of messages", () => {
  it("[CT19] shows the newest, follows what happens, and grows at its older end", async () => {
    const { pass, ann, bob, chatsOf } = await setUp(25);
    const window = new MessageWindow(chatsOf(ann), "bob", { limit: 10 });
    const states: WindowState[] = [];
    const stop = window.subscribe(() => states.push(window.state));
    window.open();
    await pass();
    expect(textsOf(window.state)).toEqual(numbered(16, 25));
    expect([window.state.older, window.state.newer, window.state.loading]).toEqual([true, false, false]);
    expect(window.state).toBe(window.state);

    const before = window.state;
    chatsOf(bob).conversation("ann").send("m26");
    await pass();
    const mine = chatsOf(ann).conversation("bob").send("m27");
    expect(window.state.outgoing).toEqual([mine]);
    await pass();
    expect(before.messages).toHaveLength(10);
    expect(textsOf(window.state)).toEqual(numbered(16, 27));
    expect(window.state.outgoing).toEqual([]);

    await Promise.all([chatsOf(bob).conversation("ann").recall(26), chatsOf(bob).conversation("ann").edit(25, { content: "m25!" }), pass()]);
    await Promise.all([chatsOf(ann).conversation("bob").remove(24), pass()]);
    expect(textsOf(window.state).slice(-4)).toEqual(["m23", "m25!", "recalled", "m27"]);

    for (const [first, older] of [
      [6, true],
      [1, false],
    ] as const) {
      await Promise.all([window.loadOlder(), pass()]);
      expect([textsOf(window.state)[0], window.state.older]).toEqual([`m${first}`, older]);
    }
    expect(states.length).toBeGreaterThan(5);
    stop();
    window.close();
    const last = window.state;
    chatsOf(bob).conversation("ann").send("unheard");
    await pass();
    expect(window.state).toBe(last);
  });

  it("[CT15] [CT19] goes to a message that is far back, from there on to the newest, and shows nothing twice", async () => {
    const { pass, ann, bob, chatsOf } = await setUp(60);
    const window = new MessageWindow(chatsOf(ann), "bob", { limit: 10 });
    window.open();
    await pass();
    const [found] = await Promise.all([window.to(20), pass()]);
    expect(found).toBe(true);
    expect(textsOf(window.state)).toEqual(numbered(15, 25));
    expect([window.state.older, window.state.newer]).toEqual([true, true]);
    // What is newer than the stretch does not hang on to its end.
    chatsOf(bob).conversation("ann").send("m61");
    await pass();
    expect(textsOf(window.state)).toEqual(numbered(15, 25));
    for (let turn = 0; turn < 10 && window.state.newer; turn++) await Promise.all([window.loadNewer(), pass()]);
    expect(textsOf(window.state)).toEqual(numbered(15, 61));
    expect(await window.to(1_000)).toBe(false);
    await Promise.all([window.toNewest(), pass()]);
    expect(textsOf(window.state)).toEqual(numbered(52, 61));
  });

  it("[CT15] fetches what lies between where it is not on the device, and says so when it cannot be had", async () => {
    const { pass, ann, chatsOf } = await setUp(120);
    await ann.wipe();
    ann.connect();
    await pass(2_000);
    const chat = chatsOf(ann).conversation("bob");
    expect(must(chat.state, "a conversation").oldest).toBeGreaterThan(50);
    ann.drop();
    expect(await chat.around(7)).toBeUndefined();
    ann.connect();
    await pass();
    const [around] = await Promise.all([chat.around(7, { limit: 3 }), pass(5_000)]);
    expect(around?.messages.map(({ seq }) => seq)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect([around?.older, around?.newer]).toEqual([true, true]);
    expect(must(chat.state, "a conversation").oldest).toBeLessThanOrEqual(7);
  });

  it("[CT19] is empty when all is cleared, and begins anew where its device was too far behind", async () => {
    const { pass, ann, bob, chatsOf } = await setUp(5);
    const window = new MessageWindow(chatsOf(ann), "bob", { limit: 10 });
    window.open();
    await pass();
    await Promise.all([chatsOf(ann).conversation("bob").clear(), pass()]);
    expect(textsOf(window.state)).toEqual([]);
    chatsOf(bob).conversation("ann").send("m6");
    await pass();
    expect(textsOf(window.state)).toEqual(["m6"]);
    ann.drop();
    for (let n = 7; n <= 520; n++) chatsOf(bob).conversation("ann").send(`m${n}`);
    await pass(60_000);
    ann.connect();
    await pass(3_000);
    const shown = textsOf(window.state);
    expect(shown.at(-1)).toBe("m520");
    expect(shown).toEqual(numbered(521 - shown.length, 520));
  });
});

describe("chats", () => {
  it("[CT14] are searched on the device, without a connection", async () => {
    const { ann, chatsOf } = await setUp(12);
    ann.drop();
    const found = await chatsOf(ann).search("M1", { limit: 3 });
    expect(found.map(({ conversation, message }) => [conversation.id, message.seq])).toEqual([
      ["bob", 12],
      ["bob", 11],
      ["bob", 10],
    ]);
    expect(await chatsOf(ann).search("m1", { conversation: { type: "single", id: "cy" } })).toEqual([]);
    expect(await chatsOf(ann).search("nothing of that kind")).toEqual([]);
    const all = await chatsOf(ann).search("");
    const [third] = await chatsOf(ann).search("m3", { senders: ["bob"], types: ["text"] });
    expect([all, third?.message.seq]).toEqual([[], 3]);
    const until = await chatsOf(ann).search("", { to: must(third, "it").message.ts + 1 });
    expect(until.map(({ message }) => message.seq)).toEqual([3, 2, 1]);
    expect([chatsOf(ann).conversationsNamed("BO").length, chatsOf(ann).conversationsNamed("m3"), chatsOf(ann).conversationsNamed(" ")]).toEqual([1, [], []]);
  });

  it("[CT4] list a conversation that begins without a connection", async () => {
    const { pass, ann, chatsOf } = await setUp(1);
    ann.drop();
    const { conversations } = chatsOf(ann);
    chatsOf(ann).conversation("cy").send("the first one");
    await pass();
    expect(conversations.map(({ conversation: { id } }) => id)).toEqual(["bob"]);
    expect(chatsOf(ann).conversations.map(({ conversation: { id } }) => id)).toEqual(["cy", "bob"]);
    await ann.start();
    expect(chatsOf(ann).conversations.map(({ conversation: { id } }) => id)).toEqual(["cy", "bob"]);
    ann.connect();
    await pass();
    expect(chatsOf(ann).conversations.map(({ conversation: { id }, last }) => [id, last?.seq])).toEqual([
      ["cy", 1],
      ["bob", 1],
    ]);
  });
});
