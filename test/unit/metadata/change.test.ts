import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeMetadata, type Metadata, type MetadataChange, metadataSetOf, NO_METADATA, readMetadata } from "../../../src/domain/metadata.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const ANN = { by: "ann", now: 1000, request: undefined };
const item = (key: string, value: string, revision?: number) => ({ key, value, revision });

/** A set on which changes follow each other. */
class History {
  set: Metadata = NO_METADATA;
  change(change: MetadataChange, writer: { by?: string; request?: string } = {}) {
    const changed = changeMetadata(this.set, change, { ...ANN, ...writer });
    if (changed.ok) this.set = changed.value.after;
    return changed.ok ? changed.value.written : changed.error;
  }
  put(...items: { key: string; value: string; revision?: number | undefined }[]) {
    return this.change({ kind: "set", items });
  }
  get plain() {
    return Object.fromEntries([...this.set.items].map(([key, { value }]) => [key, value]));
  }
}

describe("a change of metadata", () => {
  it("[ME1] set creates and overwrites, update overwrites what is there, remove takes some or all", () => {
    const s = new History();
    expect(s.put(item("a", "1"), item("__proto__", "2"))).toEqual({ majorRevision: 1, count: 2 });
    expect(s.change({ kind: "update", items: [item("a", "3")] })).toEqual({ majorRevision: 2, count: 2 });
    expect(s.change({ kind: "update", items: [item("a", "4"), item("b", "5")] })).toMatchObject({ code: "not_found", field: "items.1" });
    expect(s.set.items.get("a")?.value).toBe("3");
    expect(s.change({ kind: "remove", items: [{ key: "a" }, { key: "none" }] })).toEqual({ majorRevision: 3, count: 1 });
    expect(s.change({ kind: "remove" })).toEqual({ majorRevision: 4, count: 0 });
    expect(metadataSetOf(s.set)).toEqual({ majorRevision: 4, items: [] });
  });

  it("[ME1] what changes nothing leaves the very same set", () => {
    const s = new History();
    const nothing = s.set;
    s.change({ kind: "remove" });
    expect(s.set).toBe(nothing);
    s.put(item("a", "1"));
    const before = s.set;
    expect(s.change({ kind: "remove", items: [{ key: "b" }] })).toEqual({ majorRevision: 1, count: 1 });
    expect(s.set).toBe(before);
  });

  it("[ME2] no revision is given twice, also not to an item that was removed and comes again", () => {
    const s = new History();
    s.put(item("a", "1"), item("b", "1"));
    s.put(item("b", "2"));
    expect(metadataSetOf(s.set)).toEqual({
      majorRevision: 2,
      items: [
        { key: "a", value: "1", revision: 1 },
        { key: "b", value: "2", revision: 2 },
      ],
    });
    s.change({ kind: "remove" });
    s.put(item("a", "1"));
    expect(metadataSetOf(s.set)).toEqual({ majorRevision: 4, items: [{ key: "a", value: "1", revision: 4 }] });
    expect(s.put(item("a", "x", 1))).toMatchObject({ code: "conflict" });
  });

  it.each<[string, MetadataChange, object]>([
    ["the set's revision", { kind: "set", majorRevision: 1, items: [item("a", "x")] }, { code: "conflict", field: "majorRevision" }],
    ["the set's before an item's", { kind: "set", majorRevision: 1, items: [item("a", "x", 9)] }, { code: "conflict", field: "majorRevision" }],
    ["an item's revision", { kind: "set", items: [item("b", "x", 2), item("a", "x", 2)] }, { code: "conflict", field: "items.1" }],
    ["an item that should not be there", { kind: "set", items: [item("a", "x", 0)] }, { code: "conflict", field: "items.0" }],
    ["an item that is not there", { kind: "set", items: [item("c", "x", 1)] }, { code: "conflict", field: "items.0" }],
    ["one to be updated", { kind: "update", items: [item("a", "x", 2)] }, { code: "conflict", field: "items.0" }],
    ["one to be removed", { kind: "remove", items: [{ key: "b", revision: 1 }] }, { code: "conflict", field: "items.0" }],
    ["all to be removed", { kind: "remove", majorRevision: 0 }, { code: "conflict", field: "majorRevision" }],
  ])("[ME3] a wrong belief about %s is a conflict, and nothing is written", (_what, change, error) => {
    const s = new History();
    s.put(item("a", "1"));
    s.put(item("b", "2"));
    const before = s.set;
    expect(s.change(change)).toMatchObject(error);
    expect(s.set).toBe(before);
  });

  it("[ME3] a right belief is no hindrance, and −1 is none", () => {
    const s = new History();
    expect(s.change({ kind: "set", majorRevision: 0, items: [item("a", "1", 0)] })).toEqual({ majorRevision: 1, count: 1 });
    expect(s.change({ kind: "update", majorRevision: 1, items: [item("a", "2", 1)] })).toEqual({ majorRevision: 2, count: 1 });
    expect(s.change({ kind: "set", majorRevision: -1, items: [item("a", "3", -1)] })).toEqual({ majorRevision: 3, count: 1 });
    expect(s.change({ kind: "remove", majorRevision: 3, items: [{ key: "a", revision: 3 }] })).toEqual({ majorRevision: 4, count: 0 });
  });

  it("[ME4] time and author stand with an item if the write that left it asked for them", () => {
    const s = new History();
    s.change({ kind: "set", recordTime: true, items: [item("a", "1")] });
    s.change({ kind: "set", recordAuthor: true, items: [item("b", "1")] }, { by: "bob" });
    expect(metadataSetOf(s.set).items).toEqual([
      { key: "a", value: "1", revision: 1, updatedAt: 1000 },
      { key: "b", value: "1", revision: 2, updatedBy: "bob" },
    ]);
    s.put(item("a", "2"));
    expect(metadataSetOf(s.set).items[0]).toEqual({ key: "a", value: "2", revision: 3 });
  });

  it("[ME5] a key that is named twice, too many items and too much text are refused by name, and nothing is written", () => {
    const s = new History();
    s.put(item("a", "1"));
    const before = s.set;
    expect(s.put(item("b", "1"), item("b", "2"))).toMatchObject({ code: "bad_request", field: "items.1" });
    const many = Array.from({ length: LIMITS.metadataItems }, (_, n) => item(`k${n}`, ""));
    expect(s.put(...many)).toMatchObject({ code: "limit_exceeded", field: "items", limit: LIMITS.metadataItems });
    expect(s.put(item("é", "x".repeat(LIMITS.metadataBytes - 3)))).toMatchObject({ code: "too_large", field: "items", limit: LIMITS.metadataBytes });
    expect(s.set).toBe(before);
    expect(s.put(item("é", "x".repeat(LIMITS.metadataBytes - 4)))).toEqual({ majorRevision: 2, count: 2 });
    expect(s.change({ kind: "remove", items: [{ key: "a" }] })).toEqual({ majorRevision: 3, count: 1 });
  });

  it("[ME7] a repeated request gets the first answer and changes nothing, as long as it is remembered", () => {
    const s = new History();
    const first = s.change({ kind: "set", majorRevision: 0, items: [item("a", "1")] }, { request: "r" });
    s.put(item("a", "2"), item("b", "2"));
    const before = s.set;
    expect(s.change({ kind: "set", majorRevision: 0, items: [item("a", "1")] }, { request: "r" })).toEqual(first);
    expect(s.set).toBe(before);
    for (let n = 0; n < LIMITS.metadataWrites; n++) s.change({ kind: "set", items: [item("a", "3")] }, { request: `r${n}` });
    expect(s.set.writes).toHaveLength(LIMITS.metadataWrites);
    expect(s.change({ kind: "set", majorRevision: 0, items: [item("a", "1")] }, { request: "r" })).toMatchObject({ code: "conflict" });
  });

  it("[ME13] who has the newest set is told so, and gets none", () => {
    const s = new History();
    s.put(item("a", "1"));
    expect(readMetadata(s.set, 1)).toEqual({ majorRevision: 1, unchanged: true });
    for (const known of [undefined, 2]) expect(readMetadata(s.set, known)).toEqual(metadataSetOf(s.set));
  });
});

describe("many writers", () => {
  /** One reads, and later writes what it makes of it, if nobody came between; repeats what it got no answer to. */
  const steps = fc.array(
    fc.record({ writer: fc.nat({ max: 3 }), what: fc.constantFrom("read", "write", "write unanswered", "repeat"), by: fc.constantFrom("set", "item") }),
    {
      minLength: 20,
      maxLength: 120,
    },
  );

  it("[ME6] who compare before they write are a serial history: each success saw the one before it, and none is lost", () => {
    void fc.assert(
      fc.property(steps, (walk) => {
        const s = new History();
        const writers = Array.from({ length: 4 }, () => ({
          seen: readOf(s),
          n: 0,
          asked: undefined as { change: MetadataChange; request: string } | undefined,
        }));
        let successes = 0;
        for (const { writer, what, by } of walk) {
          const me = writers[writer];
          if (me === undefined) continue;
          if (what === "read") me.seen = readOf(s);
          else if (what !== "repeat") {
            const value = String(Number(me.seen.value) + 1);
            const guard = by === "set" ? { majorRevision: me.seen.major } : {};
            me.asked = { change: { kind: "set", ...guard, items: [item("n", value, by === "item" ? me.seen.revision : -1)] }, request: `${writer}-${++me.n}` };
          }
          if (what === "read" || me.asked === undefined) continue;
          const { change, request } = me.asked;
          const before = s.set;
          const answer = s.change(change, { request });
          const repeated = before.writes.some((write) => write.request === request);
          expect(s.set === before).toBe(repeated || "code" in answer);
          if (s.set !== before) successes += 1;
          // A conflict says for certain that this request has not been done, and never will be.
          if ("code" in answer) expect(s.set.writes.some((write) => write.request === request)).toBe(false);
        }
        expect(Number(s.set.items.get("n")?.value ?? "0")).toBe(successes);
        expect(s.set.majorRevision).toBe(successes);
      }),
    );
  });

  const readOf = ({ set }: History) => ({ major: set.majorRevision, revision: set.items.get("n")?.revision ?? 0, value: set.items.get("n")?.value ?? "0" });
});
