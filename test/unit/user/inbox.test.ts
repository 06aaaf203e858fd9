import { describe, expect, it } from "vitest";
import { Inbox, type InboxLimits } from "../../../src/domain/user/inbox.ts";
import { memoryInboxStore } from "../../../src/domain/user/inbox-memory.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Message } from "../../../src/protocol/messages/message.ts";
import { inboxStoreCases } from "../../contract/inbox-store.ts";

const EPOCH = "0123456789abcdef";
const text = (id: number, data: string | Uint8Array = `m${id}`): Message => ({ from: "ada", device: "phone", id, ts: 0, data });

function open(limits: Partial<InboxLimits> = {}) {
  const store = memoryInboxStore();
  const bounds = { messages: 1000, ageMs: 1_000_000, bytes: 10_000_000, ...limits };
  // As the table of devices is: it stands beside the store, and outlives the inbox.
  const devices = new Set<string>();
  class Kept extends Inbox {
    override register(device: string): boolean {
      devices.add(device);
      return super.register(device);
    }
    override forget(device: string): void {
      devices.delete(device);
      super.forget(device);
    }
  }
  const start = () =>
    new Kept(
      store,
      () => bounds,
      () => EPOCH,
      [...devices],
    );
  return { store, inbox: start(), again: start, bounds };
}
const add = (inbox: Inbox, ids: readonly number[], devices: readonly string[], now = 0) =>
  inbox.add(
    ids.map((id) => ({ message: text(id), devices })),
    now,
  );
const bridge = (inbox: Inbox, id: number, devices: readonly string[]) => inbox.add([{ message: text(id), devices, bridged: true }], 0);
const idsOf = (inbox: Inbox, device: string, after: number) => inbox.next(device, after, 1e6)?.items.map(({ id }) => id);

describe("the inbox in memory", () => {
  it.each(inboxStoreCases)("[IN13] %s", (_title, check) => {
    const store = memoryInboxStore();
    check({ store, reopen: () => store });
  });
});

describe("an inbox", () => {
  it("[IN1] numbers what waits in order, and goes on after a restart, even with every page gone", () => {
    const { inbox, again } = open();
    inbox.register("d");
    add(inbox, [1, 2], ["d"]);
    inbox.acknowledge("d", 2);
    const restarted = again();
    expect(restarted.position).toEqual({ epoch: EPOCH, seq: 2 });
    add(restarted, [3], ["d"]);
    expect(restarted.next("d", 2, 1e6)).toMatchObject({ epoch: EPOCH, after: 2, upTo: 3, items: [{ id: 3, seq: 3 }] });
  });

  it("[IN1] one batch is one page", () => {
    const { inbox, store } = open();
    inbox.register("d");
    add(inbox, [1, 2, 3], ["d"]);
    expect(store.pages()).toHaveLength(1);
  });

  it("[IN2] a frame holds what is for the device and answers for the rest", () => {
    const { inbox } = open();
    inbox.register("d");
    inbox.register("e");
    add(inbox, [1], ["e"]);
    add(inbox, [2], ["d"]);
    add(inbox, [3], ["e"]);
    expect(inbox.next("d", 0, 1e6)).toMatchObject({ after: 0, upTo: 3, items: [{ id: 2, seq: 2 }] });
    expect(inbox.next("d", 3, 1e6)).toBeUndefined();
  });

  it("[IN3] an acknowledgement moves one cursor, never back, never beyond the head", () => {
    const { inbox } = open();
    inbox.register("d");
    inbox.register("e");
    add(inbox, [1, 2], ["d", "e"]);
    inbox.acknowledge("d", 999);
    inbox.acknowledge("d", 1);
    expect([inbox.waiting("d"), inbox.waiting("e")]).toEqual([0, 2]);
    add(inbox, [3], ["d", "e"]);
    expect(inbox.isClear("d")).toBe(false);
  });

  it("[IN4] a page goes when each of its devices has acknowledged it", () => {
    const { inbox, store } = open();
    for (const device of ["d", "e", "f"]) inbox.register(device);
    add(inbox, [1], ["d", "e"]);
    inbox.acknowledge("d", 1);
    expect(store.pages()).toHaveLength(1);
    inbox.acknowledge("e", 1);
    expect(store.pages()).toHaveLength(0);
  });

  it("[IN5] a new device gets what is still there, also what was for another", () => {
    const { inbox } = open();
    add(inbox, [1], []);
    inbox.register("d");
    expect(idsOf(inbox, "d", 0)).toEqual([1]);
    add(inbox, [2], ["d"]);
    inbox.register("late");
    expect(idsOf(inbox, "late", 0)).toEqual([1, 2]);
    add(inbox, [3], ["d"]);
    expect(idsOf(inbox, "late", 0)).toEqual([1, 2]);
  });

  it.each([
    ["number", { messages: 2 }, 0],
    ["age", { ageMs: 100 }, 100],
  ])("[IN6] keeps what the bound of %s allows", (_what, limits, now) => {
    const { inbox } = open(limits);
    inbox.register("d");
    add(inbox, [1], ["d"], 0);
    add(inbox, [2], ["d"], 50);
    add(inbox, [3], ["d"], now);
    expect(idsOf(inbox, "d", 0)).toEqual([2, 3]);
  });

  it("[IN6] keeps the newest within the bound of bytes, and nothing where the bound is nought", () => {
    const { inbox } = open({ bytes: 2_500 });
    inbox.register("d");
    for (const id of [1, 2, 3]) add(inbox, [id], ["d"]);
    expect(idsOf(inbox, "d", 0)).toEqual([2, 3]);
    const none = open({ messages: 0 }).inbox;
    none.register("d");
    expect(add(none, [1, 2], ["d"]).dropped).toBe(2);
    expect(none.isClear("d")).toBe(true);
  });

  it("[IN7] who loses messages is told which, at once and until it reads on; others are not", () => {
    const { inbox, again } = open({ messages: 1 });
    inbox.register("d");
    inbox.register("e");
    add(inbox, [1], ["d"]);
    expect(add(inbox, [2], ["d"]).truncations).toEqual([{ device: "d", from: 1, to: 1 }]);
    const restarted = again();
    expect(restarted.start("d").truncation).toEqual({ device: "d", from: 1, to: 1 });
    expect(restarted.start("e").truncation).toBeUndefined();
    restarted.acknowledge("d", 2);
    expect(restarted.start("d").truncation).toBeUndefined();
  });

  it("[IN8] a device starts at its cursor, or at the head when nothing waits for it", () => {
    const { inbox } = open();
    inbox.register("d");
    inbox.register("e");
    add(inbox, [1, 2], ["d"]);
    inbox.acknowledge("d", 1);
    expect(inbox.start("d").position.seq).toBe(1);
    expect(inbox.start("e").position.seq).toBe(2);
  });

  it("[IN10] a large batch is several pages, and a small frame ends where it is full", () => {
    const { inbox, store } = open();
    inbox.register("d");
    inbox.add(
      Array.from({ length: 40 }, (_, n) => ({ message: text(n + 1, new Uint8Array(LIMITS.payloadBytes)), devices: ["d"] })),
      0,
    );
    expect(store.pages().length).toBeGreaterThan(2);
    expect(inbox.next("d", 0, 100_000)).toMatchObject({ after: 0, upTo: 2 });
    expect(inbox.next("d", 2, 1)).toMatchObject({ after: 2, upTo: 3 });
  });

  it("[IN11] what waited for a forgotten device alone waits for the next, what it had read does not", () => {
    const { inbox } = open();
    inbox.register("d");
    add(inbox, [1, 2], ["d"]);
    inbox.acknowledge("d", 1);
    inbox.forget("d");
    inbox.register("next");
    expect(idsOf(inbox, "next", 0)).toEqual([2]);
  });

  it("[IN12] knows what is out and not acknowledged", () => {
    const { inbox } = open();
    inbox.register("d");
    add(inbox, [1, 2, 3], ["d"]);
    const all = inbox.outstanding("d", 3);
    inbox.acknowledge("d", 2);
    expect(inbox.outstanding("d", 3)).toBe(all / 3);
    expect(inbox.outstanding("d", 2)).toBe(0);
  });

  describe("with bridged messages", () => {
    function apart() {
      const opened = open();
      opened.inbox.register("d");
      add(opened.inbox, [1], ["d"]);
      bridge(opened.inbox, 2, ["d"]);
      add(opened.inbox, [3], ["d"]);
      bridge(opened.inbox, 4, ["d"]);
      return opened;
    }

    it("[PM90] gives a device in time everything, in order", () => {
      expect(idsOf(apart().inbox, "d", 0)).toEqual([1, 2, 3, 4]);
    });

    it("[PM95] names what was bridged a moment ago and is about to be acknowledged", () => {
      const { inbox } = apart();
      const ids = (upTo: number, since: number) => inbox.bridgedTo("d", upTo, since).map(({ id }) => id);
      expect([ids(3, 0), ids(4, 0), ids(4, 1)]).toEqual([[2], [2, 4], []]);
      inbox.acknowledge("d", 2);
      expect(ids(4, 0)).toEqual([4]);
      inbox.unbridge("d");
      expect(ids(4, 0)).toEqual([]);
    });

    it("[PM93] gives one that is late the rest, in a frame that answers for all, and goes on so after a restart", () => {
      const { inbox, again } = apart();
      inbox.unbridge("d");
      for (const each of [inbox, again()]) {
        expect(each.start("d").position.seq).toBe(0);
        expect(each.next("d", 0, 1e6)).toMatchObject({
          after: 0,
          upTo: 4,
          items: [
            { id: 1, seq: 1 },
            { id: 3, seq: 3 },
          ],
        });
        expect(each.copies({ from: "ada", device: "phone", id: 2 })).toBeUndefined();
      }
      bridge(inbox, 5, ["d"]);
      expect(idsOf(again(), "d", 0)).toEqual([1, 3, 5]);
    });

    it("[PM93] deletes what nobody can get any more, and starts a late device at the head", () => {
      const { inbox, store } = open();
      inbox.register("d");
      inbox.register("e");
      bridge(inbox, 1, ["d", "e"]);
      inbox.unbridge("d");
      expect([inbox.isClear("d"), inbox.isClear("e"), store.pages().length]).toEqual([true, false, 1]);
      expect(inbox.start("d").position.seq).toBe(1);
      inbox.unbridge("e");
      expect(store.pages()).toEqual([]);
    });

    it("[PM93] writes nothing for a device that is late for nothing", () => {
      const { inbox, store } = open();
      inbox.register("d");
      add(inbox, [1], ["d"]);
      const before = store.readers();
      inbox.unbridge("d");
      expect(store.readers()).toEqual(before);
      expect(idsOf(inbox, "d", 0)).toEqual([1]);
    });

    it("[PM93] keeps nothing of it for the next device when its own is forgotten, not even under the same name", () => {
      const { inbox } = apart();
      inbox.forget("d");
      for (const device of ["e", "d"]) {
        inbox.register(device);
        expect(idsOf(inbox, device, 0)).toEqual([1, 3]);
      }
    });

    it("[PM93] deletes a page of nothing else with its device", () => {
      const { inbox, store } = open();
      inbox.register("d");
      bridge(inbox, 1, ["d"]);
      inbox.forget("d");
      expect(store.pages()).toEqual([]);
    });
  });
});
