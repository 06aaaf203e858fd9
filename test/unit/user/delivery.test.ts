import { describe, expect, it } from "vitest";
import { type Audience, Delivery } from "../../../src/domain/user/delivery.ts";
import { Inbox } from "../../../src/domain/user/inbox.ts";
import { memoryInboxStore } from "../../../src/domain/user/inbox-memory.ts";
import type { PeerDelivery } from "../../../src/domain/user/peer-message.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const name = (id: number) => ({ from: "ada", device: "phone", id });
const peer = (id: number, ifAbsent: PeerDelivery["ifAbsent"] = "keep", data: string | Uint8Array = "x"): PeerDelivery => ({
  message: { ...name(id), ts: 0, data },
  ifAbsent,
});
const settled = (id: number, delivered: number, waiting: number) => ({ ...name(id), delivered, waiting, final: true });

function receiver(registered: string[], connected: string[] = registered, messages = 1000, expected: string[] = []) {
  const store = memoryInboxStore();
  const limits = () => ({ messages, ageMs: 1e9, bytes: 1e9 });
  const inbox = new Inbox(store, limits, () => "0123456789abcdef", registered);
  const delivery = new Delivery(inbox, 3_000);
  const audience: Audience = { registered, connected: new Set(connected), expects: (device) => expected.includes(device) };
  const waitingIds = (device: string) => inbox.next(device, 0, 1e9)?.items.map(({ id }) => id) ?? [];
  return {
    store,
    inbox,
    delivery,
    audience,
    waitingIds,
    send: (ids: readonly number[], now = 0) =>
      delivery.accept(
        ids.map((id) => peer(id)),
        audience,
        now,
      ),
  };
}

describe("delivery", () => {
  it("[PM1] costs no row while every device is connected, and is settled by the last receipt", () => {
    const { delivery, send, store } = receiver(["d", "e"]);
    const { answers, effects } = send([1]);
    expect(answers).toEqual([{ state: "pending", copies: 2, waiting: 0 }]);
    expect([...effects.pushes.keys()]).toEqual(["d", "e"]);
    expect(delivery.received("d", [name(1)])).toEqual([]);
    expect(delivery.received("d", [name(1)])).toEqual([]);
    expect(delivery.received("e", [name(1)])).toEqual([settled(1, 2, 0)]);
    expect(store.pages()).toEqual([]);
  });

  it("[PM3] a copy for an absent device is in the inbox with the answer", () => {
    const { send, waitingIds } = receiver(["d", "e"], ["d"]);
    expect(send([1, 2]).answers).toEqual([
      { state: "pending", copies: 1, waiting: 1 },
      { state: "pending", copies: 1, waiting: 1 },
    ]);
    expect(waitingIds("e")).toEqual([1, 2]);
    expect(waitingIds("d")).toEqual([]);
  });

  it("[PM3] is not called waiting when the inbox has no room for it", () => {
    const { send } = receiver(["d"], [], 1);
    expect(send([1, 2]).answers).toEqual([
      { state: "settled", outcome: { delivered: 0, waiting: 0 } },
      { state: "settled", outcome: { delivered: 0, waiting: 1 } },
    ]);
  });

  it("[PM6] what a socket that has just closed was pushed comes before what finds it closed", () => {
    const { delivery, send, audience, waitingIds } = receiver(["d"]);
    send([1, 2]);
    const { answers, effects } = delivery.accept([peer(3)], { ...audience, connected: new Set() }, 0);
    expect(waitingIds("d")).toEqual([1, 2, 3]);
    expect(answers).toEqual([{ state: "settled", outcome: { delivered: 0, waiting: 1 } }]);
    expect(effects.settlements).toEqual([settled(1, 0, 1), settled(2, 0, 1)]);
    expect(delivery.giveUp("d", 0).inboxGrew).toBe(false);
  });

  it("[PM6] so it does when what finds it closed may be dropped", () => {
    const { delivery, send, audience, waitingIds } = receiver(["d"]);
    send([1]);
    delivery.accept([peer(2, "drop")], { ...audience, connected: new Set() }, 0);
    expect(delivery.accept([peer(3)], audience, 0).effects.pushes.size).toBe(0);
    expect(waitingIds("d")).toEqual([1, 3]);
  });

  it("[PM4] is dropped for absent devices on request, and after a receipt that never came", () => {
    const { delivery, audience, waitingIds } = receiver(["d", "e"], ["d"]);
    expect(delivery.accept([peer(1, "drop")], audience, 0).answers).toEqual([{ state: "pending", copies: 1, waiting: 0 }]);
    expect(delivery.giveUp("d", 3_000).settlements).toEqual([settled(1, 0, 0)]);
    expect([waitingIds("d"), waitingIds("e")]).toEqual([[], []]);
  });

  it("[PM5] waits for the first device of a user without one", () => {
    const { send, inbox, waitingIds } = receiver([]);
    expect(send([1]).answers).toEqual([{ state: "settled", outcome: { delivered: 0, waiting: 1 } }]);
    inbox.register("first");
    expect(waitingIds("first")).toEqual([1]);
  });

  it("[PM6] what is late moves with all that came after it, in order, as one page", () => {
    const { delivery, send, waitingIds, store } = receiver(["d"]);
    send([1], 0);
    send([2, 3], 2_000);
    delivery.received("d", [name(2)]);
    expect(delivery.late(2_999)).toEqual([]);
    expect(delivery.nextLateAt()).toBe(3_000);
    expect(delivery.late(3_000)).toEqual(["d"]);
    expect(delivery.giveUp("d", 3_000).settlements).toEqual([settled(1, 0, 1), settled(3, 0, 1)]);
    expect(waitingIds("d")).toEqual([1, 3]);
    expect(store.pages()).toHaveLength(1);
    expect(delivery.nextLateAt()).toBeUndefined();
  });

  it("[PM6] a receipt after that changes nothing", () => {
    const { delivery, send } = receiver(["d"]);
    send([1]);
    delivery.giveUp("d", 3_000);
    expect(delivery.received("d", [name(1)])).toEqual([]);
  });

  it("[PM7] a repeat is answered as before: under way, settled, or waiting", () => {
    const { delivery, send, store, inbox } = receiver(["d"]);
    send([1]);
    const again = send([1]);
    expect(again.answers).toEqual([{ state: "pending", copies: 1, waiting: 0 }]);
    expect(again.effects.pushes.size).toBe(0);
    delivery.received("d", [name(1)]);
    expect(send([1]).answers).toEqual([{ state: "settled", outcome: { delivered: 1, waiting: 0, duplicate: true } }]);
    send([2]);
    delivery.giveUp("d", 0);
    const restarted = new Delivery(inbox, 3_000);
    expect(restarted.accept([peer(2)], { registered: ["d"], connected: new Set(), expects: () => true }, 0).answers).toEqual([
      { state: "settled", outcome: { delivered: 0, waiting: 1, duplicate: true } },
    ]);
    expect(store.pages()).toHaveLength(1);
  });

  it("[PM22] a lost object pushes again what it had pushed, not what waits", () => {
    const { delivery, inbox, audience, store } = receiver(["d", "e"], ["d"]);
    delivery.accept([peer(1)], audience, 0);
    const next = new Delivery(inbox, 3_000);
    const { answers, effects } = next.accept([peer(1)], audience, 0);
    expect(answers).toEqual([{ state: "pending", copies: 1, waiting: 1 }]);
    expect([...effects.pushes.keys()]).toEqual(["d"]);
    expect(next.received("d", [name(1)])).toEqual([settled(1, 1, 1)]);
    expect(store.pages()).toHaveLength(1);
  });

  it("[PM14] waits behind what waits, while other devices get theirs at once", () => {
    const { delivery, send, inbox, waitingIds } = receiver(["d", "e"]);
    send([1]);
    delivery.received("e", [name(1)]);
    delivery.giveUp("d", 0);
    const { answers, effects } = send([2]);
    expect(answers).toEqual([{ state: "pending", copies: 1, waiting: 1 }]);
    expect([...effects.pushes.keys()]).toEqual(["e"]);
    expect(waitingIds("d")).toEqual([1, 2]);
    inbox.acknowledge("d", 2);
    expect([...send([3]).effects.pushes.keys()]).toEqual(["d", "e"]);
  });

  it("[PM15] beyond the bound of unacknowledged messages the rest goes through the inbox, in order, dropping nothing", () => {
    const { delivery, audience, waitingIds } = receiver(["d"], ["d"], 10_000);
    const many = Array.from({ length: LIMITS.unsettledPerDevice + 2 }, (_, n) => n + 1);
    delivery.accept(
      many.map((id) => peer(id, "drop")),
      audience,
      0,
    );
    expect(waitingIds("d")).toEqual(many);
  });

  it("[PM15] and so beyond the bound of bytes", () => {
    const { delivery, audience, waitingIds } = receiver(["d"]);
    const large = new Uint8Array(LIMITS.payloadBytes);
    const many = Array.from({ length: 40 }, (_, n) => n + 1);
    delivery.accept(
      many.map((id) => peer(id, "keep", large)),
      audience,
      0,
    );
    expect(waitingIds("d")).toEqual(many);
  });

  it("[PM26] a device that registers has what is under way to others before what comes later, and keeps the order where they leave it behind", () => {
    const { delivery, send, inbox, audience, waitingIds } = receiver(["d"]);
    send([1, 2]);
    delivery.accept([peer(3, "drop"), peer(4, "bridge")], audience, 0);
    expect(inbox.register("e")).toBe(true);
    expect(delivery.introduce("e", 0).settlements).toEqual([]);
    expect(waitingIds("e")).toEqual([1, 2]);
    expect(inbox.register("e")).toBe(false);
    expect(delivery.received("d", [name(1)])).toEqual([settled(1, 1, 1)]);
    const both = { ...audience, registered: ["d", "e"], connected: new Set(["d", "e"]) };
    expect([...delivery.accept([peer(5)], both, 0).effects.pushes.keys()]).toEqual(["d"]);
    delivery.giveUp("d", 0, false);
    inbox.forget("d");
    expect(waitingIds("e")).toEqual([1, 2, 5]);
  });

  it("[PM26] costs nothing where nothing is under way", () => {
    const { delivery, send, inbox, store } = receiver(["d"]);
    send([1]);
    delivery.received("d", [name(1)]);
    inbox.register("e");
    expect(delivery.introduce("e", 0).inboxGrew).toBe(false);
    expect([store.head(), store.pages()]).toEqual([undefined, []]);
  });

  it("[PM29] a device that registers has what the others left behind in the order sent, whoever left behind what", () => {
    const { delivery, send, inbox, waitingIds, store } = receiver(["d", "e"]);
    send([1, 2, 3]);
    delivery.received("d", [name(1), name(2)]);
    delivery.giveUp("d", 0);
    expect(waitingIds("d")).toEqual([3]);
    inbox.register("n");
    delivery.introduce("n", 0);
    delivery.giveUp("e", 0);
    const told = new Set(waitingIds("n"));
    expect([...told]).toEqual([1, 2, 3]);
    expect(waitingIds("e")).toEqual([1, 2, 3]);
    for (const device of ["d", "e", "n"]) inbox.acknowledge(device, inbox.position.seq);
    expect(store.pages()).toEqual([]);
  });

  it("[PM29] what stands there for the order alone promises nothing, and goes with what it stands before", () => {
    const { delivery, send, inbox, store } = receiver(["d", "e"]);
    send([1, 2]);
    delivery.received("d", [name(1)]);
    expect(delivery.giveUp("d", 0).settlements).toEqual([]);
    expect(delivery.received("e", [name(1)])).toEqual([settled(1, 2, 0)]);
    expect(inbox.copies(name(1))).toBeUndefined();
    expect(delivery.received("e", [name(2)])).toEqual([settled(2, 1, 1)]);
    inbox.acknowledge("d", inbox.position.seq);
    expect(store.pages()).toEqual([]);
  });

  it("[PM29] costs nothing where what is earlier waits itself, or is to be dropped", () => {
    const { delivery, audience, store } = receiver(["d", "e"]);
    delivery.accept([peer(1, "drop"), peer(2)], audience, 0);
    delivery.received("d", [name(1)]);
    delivery.giveUp("d", 0);
    delivery.giveUp("e", 0);
    expect(store.pages().map(({ entries }) => entries.map(({ id }) => id))).toEqual([[2], [2]]);
  });

  it("[PM16] a receipt for what is not known counts as one copy", () => {
    const { delivery } = receiver(["d"]);
    expect(delivery.received("d", [name(9)])).toEqual([{ ...name(9), delivered: 1, waiting: 0, final: false }]);
  });

  it("[PM90] [PM91] what is bridged waits, behind what waits, for a device whose lease has not ended, and for no other", () => {
    const { delivery, audience, waitingIds } = receiver(["d", "e", "f"], ["d"], 1000, ["e"]);
    const { answers, effects } = delivery.accept([peer(1), peer(2, "bridge"), peer(3, "drop"), peer(4)], audience, 0);
    expect(answers.map((answer) => answer.state === "pending" && [answer.copies, answer.waiting])).toEqual([
      [1, 2],
      [1, 1],
      [1, 0],
      [1, 2],
    ]);
    expect(effects.pushes.get("d")?.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect([waitingIds("d"), waitingIds("e"), waitingIds("f")]).toEqual([[], [1, 2, 4], [1, 4]]);
  });

  it("[PM91] what is bridged to a user without devices is dropped", () => {
    const { delivery, audience, store } = receiver([]);
    expect(delivery.accept([peer(1, "bridge")], audience, 0).answers).toEqual([{ state: "settled", outcome: { delivered: 0, waiting: 0 } }]);
    expect(store.pages()).toEqual([]);
  });

  it("[PM92] what was bridged and not acknowledged moves to the inbox with the rest, unless the device is gone for good", () => {
    const { delivery, audience, waitingIds } = receiver(["d", "e"]);
    delivery.accept([peer(1), peer(2, "bridge"), peer(3, "drop")], audience, 0);
    expect(delivery.giveUp("d", 3_000).settlements).toEqual([]);
    expect(delivery.giveUp("e", 3_000, false).settlements).toEqual([settled(1, 0, 2), settled(2, 0, 1), settled(3, 0, 0)]);
    expect([waitingIds("d"), waitingIds("e")]).toEqual([[1, 2], [1]]);
  });

  it("[PM92] so it does when the next message finds the socket closed", () => {
    const { delivery, audience, waitingIds } = receiver(["d"], ["d"], 1000, ["d"]);
    delivery.accept([peer(1, "bridge")], audience, 0);
    delivery.accept([peer(2, "bridge")], { ...audience, connected: new Set() }, 0);
    expect(waitingIds("d")).toEqual([1, 2]);
  });

  it("[PM8] a copy nobody waits for is never reported", () => {
    const { delivery, audience } = receiver(["d"]);
    delivery.accept([peer(1)], { ...audience, quiet: true }, 0);
    expect(delivery.received("d", [name(1)])).toEqual([]);
  });
});
