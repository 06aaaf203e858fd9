/** Where in a writer's messages a reader's loss stands: before all that it heard, among it, or after. */
export type Loss = "prefix" | "middle" | "postfix";

export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly loss: Loss;
}

/** Lost messages, and where they stood. */
export class LossTally {
  readonly #lost = { prefix: 0, middle: 0, postfix: 0 };

  add({ from, to, loss }: Missing): void {
    this.#lost[loss] += to - from + 1;
  }

  tally(): Record<string, number> {
    const { prefix, middle, postfix } = this.#lost;
    return { "lost, prefix": prefix, "lost, middle": middle, "lost, postfix": postfix };
  }
}

/**
 * Of messages 1 to `last`: those that had to be heard and were not, joined where nothing that had to be heard stands between.
 * Who heard nothing at all lost the prefix.
 */
export function missing(last: number, fate: (n: number) => "heard" | "lost" | "none"): Missing[] {
  const runs: { from: number; to: number; after: boolean }[] = [];
  let heard = false;
  let open = false;
  let heardLast = 0;
  for (let n = 1; n <= last; n++) {
    const became = fate(n);
    if (became === "none") continue;
    if (became === "heard") {
      heard = true;
      open = false;
      heardLast = n;
      continue;
    }
    const run = runs.at(-1);
    if (open && run !== undefined) run.to = n;
    else runs.push({ from: n, to: n, after: heard });
    open = true;
  }
  return runs.map(({ from, to, after }) => ({ from, to, loss: !after ? "prefix" : from > heardLast ? "postfix" : "middle" }));
}
