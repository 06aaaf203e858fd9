/** Where in a writer's messages a reader's loss stands: before all that it heard, among it, or after. */
export type Loss = "prefix" | "middle" | "postfix";

export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly loss: Loss;
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
