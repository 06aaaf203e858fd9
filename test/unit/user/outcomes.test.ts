import { describe, expect, it } from "vitest";
import { Outcomes } from "../../../src/domain/user/outcomes.ts";

const name = (id: number, device = "phone", from = "ada") => ({ from, device, id });

describe("outcomes", () => {
  it("[PM7] are those of a name, whole", () => {
    const outcomes = new Outcomes(100);
    const all = [
      { delivered: 0, waiting: 0 },
      { delivered: 3, waiting: 1 },
      { delivered: 4, waiting: 0 },
      { delivered: 0, waiting: 10 },
      { delivered: 1, waiting: 0, stored: true },
      { delivered: 1, waiting: 2, duplicate: true },
    ] as const;
    for (const [id, outcome] of all.entries()) outcomes.set(name(id), outcome);
    expect(all.map((_, id) => outcomes.get(name(id)))).toEqual(all);
    expect([outcomes.get(name(0, "laptop")), outcomes.get(name(0, "phone", "bob")), outcomes.get(name(99))]).toEqual([undefined, undefined, undefined]);
    outcomes.set(name(0), { delivered: 1, waiting: 0 });
    expect(outcomes.get(name(0))).toEqual({ delivered: 1, waiting: 0 });
  });

  it("[PM7] are remembered for the newest, whoever sent them", () => {
    const outcomes = new Outcomes(4);
    const [ada, bob] = [Array.from({ length: 8 }, (_, id) => name(id)), Array.from({ length: 8 }, (_, id) => name(id, "phone", "bob"))];
    for (const each of [...ada, ...bob]) outcomes.set(each, { delivered: 1, waiting: 0 });
    const known = [...ada, ...bob].filter((each) => outcomes.get(each) !== undefined);
    expect(known).toEqual(bob.slice(4));
    for (const each of bob.slice(0, 3)) outcomes.set(each, { delivered: 0, waiting: 1 });
    expect(outcomes.get(name(7, "phone", "bob"))).toEqual({ delivered: 1, waiting: 0 });
    expect(outcomes.get(name(0, "phone", "bob"))).toEqual({ delivered: 0, waiting: 1 });
  });
});
