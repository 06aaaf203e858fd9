import { describe, it } from "vitest";
import { LEAF_MUTATIONS } from "../../../prove/builds/leaf-mutations.ts";
import { finds, HOUR_MS } from "./seeded-bugs.ts";

describe("a seeded bug of leaves", () => {
  // Each seed without faults, too: there nothing excuses a word about somebody who only moved.
  it.each(LEAF_MUTATIONS)("[SM5] is found: $name, $what", { timeout: HOUR_MS }, (mutation) =>
    finds(mutation, (n) => ({ seed: (mutation.firstSeed ?? 1) - 1 + Math.ceil(n / 2), calm: n % 2 === 1, extras: { leaves: true, ...mutation.simulated } })),
  );
});
