import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { LAB_PATCHES, MARKS } from "../../../prove/builds/marks.ts";
import { patched } from "../../../prove/builds/patch.ts";
import { castOf } from "../../../prove/lab/client/cast.ts";
import type { FaultKind } from "../../../prove/lab/fault.ts";
import { shortcomings } from "../../../prove/lab/judgement.ts";
import { rounds } from "../../../prove/lab/nemesis.ts";
import { readOptions } from "../../../prove/lab/options.ts";
import { PROFILES } from "../../../prove/lab/profiles.ts";
import { root } from "../../../scripts/lib/root.ts";

const good = { acked: 1_000, faults: 3, violations: 0, troubles: [] };

describe("what a run has to show", () => {
  it("[FL1] enough acknowledged operations", () => {
    expect(shortcomings(good, 1_000)).toEqual([]);
    expect(shortcomings(good, 1_001)).toEqual(["too few acknowledged operations: 1000 of 1001"]);
  });

  it("[FL2] a fault", () => {
    expect(shortcomings({ ...good, faults: 0 }, 1)).toEqual(["no fault in its window"]);
  });

  it("[FL3] no violation, and an end", () => {
    expect(shortcomings({ ...good, violations: 2 }, 1)).toEqual(["2 violations"]);
    expect(shortcomings({ ...good, troubles: ["not at rest"] }, 1)).toEqual(["not at rest"]);
  });

  it("[FL1] over ten minutes of the standard profile 10^5", () => {
    const standard = PROFILES.find(({ name }) => name === "standard");
    expect((standard?.ackedPerSecond ?? 0) * (standard?.seconds ?? 0)).toBeGreaterThanOrEqual(100_000);
  });
});

describe("the nemesis", () => {
  const faults = ["a", "b", "c", "d"].map((name): FaultKind => ({ name, inflict: async () => {} }));
  const options = { faults, seed: 7, quietMs: { least: 100, most: 200 }, together: 3 };
  const take = (seed: number) => {
    const all = rounds({ ...options, seed });
    return Array.from({ length: 200 }, () => all.next().value);
  };

  it("[FL4] follows from its seed", () => {
    expect(take(7)).toEqual(take(7));
    expect(take(8)).not.toEqual(take(7));
  });

  it("[FL5] draws some of all faults, each once, with quiet before", () => {
    const drawn = take(7);
    for (const { quietMs, faults: chosen } of drawn) {
      expect(quietMs).toBeGreaterThanOrEqual(100);
      expect(quietMs).toBeLessThanOrEqual(200);
      expect(new Set(chosen.map(({ kind }) => kind)).size).toBe(chosen.length);
    }
    expect(new Set(drawn.map(({ faults: { length } }) => length))).toEqual(new Set([1, 2, 3]));
    expect(new Set(drawn.flatMap(({ faults: chosen }) => chosen.map(({ kind }) => kind.name)))).toEqual(new Set(["a", "b", "c", "d"]));
  });
});

describe("the cast", () => {
  it("[FL4] follows from its seed", () => {
    expect(castOf(3, 4, 32)).toEqual(castOf(3, 4, 32));
    expect(castOf(4, 4, 32)).not.toEqual(castOf(3, 4, 32));
  });

  it.each(PROFILES)("[FL6] of profile $name has devices of every kind", ({ processes, devices }) => {
    const { parts, channels } = castOf(1, processes, devices);
    expect(parts).toHaveLength(devices);
    const kinds = ["member", "rider", "outsider", "visitor", "wanderer", "reader", "caller", "doubler", "renewer", "intruder", "ghost", "listener"];
    expect(new Set(parts.map(({ role }) => role))).toEqual(new Set(kinds));
    expect(new Set(channels.map(({ log }) => log))).toEqual(new Set(["durable", "memory"]));
    const users = parts.map(({ user }) => user);
    expect(new Set(users).size).toBeLessThan(users.length);
    expect(new Set(parts.map(({ user, device }) => `${user}/${device}`)).size).toBe(devices);
    for (const caller of parts.filter(({ role }) => role === "caller")) expect(caller.others).not.toEqual([]);
  });
});

describe("marked points", () => {
  it("[FL9] each fits its file once", () => {
    expect(new Set(MARKS.map(({ name }) => name)).size).toBe(MARKS.length);
    for (const { file } of LAB_PATCHES) {
      const text = readFileSync(join(root, file), "utf8");
      for (const mark of LAB_PATCHES.filter((patch) => patch.file === file)) expect(patched(file, text, [mark])).not.toBe(text);
    }
  });

  it("[FL9] the product has none", async () => {
    const { outputFiles } = await build({
      entryPoints: [join(root, "src/server/worker.ts")],
      bundle: true,
      write: false,
      format: "esm",
      external: ["cloudflare:*", "node:*"],
      loader: { ".wasm": "empty" },
    });
    expect(outputFiles[0]?.text).not.toMatch(/labMark|workerd:unsafe/);
  });
});

describe("options", () => {
  it("[FL11] ten minutes of the standard profile, unless something else is asked for", () => {
    expect(readOptions([]).profile).toMatchObject({ name: "standard", seconds: 600 });
    expect(readOptions(["--hours", "2", "--seed", "5"])).toMatchObject({ profile: { seconds: 7_200 }, seed: 5 });
    expect(readOptions(["--profile", "short", "--minutes", "1"]).profile).toMatchObject({ name: "short", seconds: 60 });
    expect(() => readOptions(["--profile", "long"])).toThrow("no profile long");
    expect(() => readOptions(["--minutes", "soon"])).toThrow("--minutes");
  });
});
