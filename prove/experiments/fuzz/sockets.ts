import fc from "fast-check";
import type { Address } from "../support/service.ts";
import { conversation } from "./frames.ts";
import { type Door, Stage } from "./stage.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  readonly milliseconds: number;
  /** More that may be wrong after each case: what the server has logged. */
  readonly alsoWrong?: () => string | undefined;
}

export interface Fuzzed {
  readonly runs: number;
  /** How often each outcome was had. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The smallest case that fails, with the seed and path that bring it back. */
  readonly failure: string | undefined;
}

/** Says to sockets of both kinds what no client of ours would, beside people who must not notice. */
export async function fuzzSockets(address: Address, { seed, runs, milliseconds, alsoWrong }: FuzzOptions): Promise<Fuzzed> {
  const stage = await Stage.open(address);
  const door = fc.constantFrom<Door>("session", "direct");
  let done = 0;
  const property = fc.asyncProperty(door, conversation(stage.cast), async (where, steps) => {
    done += 1;
    const wrong = (await stage.suffer(where, steps)) ?? (await stage.notice()) ?? alsoWrong?.();
    if (wrong !== undefined) throw new Error(wrong);
  });
  try {
    const result = await fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: milliseconds, endOnFailure: false });
    return { runs: done, outcomes: stage.outcomes, failure: result.failed && result.counterexample !== null ? failureOf(result) : undefined };
  } finally {
    stage.close();
  }
}

export function failureOf({
  seed,
  counterexamplePath,
  counterexample,
  errorInstance,
}: Pick<fc.RunDetails<unknown>, "seed" | "counterexamplePath" | "counterexample" | "errorInstance">): string {
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `${error}; seed ${seed}, path ${counterexamplePath}: ${JSON.stringify(counterexample).slice(0, 1_500)}`;
}
