import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Part } from "./cast.ts";
import { Guest } from "./guest.ts";
import type { Stage } from "./stage.ts";

const STAY_MS = 2_000;
const STEP_MS = 200;
/** Of a lease: longer than one, whatever a busy machine makes of it. */
const LEASES_AWAY = 1.5;

/** A member that vanishes without a word, stays away for longer than a lease, and in the end for good: the channel must not think it there. */
export async function hauntOn(stage: Stage, part: Part, name: string): Promise<void> {
  while (stage.running) {
    const guest = await Guest.enter(stage, part, name).catch(() => undefined);
    await stage.moment(STAY_MS);
    guest?.vanish();
    const until = performance.now() + LIMITS.leaseMs * stage.task.timeScale * LEASES_AWAY;
    while (guest !== undefined && stage.running && performance.now() < until) await stage.moment(STEP_MS);
  }
}
