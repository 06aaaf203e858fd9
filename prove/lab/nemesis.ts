import { randomFrom } from "../../test/support/random.ts";
import type { FaultKind, Lab } from "./fault.ts";

export interface NemesisOptions {
  readonly faults: readonly FaultKind[];
  readonly seed: number;
  /** Between two rounds, at least and at most: what clients do meanwhile is acknowledged. */
  readonly quietMs: { readonly least: number; readonly most: number };
  /** So many faults of one round at most. */
  readonly together: number;
}

/** One round: some of all faults, each beginning a little later than the one before, so that they overlap. */
export interface Round {
  readonly quietMs: number;
  readonly faults: readonly { readonly kind: FaultKind; readonly afterMs: number; readonly seed: number }[];
}

const OVERLAP_MS = 1_500;

/** What the seed says, round by round: it does not depend on how the rounds before went. */
export function* rounds({ faults, seed, quietMs, together }: NemesisOptions): Generator<Round, never> {
  const random = randomFrom(seed);
  for (;;) {
    const left = [...faults];
    const count = 1 + Math.floor(random() ** 2 * Math.min(together, left.length));
    const chosen = Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
    yield {
      quietMs: quietMs.least + random() * (quietMs.most - quietMs.least),
      faults: chosen.map((kind) => ({ kind, afterMs: random() * OVERLAP_MS, seed: Math.floor(random() * 2 ** 32) })),
    };
  }
}

/** Attacks until `untilMs` on the lab's clock. Resolves when the last fault is over. */
export async function attack(lab: Lab, options: NemesisOptions, untilMs: number): Promise<void> {
  const beside = new Set<Promise<void>>();
  for (const round of rounds(options)) {
    await lab.pause(Math.min(round.quietMs, Math.max(0, untilMs - lab.now())));
    if (lab.now() >= untilMs) break;
    const begun = round.faults.map(async ({ kind, afterMs, seed }) => {
      await lab.pause(afterMs);
      const over = kind.inflict(lab, randomFrom(seed));
      if (kind.isBeside !== true) return over;
      const last = over.finally(() => beside.delete(last));
      beside.add(last);
    });
    await Promise.all(begun);
  }
  await Promise.all(beside);
}
