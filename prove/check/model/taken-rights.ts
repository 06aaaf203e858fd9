import type { RunEvent, Target } from "../../record/event.ts";
import { userOf } from "./attendance.ts";
import { entry } from "./entry.ts";

/** A device renews its token every few seconds: of each user and channel so many of the last are more than any window needs. */
const TAKEN_MOST = 100;

/** When users lost their right to hear a channel, as far as may still matter. The channel knows it before the device that asked for it. */
export class TakenRights {
  readonly #times = new Map<string, number[]>();

  see(event: RunEvent): void {
    if (event.is !== "rights" || event.read) return;
    const times = entry(this.#times, keyOf(userOf(event.device), event.target), (): number[] => []);
    times.push(event.at);
    if (times.length > TAKEN_MOST) times.shift();
  }

  of(user: string, target: Target, from: number, to: number): boolean {
    return this.#times.get(keyOf(user, target))?.some((at) => at >= from && at <= to) === true;
  }
}

const keyOf = (user: string, target: Target): string => `${user} ${target}`;
