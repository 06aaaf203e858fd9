import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { ChannelHarness, messagesOf, type Reader } from "../../support/memory-channel.ts";

const seqs = (reader: Reader): unknown[] =>
  reader.messages().flatMap((message) => (message.type === "events" ? (message.items as { seq: number }[]).map(({ seq }) => seq) : []));
const ranges = (reader: Reader): [unknown, unknown][] =>
  reader.messages().flatMap((message) => (message.type === "events" ? [[message.after, message.upTo] as [unknown, unknown]] : []));

describe("publishing", () => {
  it("[CH1] reaches every member once, in order of seq", () => {
    const h = new ChannelHarness();
    const readers = ["ann", "bob", "cy"].map((user) => h.join(user));
    for (let id = 1; id <= 5; id++) h.publish(id % 2 ? "ann" : "bob", id, `m${id}`);
    h.pass(1000);
    for (const reader of readers) {
      expect(reader.data()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
      expect(seqs(reader)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it("[CH2] the echo names the client id, and a repeat gets the first answer", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(1000);
    expect(h.publish("ann", 7, "hi")).toBeUndefined();
    h.pass(1);
    const echo = ann.messages().find((message) => message.type === "events")?.items;
    expect(echo).toMatchObject([{ from: "ann", device: "d1", id: 7, seq: 1 }]);
    const again = h.publish("ann", 7, "hi");
    expect(again).toMatchObject({ ok: true, value: { seq: 1, duplicate: true } });
    h.lose([ann]);
    expect(h.publish("ann", 7, "hi")).toMatchObject({ ok: true, value: { seq: 1, duplicate: true } });
    h.pass(1000);
    expect(ann.data()).toEqual(["hi"]);
  });

  it("[CH2] a repeat while the first still waits gets its answer too", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.publish("ann", 1, "a");
    h.publish("ann", 2, "b");
    expect(h.publish("ann", 2, "b")).toMatchObject({ ok: true, value: { seq: 2, duplicate: true } });
    h.pass(2);
    expect(ann.data()).toEqual(["a", "b"]);
  });

  it("[CH3] a lower id never seen is burnt, before and after its pages are gone", () => {
    const h = new ChannelHarness({ recoveryMessages: 3, recoveryMs: 1000 });
    const ann = h.join("ann");
    h.publish("ann", 5, "five");
    expect(h.publish("ann", 4, "four")).toMatchObject({ ok: false, error: { code: "burnt" } });
    h.pass(2000);
    expect(h.publish("ann", 4, "four")).toMatchObject({ ok: false, error: { code: "burnt" } });
    expect(ann.data()).toEqual(["five"]);
    for (let id = 6; id < 12; id++) {
      h.pass(2000);
      h.publish("ann", id, "x");
    }
    expect(h.publish("ann", 3, "three")).toMatchObject({ ok: false, error: { code: "burnt" } });
    h.lose([ann]);
    expect(h.publish("ann", 4, "four")).toMatchObject({ ok: false, error: { code: "burnt" } });
  });

  it("[CH21] what follows a message that has not come is refused until it has", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.publish("ann", 1, "one");
    expect(h.publish("ann", 3, "three", { follows: 2 })).toMatchObject({ ok: false, error: { code: "out_of_turn", retry: "later" } });
    expect(h.publish("bob", 2, "another's")).toBeUndefined();
    expect(h.publish("ann", 3, "three", { follows: 2 })).toMatchObject({ ok: false, error: { code: "out_of_turn" } });
    expect(h.publish("ann", 2, "two", { follows: 1 })).toBeUndefined();
    expect(h.publish("ann", 3, "three", { follows: 2 })).toBeUndefined();
    expect(h.publish("ann", 5, "five")).toBeUndefined();
    expect(h.publish("ann", 3, "three", { follows: 2 })).toMatchObject({ ok: true, value: { duplicate: true } });
    h.pass(1000);
    expect(ann.data()).toEqual(["one", "another's", "two", "three", "five"]);
  });

  it("[CH21] what waits at the gate has come", async () => {
    let pass = (): void => {};
    const h = new ChannelHarness({}, (message) => (message.data === "slow" ? new Promise((resolve) => (pass = () => resolve({ pass: message }))) : undefined));
    const bob = h.join("bob");
    h.publish("ann", 1, "slow");
    expect(h.publish("ann", 2, "quick", { follows: 1 })).toBeUndefined();
    expect(h.publish("ann", 4, "early", { follows: 3 })).toMatchObject({ ok: false, error: { code: "out_of_turn" } });
    pass();
    await new Promise((resolve) => setImmediate(resolve));
    h.pass(1000);
    expect(bob.data()).toEqual(["slow", "quick"]);
  });

  it("[CH4] one publisher's order is kept while a check takes its time; others are not held up", async () => {
    const gates = new Map<unknown, () => void>();
    const h = new ChannelHarness({}, (message) =>
      message.from === "ann" && message.data === "slow" ? new Promise((resolve) => gates.set(message.data, () => resolve({ pass: message }))) : undefined,
    );
    const bob = h.join("bob");
    h.publish("ann", 1, "slow");
    h.publish("ann", 2, "quick");
    h.publish("bob", 1, "other");
    h.pass(1000);
    expect(bob.data()).toEqual(["other"]);
    gates.get("slow")?.();
    await new Promise((resolve) => setImmediate(resolve));
    h.pass(1000);
    expect(bob.data()).toEqual(["other", "slow", "quick"]);
  });

  it("[CH5] a quiet channel sends at once, a busy one joins into one frame and one row", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(5000);
    const before = { frames: ann.frames.length, rows: h.log.rows };
    h.publish("ann", 1, "first");
    expect(h.log.rows - before.rows).toBe(1);
    h.pass(1);
    expect(ann.frames.length - before.frames).toBe(1);
    for (let id = 2; id <= 51; id++) h.publish("ann", id, `m${id}`);
    expect(ann.frames.length - before.frames).toBe(1);
    h.pass(10);
    expect(ann.frames.length - before.frames).toBe(2);
    expect(h.log.rows - before.rows).toBe(2);
    expect(ann.data()).toHaveLength(51);
  });

  it("[CH6] a payload over 32 KB and a half is refused with field and limit", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    expect(h.publish("ann", 1, "é".repeat(LIMITS.payloadBytes / 2 + 1))).toMatchObject({
      ok: false,
      error: { code: "too_large", field: "data", limit: LIMITS.payloadBytes },
    });
    expect(h.publish("ann", 2, new Uint8Array(LIMITS.payloadBytes + 1))).toMatchObject({ ok: false, error: { code: "too_large" } });
    h.publish("ann", 3, "é".repeat(16 * 1024));
    h.pass(20);
    expect(ann.data()).toHaveLength(1);
  });

  it("[CH7] too much waiting is refused as overloaded", () => {
    const h = new ChannelHarness();
    h.join("ann");
    h.pass(1000);
    h.publish("ann", 1, "x");
    const answers = Array.from({ length: 5000 }, (_, i) => h.channel.publish({ from: "ann", device: "d1", id: i + 2, data: "" }));
    expect(answers.filter((answer) => answer?.ok === false && answer.error.code === "overloaded")).toHaveLength(5000 - 4096);
    expect(answers.findIndex((answer) => answer !== undefined)).toBe(4096);
  });

  it("[CH8] bytes arrive as they were, live and on resume, beside text", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.publish("ann", 1, "warm");
    const bytes = Uint8Array.from([0, 255, 128, 10]);
    h.publish("ann", 2, bytes);
    h.publish("ann", 3, "text");
    h.publish("ann", 4, new Uint8Array());
    h.pass(100);
    expect(ann.data()).toEqual(["warm", bytes, "text", new Uint8Array()]);
    const bob = h.join("bob", "d1", { epoch: h.channel.log.epoch, seq: 0 });
    expect(bob.joined.frames.flatMap((frame) => messagesOf(frame)).flatMap((m) => (m.items as { data: unknown }[]).map((item) => item.data))).toEqual([
      "warm",
      bytes,
      "text",
      new Uint8Array(),
    ]);
  });

  it("[CH9] what was echoed is there after the object is lost; the next seq follows", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.publish("ann", 1, "kept");
    h.pass(20);
    expect(ann.data()).toEqual(["kept"]);
    const { epoch } = h.channel.log;
    h.lose();
    expect(h.channel.log.epoch).toBe(epoch);
    const back = h.join("ann", "d1", { epoch, seq: 0 });
    expect(back.joined.recovered).toBe(true);
    expect(messagesOf(back.joined.frames[0] ?? "").at(0)?.items).toMatchObject([{ data: "kept", seq: 1 }]);
    h.publish("ann", 2, "next");
    h.pass(100);
    expect(seqs(back)).toEqual([2]);
    expect(seqs(ann)).toEqual([1]);
  });

  it("[CH14] a reader that acknowledges nothing is closed, one that does is not", () => {
    const h = new ChannelHarness();
    const slow = h.join("slow");
    const good = h.join("good");
    for (let id = 1; id <= 50; id++) {
      h.publish("pub", id, "x".repeat(30_000));
      h.pass(20);
      h.channel.acknowledge(good, id);
    }
    expect(slow.closed?.code).toBe(4001);
    expect(good.closed).toBeUndefined();
    expect(good.data()).toHaveLength(50);
  });
});

describe("what is not durable yet", () => {
  it("[CH15] is not sent: frames and answers leave when the row is committed", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(1000);
    const answers: string[] = [];
    h.channel.publish(
      { from: "srv", device: "server", id: 1, data: "x" },
      { written: ({ seq }) => answers.push(`written ${seq}`), done: () => answers.push("done") },
    );
    h.channel.settle();
    expect([ann.data(), answers]).toEqual([[], ["written 1"]]);
    h.pass(1);
    expect([ann.data(), answers]).toEqual([["x"], ["written 1", "done"]]);
  });

  it("[CH15] is recovered when the object goes between commit and send", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(1000);
    const position = { epoch: h.channel.log.epoch, seq: h.channel.log.head };
    h.publish("ann", 1, "x");
    h.lose();
    expect(ann.data()).toEqual([]);
    const back = h.join("ann", "d1", position);
    expect(back.joined.frames.flatMap((frame) => messagesOf(frame))).toMatchObject([{ items: [{ data: "x", id: 1 }] }]);
  });
});

describe("memory mode", () => {
  const memory = (): ChannelHarness => {
    const h = new ChannelHarness();
    h.channel.setOptions({ log: "memory" });
    return h;
  };

  it("[CH10] a crash with uncommitted accepts starts a new epoch; after the commit it does not", () => {
    const h = memory();
    h.join("ann");
    const { epoch } = h.channel.log;
    h.publish("ann", 1, "lost");
    h.pass(20);
    h.lose();
    expect(h.channel.log.epoch).not.toBe(epoch);
    const second = h.channel.log.epoch;
    const ann = h.join("ann");
    h.publish("ann", 2, "kept");
    h.pass(1500);
    h.lose([ann]);
    expect(h.channel.log.epoch).toBe(second);
    expect(h.channel.log.head).toBe(1);
  });

  it("[CH22] a crash with uncommitted accepts does not forget who has said what was committed", () => {
    const h = memory();
    h.join("ann");
    h.publish("ann", 1, "earlier");
    h.publish("ann", 2, "stored", { store: true });
    h.pass(20);
    h.channel.log.setExported(2);
    h.publish("bob", 7, "bob's");
    h.pass(1500);
    h.publish("bob", 8, "lost");
    h.pass(20);
    h.lose();
    const { epoch } = h.channel.log;
    const ann = h.join("ann");
    expect(h.publish("ann", 2, "stored", { store: true })).toEqual({ ok: true, value: { epoch, duplicate: true } });
    expect(h.publish("ann", 1, "earlier")).toMatchObject({ ok: false, error: { code: "burnt" } });
    expect(h.publish("bob", 7, "bob's")).toEqual({ ok: true, value: { epoch, duplicate: true } });
    expect(h.publish("bob", 8, "lost", { follows: 7 })).toBeUndefined();
    h.publish("ann", 3, "new");
    h.pass(20);
    h.lose();
    expect(h.publish("ann", 2, "stored", { store: true })).toMatchObject({ ok: true, value: { duplicate: true } });
    expect(ann.data()).toEqual(["lost", "new"]);
    expect(h.channel.log.head).toBe(0);
  });

  it("[CH11] rows are written once a second; stored messages at once", () => {
    const h = memory();
    const ann = h.join("ann");
    h.pass(2000);
    const before = h.log.rows;
    for (let id = 1; id <= 200; id++) {
      h.publish("ann", id, `m${id}`);
      h.pass(20);
    }
    expect(h.log.rows - before).toBeLessThanOrEqual(4 * 3 + 1);
    expect(ann.data()).toHaveLength(200);
    h.publish("ann", 201, "store me", { store: true });
    h.pass(20);
    h.lose([ann]);
    expect(h.channel.log.head).toBe(201);
  });
});

describe("resume", () => {
  it("[RS1] gives exactly what was missed", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    for (let id = 1; id <= 10; id++) {
      h.publish("ann", id, `m${id}`);
      h.pass(id % 3 === 0 ? 50 : 1);
    }
    h.pass(50);
    for (let seq = 0; seq <= 10; seq++) {
      const back = h.join("bob", "d1", { epoch: h.channel.log.epoch, seq });
      expect(back.joined).toMatchObject({ recovered: true, seq });
      const items = back.joined.frames.flatMap((frame) => messagesOf(frame)).flatMap((m) => m.items as { seq: number; data: string }[]);
      expect(items.filter((item) => item.seq > seq).map((item) => item.data)).toEqual(ann.data().slice(seq));
    }
  });

  it("[RS2] says why it cannot", () => {
    const h = new ChannelHarness({ recoveryMessages: 3 });
    h.join("ann");
    for (let id = 1; id <= 10; id++) {
      h.pass(2000);
      h.publish("ann", id, "x");
    }
    const { epoch } = h.channel.log;
    expect(h.join("b", "d1", { epoch: "ffffffffffffffff", seq: 3 }).joined).toMatchObject({ recovered: false, reason: "epoch-changed", seq: 10 });
    expect(h.join("b", "d1", { epoch, seq: 11 }).joined).toMatchObject({ recovered: false, reason: "ahead", seq: 10 });
    expect(h.join("b", "d1", { epoch, seq: 2 }).joined).toMatchObject({ recovered: false, reason: "too-old", seq: 10 });
    expect(h.join("b", "d1", { epoch, seq: 8 }).joined).toMatchObject({ recovered: true, seq: 8 });
  });

  it("[RS3] ranges follow each other, over pages and live", () => {
    const h = new ChannelHarness();
    h.join("ann");
    for (let id = 1; id <= 40; id++) {
      h.publish("ann", id, "x".repeat(20_000));
      h.pass(20);
    }
    const bob = h.join("bob", "d1", { epoch: h.channel.log.epoch, seq: 3 });
    for (const frame of bob.joined.frames) bob.send(frame);
    h.publish("ann", 41, "live");
    h.pass(20);
    expect(bob.joined.frames.length).toBeGreaterThan(1);
    expect(ranges(bob)[0]?.[0]).toBe(3);
    for (const [i, range] of ranges(bob).entries()) if (i > 0) expect(range[0]).toBe(ranges(bob)[i - 1]?.[1]);
    expect(ranges(bob).at(-1)?.[1]).toBe(41);
  });

  it("[CH13] rows are written over when nobody needs them", () => {
    const h = new ChannelHarness({ recoveryMessages: 10, recoveryMs: 1000 });
    h.join("ann");
    for (let id = 1; id <= 200; id++) {
      h.publish("ann", id, "x");
      h.pass(100);
    }
    expect(h.log.summaries().length).toBeLessThanOrEqual(12);
    expect(h.log.summaries().at(-1)?.last).toBe(200);
  });
});

describe("life", () => {
  it("[CH12] an empty channel is forgotten in time, after its history went out; options stay", () => {
    const h = new ChannelHarness();
    h.channel.setOptions({ log: "memory" });
    h.join("ann");
    h.publish("ann", 1, "stored", { store: true });
    h.pass(10);
    const { epoch } = h.channel.log;
    void h.channel.leave("ann", "d1");
    h.pass(400_000);
    expect(h.channel.log.epoch).toBe(epoch);
    h.channel.log.setExported(1);
    h.pass(400_000);
    expect(h.channel.log.epoch).not.toBe(epoch);
    expect(h.channel.log.head).toBe(0);
    expect(h.state.options()).toEqual({ log: "memory" });
  });

  it("[CH12] a channel that somebody is in is not forgotten", () => {
    const h = new ChannelHarness();
    h.join("ann");
    void h.channel.leave("ann", "d1");
    h.join("bob");
    const { epoch } = h.channel.log;
    h.pass(10_000_000);
    expect(h.channel.log.epoch).toBe(epoch);
  });
});
