import type { Stage } from "./stage.ts";

/** Messages of one writer that wait for their outcome: enough to fill the pauses of a loss, and few enough not to be a flood after it. */
const WINDOW = 3;

/** Says one message after the other without waiting for outcomes, until the play ends; then waits for those. */
export async function writeOn(stage: Stage, say: (n: number) => Promise<unknown>): Promise<void> {
  const open = new Set<Promise<unknown>>();
  for (let n = 0; stage.running; n++) {
    const outcome: Promise<unknown> = stage.under(say(n)).finally(() => open.delete(outcome));
    open.add(outcome);
    await stage.moment(stage.task.paceMs);
    if (open.size >= WINDOW) await Promise.race(open);
  }
  await Promise.all(open);
}
