import { describe, expect, it } from "vitest";
import { KnownKeys } from "../../../src/client/chat/room-keys.ts";
import { RoomKeys } from "../../../src/domain/room/keys.ts";
import type { RoomEvent } from "../../../src/protocol/messages/room.ts";
import { MemoryRoomStore } from "../../support/memory-room.ts";
import { randomFrom } from "../../support/random.ts";

const valuesOf = (keys: KnownKeys): Record<string, string> => Object.fromEntries([...keys.entries].map(([key, { value }]) => [key, value]).sort());

describe("the keys of a room on a device", () => {
  it.each([1, 2, 3])("[RE3] are those of the room once all has come, in whatever order (seed %i)", (seed) => {
    const random = randomFrom(seed);
    const told: Extract<RoomEvent, { kind: "keysChanged" }>[] = [];
    const keys = new RoomKeys(new MemoryRoomStore(), (event) => told.push(event));
    const known = new KnownKeys();
    // What is on its way comes in any order.
    const underWay: (() => void)[] = [];
    const arrive = (): void => underWay.splice(Math.floor(random() * underWay.length), 1)[0]?.();
    for (let step = 0; step < 2_000; step++) {
      const key = `k${Math.floor(random() * 8)}`;
      if (random() < 0.6) keys.set("ann", { entries: [{ key, value: String(step) }], force: true, stay: false });
      else keys.remove("ann", [key], true);
      for (const event of told.splice(0)) underWay.push(() => known.change(event));
      if (random() < 0.2) {
        const { revision, entries } = keys.read(undefined);
        underWay.push(() => known.snapshot(revision, entries));
      }
      if (random() < 0.9) arrive();
    }
    while (underWay.length > 0) arrive();
    const { revision, entries } = keys.read(undefined);
    known.snapshot(revision, entries);
    expect(valuesOf(known)).toEqual(Object.fromEntries(entries.map(({ key, value }) => [key, value]).sort()));
  });

  it("[RE3] a snapshot that comes late takes back nothing that is newer", () => {
    const known = new KnownKeys();
    known.change({ kind: "keysChanged", set: [{ key: "a", value: "2", owner: "ann", revision: 2 }], removed: [], revision: 2 });
    known.change({ kind: "keysChanged", set: [], removed: ["b"], revision: 3 });
    known.snapshot(
      1,
      ["a", "b", "c"].map((key) => ({ key, value: "1", owner: "ann", revision: 1 })),
    );
    expect(valuesOf(known)).toEqual({ a: "2", c: "1" });
    known.snapshot(4, []);
    expect(valuesOf(known)).toEqual({});
  });
});
