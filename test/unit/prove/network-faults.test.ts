import { describe, expect, test } from "vitest";
import type { ProxyConditions } from "../../../prove/lab/conditions.ts";
import type { Lab } from "../../../prove/lab/fault.ts";
import { NETWORK_FAULTS } from "../../../prove/lab/faults/network.ts";
import { packetRules } from "../../../prove/lab/network/rules.ts";
import { randomFrom } from "../../support/random.ts";

/** A lab that only writes down what is done to it; its time passes at once, or when the test says so. */
function paperLab(pause: (ms: number) => Promise<void> = async () => {}) {
  const done: (ProxyConditions | "reset" | "end")[] = [];
  const named: string[] = [];
  const lab: Lab = {
    server: {
      ...{ url: "", pid: 0, isTestBuild: false, hasDatabase: false, refuseDatabase: async () => false },
      ...{ kill: async () => {}, restart: async () => {}, rebuild: async () => {} },
      ...{ alone: (work) => work(), reach: async () => false, forget: async () => false, endChannel: async () => false },
    },
    proxy: { url: "", set: (conditions) => done.push(conditions), cut: (how) => done.push(how) },
    clients: [],
    timeScale: 1,
    now: () => 0,
    fault: ({ name, detail = "" }) => named.push(`${name} ${detail}`),
    pause,
  };
  return { lab, done, named };
}

describe("faults of the network", () => {
  test.each(NETWORK_FAULTS)("[NL10] $name does something, says so once, and undoes it", async (fault) => {
    const { lab, done, named } = paperLab();
    await fault.inflict(lab, randomFrom(5));
    expect(named).toHaveLength(1);
    expect(named[0]).toMatch(new RegExp(`^${fault.name} `));
    expect(done.some((what) => typeof what === "string" || Object.keys(what).length > 0)).toBe(true);
    expect(done.at(-1) === "reset" || done.at(-1) === "end" ? done.at(-2) : done.at(-1)).toEqual({});
  });

  test.each(NETWORK_FAULTS)("[NL10] $name is the same for one seed", async (fault) => {
    const [first, second] = [paperLab(), paperLab()];
    await fault.inflict(first.lab, randomFrom(11));
    await fault.inflict(second.lab, randomFrom(11));
    expect(second.named).toEqual(first.named);
    expect(second.done).toEqual(first.done);
  });

  test("[NL11] two at once take turns", async () => {
    const waits: (() => void)[] = [];
    const { lab, named } = paperLab(() => new Promise((resolve) => waits.push(resolve)));
    const both = Promise.all([NETWORK_FAULTS[3]?.inflict(lab, randomFrom(1)), NETWORK_FAULTS[7]?.inflict(lab, randomFrom(2))]);
    const next = async (): Promise<void> => {
      while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waits.shift()?.();
    };
    while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(named).toHaveLength(1);
    await next();
    await next();
    await both;
    expect(named).toHaveLength(2);
  });
});

describe("packet rules", () => {
  const INTERFACES = { clients: "c", server: "s" };

  test("[NL12] lose each direction its share", () => {
    const rules = packetRules(INTERFACES, { lossUp: 70, lossDown: 30 }, 1);
    expect(rules).toContain('iifname "c" numgen random mod 100 < 70 counter drop');
    expect(rules).toContain('iifname "s" numgen random mod 100 < 30 counter drop');
  });

  test("[NL12] let all through where nothing is asked for", () => {
    expect(packetRules(INTERFACES, {}, 1)).not.toContain("drop");
  });

  test("[NL13] part one way or both, for new or established connections only", () => {
    expect(packetRules(INTERFACES, { partition: "up" }, 4)).toContain('iifname "c" counter drop');
    expect(packetRules(INTERFACES, { partition: "up" }, 4)).not.toContain('iifname "s" counter drop');
    expect(packetRules(INTERFACES, { partition: "both", only: "new" }, 4)).toContain('iifname "s" ct mark == 4 counter drop');
    expect(packetRules(INTERFACES, { partition: "down", only: "established" }, 4)).toContain('iifname "s" ct mark != 4 counter drop');
  });
});
