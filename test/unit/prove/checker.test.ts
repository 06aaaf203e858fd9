import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../../prove/check/check.ts";
import { checkRun } from "../../../prove/check/check-run.ts";
import { merged, readEvents } from "../../../prove/check/run-directory.ts";
import type { RunEvent } from "../../../prove/record/event.ts";
import { broken, run } from "./events.ts";

const NOTES = {
  seed: 7,
  profile: "short",
  startedAt: "2026-11-22T00:00:00Z",
  seconds: 1,
  versions: { wigwag: "1", workerd: "1", node: "1", commit: "c" },
  machine: "m",
};
const calm = (at: number): RunEvent => ({ is: "calm", at });

describe("a run directory", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "prove-"));
    await writeFile(join(directory, "run.json"), JSON.stringify(NOTES));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("[PV30] is read by time, each file in its order", async () => {
    await writeFile(join(directory, "a.jsonl"), [calm(1), calm(5), calm(3)].map((event) => `${JSON.stringify(event)}\n`).join(""));
    await writeFile(join(directory, "b.jsonl"), [calm(2), calm(4)].map((event) => `${JSON.stringify(event)}\n`).join(""));
    expect([...readEvents(directory)].map(({ at }) => at)).toEqual([1, 2, 4, 5, 3]);
    expect((await checkRun(directory)).figures.events).toBe(5);
  });

  it("[PV30] forgives half a line at the end of a file, and no other", async () => {
    await writeFile(join(directory, "a.jsonl"), `${JSON.stringify(calm(1))}\n{"is":"cal`);
    expect([...readEvents(directory)]).toHaveLength(1);
    await writeFile(join(directory, "a.jsonl"), `{"is":"cal\n${JSON.stringify(calm(1))}\n`);
    expect(() => [...readEvents(directory)]).toThrow("a.jsonl:1 is no event");
    await writeFile(join(directory, "run.json"), "{}");
    await expect(checkRun(directory)).rejects.toThrow("run.json lacks");
  });

  it("[PV30] merges any number of sources", () => {
    const sources = [[1, 4, 7], [2, 5, 8], [], [3, 6, 9], [0, 10]].map((times) => times.map(calm)[Symbol.iterator]());
    expect([...merged(sources)].map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe("figures", () => {
  it("[PV32] say what happened", () => {
    const told = run().listens("bob/d", "channel:room").link("bob/d", "connected").says(1).hears("bob/d", 1);
    told.attempt(2).note({ is: "refused", device: "ann/d", target: "channel:room", writer: "ann/d>channel:room", n: 2, code: "timeout" });
    told.note({ is: "gap", device: "bob/d", target: "channel:room", reason: "too-old", from: 2, to: 3 }).note({ is: "fault", name: "kill" });
    told.link("bob/d", "reconnecting").link("bob/d", "connected").hears("bob/d", 4, { seq: 4 });
    const { figures } = check(told.events);
    expect(figures).toMatchObject({
      events: 12,
      seconds: 11,
      attempts: 2,
      acked: 1,
      deliveries: 2,
      reconnects: 1,
      refused: { timeout: 1 },
      gaps: { "too-old": 1 },
      faults: { kill: 1 },
      ackMs: { count: 1, max: 1000 },
      recoveryMs: { count: 1, max: 1000 },
      killToDeliveryMs: { count: 1, max: 3000 },
    });
  });

  it("[PV32] do not take what was under way when the service died for its return", () => {
    const told = run().listens("bob/d", "channel:room").link("bob/d", "connected").attempt(1).attempt(2).note({ is: "fault", name: "kill" });
    told.hears("bob/d", 1).link("bob/d", "reconnecting").link("bob/d", "connected").hears("bob/d", 2);
    expect(check(told.events).figures.killToDeliveryMs.max).toBe(4000);
  });
});

describe("what is wrong", () => {
  it("[PV33] is told twenty times, and how often more", () => {
    const told = run();
    for (let n = 1; n <= 30; n++) told.attempt(n);
    const all = broken("PV11", told);
    expect(all).toHaveLength(21);
    expect(all.at(-1)).toBe("and 10 more like these");
  });
});

describe("a long run", () => {
  /** Ten writers, ten readers: of 300,000 events ten in twelve are deliveries. */
  function* long(): Generator<RunEvent> {
    const target = "channel:room";
    let at = 0;
    for (let reader = 0; reader < 10; reader++) yield { is: "listens", at, device: `r${reader}/d`, target, epoch: "e", seq: 0 };
    for (let seq = 1; seq <= 25_000; seq++) {
      const device = `w${seq % 10}/d`;
      const name = { writer: `${device}>${target}`, n: Math.floor((seq + 9) / 10) + (seq % 10 === 0 ? 1 : 0) };
      at += 1;
      yield { is: "attempt", at, device, target, ...name };
      for (let reader = 0; reader < 10; reader++) yield { is: "delivery", at, device: `r${reader}/d`, target, ...name, epoch: "e", seq };
      yield { is: "ack", at, device, target, ...name, epoch: "e", seq };
    }
  }

  it("[PV31] of 300,000 events is judged in little memory", () => {
    const before = process.memoryUsage().rss;
    const { violations, figures } = check(long());
    expect(violations).toEqual([]);
    expect(figures.events).toBe(300_010);
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(150);
  }, 60_000);
});
