import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/domain/channel/broadcast.ts";
import type { Publish } from "../../../src/domain/channel/intake.ts";
import { Effort } from "../../../src/domain/channel/pace.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { ChannelHarness, type Reader } from "../../support/memory-channel.ts";

/** A channel that has just flushed, and whose commit takes its time: what comes now waits for it. */
function busy(h = new ChannelHarness()): {
  h: ChannelHarness;
  ann: Reader;
  skipped: number[];
  take: (from: string, id: number, data: string, more?: Partial<Publish>) => unknown;
} {
  const ann = h.join("ann");
  h.pass(1000);
  h.publish("opener", 1, "opener");
  const skipped: number[] = [];
  const take = (from: string, id: number, data: string, more: Partial<Publish> = {}): unknown => {
    const missed: Outcome["missed"] = (result) => void (result.ok && result.value.skipped === true && skipped.push(id));
    return h.publish(from, id, data, more, { missed });
  };
  return { h, ann, skipped, take };
}

const skippedOf = (reader: Reader): unknown[] => reader.messages().flatMap(({ skipped }) => (skipped === undefined ? [] : [skipped]));

describe("lanes", () => {
  it("[CH26] what has a high priority goes first, what has a low one last; each writer keeps its order", () => {
    const { h, ann, take } = busy();
    take("bob", 1, "low 1", { priority: "low" });
    take("cy", 1, "normal 1");
    take("dee", 1, "low 2", { priority: "low" });
    take("eve", 1, "high 1", { priority: "high" });
    take("bob", 2, "high 2", { priority: "high" });
    take("cy", 2, "low 3", { priority: "low" });
    h.pass(50);
    expect(ann.data()).toEqual(["opener", "high 1", "low 1", "high 2", "normal 1", "low 2", "low 3"]);
    expect(h.channel.counters.taken).toEqual({ high: 2, normal: 2, low: 3 });
  });

  it("[CH26] a flush takes no more than a row holds, and what is high is in it", () => {
    const { h, ann, take } = busy();
    for (let id = 1; id <= 20; id++) take("bob", id, String(id).padEnd(30_000, "x"));
    take("cy", 1, "stop", { priority: "high" });
    h.pass(3);
    expect(
      ann
        .data()
        .slice(0, 3)
        .map((data) => String(data).slice(0, 6)),
    ).toEqual(["opener", "stop", `1${"x".repeat(5)}`]);
    expect(ann.data().length).toBeLessThan(8);
    h.pass(1000);
    expect(ann.data()).toHaveLength(22);
    expect(ann.closed).toBeUndefined();
  });

  it("[CH27] where too much waits, what is low makes room and is answered as left out", () => {
    const { h, ann, skipped, take } = busy();
    for (let id = 1; id <= 1000; id++) take("bob", id, "", { priority: "low" });
    for (let id = 1; id <= LIMITS.pendingMessages; id++) expect(take("cy", id, "")).toBeUndefined();
    expect(skipped).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    expect(take("cy", 9000, "")).toMatchObject({ error: { code: "overloaded" } });
    expect(take("bob", 9000, "", { priority: "low" })).toMatchObject({ ok: true, value: { skipped: true } });
    for (let id = 1; id <= LIMITS.pendingReserve; id++) expect(take("dee", id, "", { priority: "high" })).toBeUndefined();
    expect(take("dee", 9000, "", { priority: "high" })).toMatchObject({ error: { code: "overloaded" } });
    h.pass(5000);
    expect(ann.data()).toHaveLength(1 + LIMITS.pendingMessages + LIMITS.pendingReserve);
    expect(skippedOf(ann)).toEqual([1001]);
    expect(h.channel.counters.dropped).toEqual({ high: 0, normal: 0, low: 1001 });
  });

  it("[CH27] where the isolate has more work than it can do, what is low is left out, and what is stored never", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(1000);
    h.pace.worked(new Effort(), 10_000, h.now);
    expect(h.publish("bob", 1, "emoji", { priority: "low" })).toEqual({ ok: true, value: { epoch: h.channel.log.epoch, skipped: true } });
    expect(h.publish("bob", 2, "kept", { store: true })).toBeUndefined();
    expect(h.publish("bob", 3, "both", { store: true, priority: "low" })).toMatchObject({ error: { code: "bad_request", field: "priority" } });
    h.pass(5000);
    expect(h.publish("bob", 4, "emoji", { priority: "low" })).toBeUndefined();
    h.pass(1000);
    expect(ann.data()).toEqual(["kept", "emoji"]);
    expect(skippedOf(ann)).toEqual([1]);
  });
});

describe("updates of a key", () => {
  it("[CH30] of those that wait only the latest is sent; the others are answered with it, and everybody is told how many", () => {
    const { h, ann, skipped, take } = busy();
    take("bob", 1, "x 1", { key: "x" });
    take("cy", 1, "between");
    take("bob", 2, "y 1", { key: "y" });
    take("dee", 7, "x 2", { key: "x" });
    take("bob", 3, "x 3", { key: "x" });
    expect(skipped).toEqual([]);
    h.pass(50);
    expect(ann.data()).toEqual(["opener", "between", "y 1", "x 3"]);
    expect(skipped).toEqual([1, 7]);
    expect(skippedOf(ann)).toEqual([2]);
    const frame = ann.messages().at(-1);
    expect(frame).toMatchObject({ after: 1, upTo: 4, items: [{ seq: 2 }, { seq: 3, key: "y" }, { seq: 4, key: "x", id: 3 }] });
    expect(h.channel.counters.skipped.normal).toBe(2);
    expect(take("dee", 7, "x 2", { key: "x" })).toMatchObject({ ok: true, value: { duplicate: true } });
    h.lose();
    expect(h.publish("dee", 7, "x 2", { key: "x" })).toMatchObject({ ok: true, value: { duplicate: true } });
  });

  it("[CH30] a stored one takes no place and keeps its own", () => {
    const { h, ann, take } = busy();
    for (let id = 1; id <= 3; id++) take("bob", id, `x ${id}`, { key: "x", store: id !== 2 });
    h.pass(50);
    expect(ann.data()).toEqual(["opener", "x 1", "x 2", "x 3"]);
  });

  it("[CH24] a sampled channel sends each key so often a second, the latest each time, all in the same frames", () => {
    const h = new ChannelHarness();
    h.channel.setOptions({ updatesPerSecond: 4 });
    const readers = [h.join("ann"), h.join("bob")] as const;
    h.pass(2000);
    for (let id = 1; id <= 100; id++) {
      h.publish("pub", 2 * id, `x ${id}`, { key: "x" });
      if (id % 2 === 0) h.publish("pub", 2 * id + 1, `y ${id}`, { key: "y" });
      h.pass(20);
    }
    h.pass(1000);
    const of = (key: string) => readers[0].data().filter((data) => String(data).startsWith(key));
    // Two seconds, and the last one that was held.
    expect([of("x").length, of("y").length]).toEqual([9, 9]);
    expect([of("x").at(-1), of("y").at(-1)]).toEqual(["x 100", "y 100"]);
    expect(readers[1].frames).toEqual(readers[0].frames);
    const skipped = skippedOf(readers[0]).reduce<number>((sum, count) => sum + Number(count), 0);
    expect(skipped + readers[0].data().length).toBe(150);
    expect(h.channel.log.head).toBe(18);
  });

  it("[CH24] messages without a key are not held, and a retry of a held one sends it", () => {
    const h = new ChannelHarness();
    h.channel.setOptions({ updatesPerSecond: 1 });
    const ann = h.join("ann");
    h.pass(2000);
    h.publish("pub", 1, "x 1", { key: "x" });
    h.pass(50);
    h.publish("pub", 2, "x 2", { key: "x" });
    h.publish("pub", 3, "chat");
    h.pass(50);
    expect(ann.data()).toEqual(["x 1", "chat"]);
    expect(h.publish("pub", 2, "x 2", { key: "x" })).toMatchObject({ ok: true, value: { duplicate: true, seq: 3 } });
    h.pass(50);
    expect(ann.data()).toEqual(["x 1", "chat", "x 2"]);
    h.publish("pub", 4, "x 4", { key: "x" });
    h.channel.setOptions({ updatesPerSecond: 0 });
    h.pass(50);
    expect(ann.data().at(-1)).toBe("x 4");
  });
});
