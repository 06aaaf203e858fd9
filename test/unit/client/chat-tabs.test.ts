import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ChatStore, MemoryStore, openTabs, type TabChats } from "../../../src/client/chat/index.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import { DeviceHost, World } from "../../sim/chat/world.ts";
import { type FakeTab, FakeTabs } from "../../support/fake-tabs.ts";
import { randomFrom } from "../../support/random.ts";

const TICK_MS = 100;

interface Tab {
  readonly chats: TabChats;
  readonly at: FakeTab;
  /** Its process is gone: nothing that it does is done any more. */
  die(): void;
}

/** Ann has one device with tabs; Bob has a device of the usual kind. */
class Scene {
  readonly world = new World(randomFrom(1));
  readonly ann = new DeviceHost(this.world, this.world.user("ann"), "browser");
  readonly bob = new DeviceHost(this.world, this.world.user("bob"), "phone");
  readonly tabs = new FakeTabs();
  readonly store = new MemoryStore();
  connects = 0;

  async pass(ms = 1_000): Promise<void> {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      this.world.tick();
    }
  }

  async begin(): Promise<this> {
    this.ann.connect();
    await this.bob.start();
    this.bob.connect();
    await this.pass();
    return this;
  }

  async open(): Promise<Tab> {
    const at = this.tabs.open();
    const gate = { open: true };
    const chats = await openTabs("ann", { name: "ann", store: gated(this.store, gate), ports: at, connect: async () => this.#connect(gate) });
    chats.on("error", (error) => this.world.faults.push(String(error.stack)));
    return {
      chats,
      at,
      die: () => {
        gate.open = false;
        at.die();
        this.ann.drop();
        this.ann.connect();
      },
    };
  }

  /** The device's one connection, as long as this tab lives. */
  #connect(gate: { open: boolean }) {
    this.connects += 1;
    const client = this.ann.client();
    const alive = <Listener extends (event: never) => void>(listener: Listener) => ((event: never) => gate.open && listener(event)) as Listener;
    return {
      user: client.user,
      get state() {
        return client.state;
      },
      on: (name: never, listener: never) => client.on(name, alive(listener)),
      call: (...args: Parameters<typeof client.call>) => (gate.open ? client.call(...args) : new Promise<never>(() => {})),
      close: () => {},
      logout: async () => {},
    } as never;
  }

  textsAtBob = async (): Promise<string[]> => textsOf(await this.bobs.messages());

  get bobs() {
    const { chats } = this.bob;
    if (chats === undefined) throw new Error("Bob has begun");
    return chats.conversation("ann");
  }
}

const gated = (store: ChatStore, gate: { readonly open: boolean }): ChatStore => {
  const ifOpen = <T>(work: () => Promise<T>): Promise<T> => (gate.open ? work() : new Promise(() => {}));
  return {
    load: () => store.load(),
    write: (writes) => ifOpen(() => store.write(writes)),
    records: (key, seqs) => store.records(key, seqs),
    page: (key, before, limit) => store.page(key, before, limit),
    newer: (key, after, limit) => store.newer(key, after, limit),
    search: (sought, limit) => store.search(sought, limit),
    close: () => {},
  };
};

const textsOf = (records: readonly MessageRecord[]): string[] => records.flatMap(({ content }) => (content?.type === "text" ? [content.text] : [])).reverse();

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("tabs", () => {
  it("[CT30] share one connection, and each shows and does the same", async () => {
    const scene = await new Scene().begin();
    const [first, second] = [await scene.open(), await scene.open()];
    await scene.pass();
    expect([scene.connects, first.chats.leads, second.chats.leads]).toEqual([1, true, false]);
    expect([second.chats.connected, second.chats.synced]).toEqual([true, true]);

    const heard: string[] = [];
    second.chats.on("message", ({ message }) => heard.push(...textsOf([message])));
    const sent = second.chats.conversation("bob").send("from the second");
    expect(second.chats.conversation("bob").outgoing).toEqual([sent]);
    await scene.pass();
    expect(await sent.sent).toMatchObject({ seq: 1 });
    expect([sent.state, second.chats.conversation("bob").outgoing]).toEqual(["sent", []]);
    scene.bobs.send("an answer");
    await scene.pass();
    expect(heard).toEqual(["from the second", "an answer"]);
    for (const { chats } of [first, second]) {
      expect(textsOf(await chats.conversation("bob").messages())).toEqual(["from the second", "an answer"]);
      expect(chats.unread).toBe(1);
    }
    await Promise.all([second.chats.conversation("bob").react(2, "👍"), second.chats.conversation("bob").read(), scene.pass()]);
    expect([first.chats.unread, second.chats.unread]).toEqual([0, 0]);
    expect((await first.chats.conversation("bob").message(2))?.reactions).toMatchObject([{ reaction: "👍" }]);
    expect(scene.bobs.state?.receipts.find(({ user }) => user === "ann")?.read).toBe(2);
  });

  it("[CT22] [CT30] share what is of the device alone, and how a message is to be sent", async () => {
    const scene = await new Scene().begin();
    const [first, second] = [await scene.open(), await scene.open()];
    await scene.pass();
    const mentioning = second.chats.conversation("bob").send("@bob", { mentions: ["bob"], silent: true });
    await scene.pass();
    expect([mentioning.options, await scene.bobs.message(1)]).toMatchObject([{ mentions: ["bob"] }, { mentions: ["bob"], silent: true }]);
    const heard: string[] = [];
    for (const { chats } of [first, second]) chats.on("message", ({ message }) => heard.push(...textsOf([message])));
    const [put] = await second.chats.conversation("bob").insert({ content: { type: "text", text: "a tip" } });
    await second.chats.conversation("bob").note(1, { mark: 1 });
    await scene.pass();
    expect(heard).toEqual(["a tip", "a tip"]);
    for (const { chats } of [first, second]) {
      expect(chats.conversation("bob").state?.last).toEqual(put);
      expect((await chats.conversation("bob").message(1))?.note).toEqual({ mark: 1 });
    }
    await expect(second.chats.conversation("bob").update(1, {})).rejects.toMatchObject({ code: "forbidden" });
    expect(await scene.textsAtBob()).toEqual(["@bob"]);
  });

  it("[CT31] one takes over when the one with the connection dies, and nothing is lost or doubled", async () => {
    const scene = await new Scene().begin();
    const tabs = [await scene.open(), await scene.open(), await scene.open()];
    await scene.pass();
    const wanted: string[] = [];
    const outcomes: Promise<unknown>[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const alive = tabs.slice(turn);
      // Some reach the one that dies, some are under way to it, and some are said to nobody.
      for (const [index, { chats }] of alive.entries()) {
        const text = `${turn}.${index}`;
        const { sent } = chats.conversation("bob").send(text);
        if (index > 0) outcomes.push(sent);
        // What was put down survives the tab that has put it down.
        wanted.push(text);
      }
      await scene.pass(turn * TICK_MS);
      await Promise.resolve();
      if (turn < 2) {
        await vi.advanceTimersByTimeAsync(turn === 0 ? 0 : 5);
        alive[0]?.die();
        const orphan = alive[1]?.chats.conversation("bob").send(`orphan ${turn}`);
        wanted.push(`orphan ${turn}`);
        if (orphan !== undefined) outcomes.push(orphan.sent);
      }
      await scene.pass(5_000);
    }
    await Promise.all(outcomes);
    expect(tabs.map(({ chats }) => chats.leads)[2]).toBe(true);
    expect((await scene.textsAtBob()).sort()).toEqual(wanted.sort());
    expect(tabs[2]?.chats.conversation("bob").outgoing).toEqual([]);
    expect([tabs[2]?.chats.synced, scene.world.faults]).toEqual([true, []]);
  });

  it("[CT31] what was put down in a tab that dies, too, before anybody could be told, is sent by the next", async () => {
    const scene = await new Scene().begin();
    const [first, second, third] = [await scene.open(), await scene.open(), await scene.open()];
    await scene.pass();
    first.die();
    // The second leads now, or nobody does yet.
    second.chats.conversation("bob").send("last words");
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    second.die();
    await scene.pass(5_000);
    expect(third.chats.leads).toBe(true);
    expect(await scene.textsAtBob()).toEqual(["last words"]);
    expect([(await scene.store.load()).outbox, third.chats.outgoing, scene.world.faults]).toEqual([[], [], []]);
  });

  it("[CT31] what a tab puts down behind the back of the one that leads is sent, too", async () => {
    const scene = await new Scene().begin();
    const tab = await scene.open();
    await Promise.resolve();
    await scene.store.write({
      pending: [{ conversation: { type: "single", id: "bob" }, key: "orphan", order: 1, createdAt: 1, content: { type: "text", text: "an orphan" } }],
    });
    await scene.pass(5_000);
    expect(tab.chats.leads).toBe(true);
    expect(await scene.textsAtBob()).toEqual(["an orphan"]);
    expect((await scene.store.load()).outbox).toEqual([]);
  });

  it("[CT31] a tab that is closed hands over, and what comes meanwhile is there", async () => {
    const scene = await new Scene().begin();
    const [first, second] = [await scene.open(), await scene.open()];
    await scene.pass();
    scene.bobs.send("one");
    await scene.pass();
    first.chats.close();
    scene.bobs.send("two");
    await scene.pass(3_000);
    expect([second.chats.leads, second.chats.synced, scene.connects]).toEqual([true, true, 2]);
    expect(textsOf(await second.chats.conversation("bob").messages())).toEqual(["one", "two"]);
    expect(second.chats.unread).toBe(2);
  });

  it("[CT32] what is asked of a tab that dies is refused with the advice to try again, and what is refused says why in every tab", async () => {
    const scene = await new Scene().begin();
    const [first, second] = [await scene.open(), await scene.open()];
    await scene.pass();
    const large = second.chats.conversation("bob").send("x".repeat(6_000));
    await scene.pass();
    expect([large.state, large.error?.code]).toEqual(["failed", "too_large"]);
    await expect(large.sent).rejects.toMatchObject({ code: "too_large" });
    large.retry();
    await scene.pass();
    expect(large.state).toBe("failed");
    large.discard();
    await scene.pass();
    expect([large.state, second.chats.conversation("bob").outgoing]).toEqual(["discarded", []]);
    await expect(Promise.all([second.chats.conversation("bob").edit(1, { content: "x" }), scene.pass()])).rejects.toMatchObject({ code: "not_found" });

    const asked = second.chats.conversation("bob").pins();
    first.die();
    await Promise.all([expect(asked).rejects.toMatchObject({ retry: "later" }), scene.pass(3_000)]);
    expect(second.chats.leads).toBe(true);
  });
});
