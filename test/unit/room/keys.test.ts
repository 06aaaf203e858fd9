import { describe, expect, it } from "vitest";
import { RoomKeys, type SetKeys } from "../../../src/domain/room/keys.ts";
import type { RoomEvent, RoomKey } from "../../../src/protocol/messages/room.ts";
import { ROOM_LIMITS } from "../../../src/protocol/room-limits.ts";
import { MemoryRoomStore } from "../../support/memory-room.ts";
import { randomFrom } from "../../support/random.ts";

function keysOf() {
  const store = new MemoryRoomStore();
  const told: Extract<RoomEvent, { kind: "keysChanged" }>[] = [];
  return { keys: new RoomKeys(store, (event) => told.push(event)), told };
}
const one = (key: string, value: string, more: Partial<SetKeys> = {}): SetKeys => ({ entries: [{ key, value }], force: false, stay: false, ...more });

/** What somebody knows who has heard all of this. */
function heard(told: readonly Extract<RoomEvent, { kind: "keysChanged" }>[]): Record<string, string> {
  const known = new Map<string, string>();
  for (const { set, removed } of told) {
    for (const { key, value } of set) known.set(key, value);
    for (const key of removed) known.delete(key);
  }
  return Object.fromEntries(known);
}
const valuesOf = (entries: readonly RoomKey[]): Record<string, string> => Object.fromEntries(entries.map(({ key, value }) => [key, value]));

describe("the keys of a room", () => {
  it("[RK1] another's key is set and removed by force alone, and is the setter's then", () => {
    const { keys } = keysOf();
    keys.set("ann", one("seat", "ann"));
    expect(keys.set("bob", one("seat", "bob"))).toEqual({ revision: 1, failed: [{ key: "seat", message: "another's" }] });
    expect(keys.remove("bob", ["seat"], false).failed).toEqual([{ key: "seat", message: "another's" }]);
    expect(keys.set("bob", one("seat", "bob", { force: true }))).toEqual({ revision: 2, failed: [] });
    expect(keys.read(undefined).entries).toEqual([{ key: "seat", value: "bob", owner: "bob", auto: true, revision: 2 }]);
    expect(keys.remove("ann", ["seat"], true)).toEqual({ revision: 3, failed: [] });
    expect(keys.read(undefined)).toEqual({ revision: 3, entries: [] });
  });

  it("[RK2] what can be done of a call is done, in one step and told once; of the rest it says why not", () => {
    const { keys, told } = keysOf();
    keys.set("ann", one("a", "1"));
    const entries = ["a", "b", "c", "b"].map((key, n) => ({ key, value: String(n) }));
    expect(keys.set("bob", { entries, force: false, stay: true })).toEqual({ revision: 2, failed: [{ key: "a", message: "another's" }] });
    expect(keys.remove("bob", ["b", "a", "none", "b"], false)).toEqual({
      revision: 3,
      failed: [
        { key: "a", message: "another's" },
        { key: "none", message: "no such key" },
      ],
    });
    expect(valuesOf(keys.read(undefined).entries)).toEqual({ a: "1", c: "2" });
    expect(told.map(({ revision, set, removed }) => [revision, set.map(({ key }) => key), removed])).toEqual([
      [1, ["a"], []],
      [2, ["b", "c"], []],
      [3, [], ["b"]],
    ]);
    expect(keys.set("bob", one("a", "2")).revision).toBe(3);
    expect(told).toHaveLength(3);
  });

  it("[RK3] the keys of who leaves go, but those that were to stay", () => {
    const { keys, told } = keysOf();
    keys.set("ann", one("seat", "1"));
    keys.set("ann", one("title", "tea", { stay: true }));
    keys.set("bob", one("other", "2"));
    keys.left(["ann", "nobody"]);
    expect(valuesOf(keys.read(undefined).entries)).toEqual({ title: "tea", other: "2" });
    expect(told.at(-1)).toMatchObject({ removed: ["seat"], set: [] });
    keys.left(["ann"]);
    expect(told).toHaveLength(4);
  });

  it("[RK4] a room has 100 keys; one that is there can still be changed", () => {
    const { keys } = keysOf();
    for (let n = 0; n < ROOM_LIMITS.roomKeys; n++) keys.set("ann", one(`k${n}`, ""));
    expect(keys.set("ann", { entries: ["k0", "new"].map((key) => ({ key, value: "x" })), force: false, stay: false }).failed).toEqual([
      { key: "new", message: "too many keys" },
    ]);
    expect(keys.read(["k0", "new", "k0"]).entries.map(({ value }) => value)).toEqual(["x"]);
    keys.remove("ann", ["k1"], false);
    expect(keys.set("bob", one("new", "y")).failed).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])(
    "[RK5] 1,000 writers of one key and of their own, forced and not, leaving and coming back: the end is that of the serial history (seed %i)",
    (seed) => {
      const random = randomFrom(seed);
      const { keys, told } = keysOf();
      // What a reader of the rules would do, one after the other.
      const model = new Map<string, { value: string; owner: string; auto: boolean }>();
      const here = new Set(Array.from({ length: 1_000 }, (_, n) => `w${n}`));
      const everybody = [...here];
      for (let step = 0; step < 10_000; step++) {
        const by = everybody[Math.floor(random() * everybody.length)] as string;
        const key = random() < 0.5 ? "shared" : `own-${Number(by.slice(1)) % 120}`;
        const force = random() < 0.3;
        const stay = random() < 0.3;
        const act = random();
        if (act < 0.15) {
          if (!here.delete(by)) here.add(by);
          else {
            keys.left([by]);
            for (const [name, { owner, auto }] of model) if (owner === by && auto) model.delete(name);
          }
          continue;
        }
        if (!here.has(by)) continue;
        const known = model.get(key);
        const allowed = known === undefined || known.owner === by || force;
        if (act < 0.9) {
          const fits = known !== undefined || model.size < ROOM_LIMITS.roomKeys;
          const { failed } = keys.set(by, one(key, String(step), { force, stay }));
          expect(failed.length === 0).toBe(allowed && fits);
          if (allowed && fits) model.set(key, { value: String(step), owner: by, auto: !stay });
        } else {
          const { failed } = keys.remove(by, [key], force);
          expect(failed.length === 0).toBe(known !== undefined && allowed);
          if (known !== undefined && allowed) model.delete(key);
        }
      }
      const { entries } = keys.read(undefined);
      const serial = Object.fromEntries([...model].map(([key, { value }]) => [key, value]));
      expect(valuesOf(entries)).toEqual(serial);
      expect(heard(told)).toEqual(serial);
      expect(entries.filter(({ auto, owner }) => auto === true && !here.has(owner))).toEqual([]);
      expect(told.every(({ revision }, at) => revision === at + 1)).toBe(true);
    },
  );
});
