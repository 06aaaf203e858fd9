import type { Scheduler } from "../platform/scheduler.ts";

/** What only some runs have: each by a draw of its own, so that what one run has says nothing of the next. */
export interface Extras {
  /** Devices are given tokens that say less, and their rights back. */
  readonly renewals: boolean;
  /** Devices are thrown out, and their tickets tried again. */
  readonly thief: boolean;
  /** The devices of a user answer a call at the same moment. */
  readonly races: boolean;
  /** When all has been quiet for long, the service is killed once more. */
  readonly encore: boolean;
  /** More waits for a device than it is handed at once, and more comes while it takes it. */
  readonly flood: boolean;
  /** Nothing is to be kept in the channel whose log is in memory: else it is durable for as long as something waits for export. */
  readonly fleeting: boolean;
  /** Channels are spread over leaves, and there are more people. */
  readonly leaves: boolean;
  /** With leaves: calls between objects get lost all the time, so that little is told at once. */
  readonly lossy: boolean;
  /** With leaves: members of channels with more than a few are counted. */
  readonly counted: boolean;
}

/** Dear runs, with all that the others have. */
const LEAVES = 0.15;

export const NO_EXTRAS: Extras = {
  ...{ renewals: false, thief: false, races: false, encore: false, flood: false, fleeting: false },
  ...{ leaves: false, lossy: false, counted: false },
};

export function drawExtras(scheduler: Scheduler): Extras {
  const draw = scheduler.stream("extras");
  return {
    ...{ renewals: draw() < 0.4, thief: draw() < 0.4, races: draw() < 0.5, encore: draw() < 0.3, flood: draw() < 0.15, fleeting: draw() < 0.6 },
    ...{ leaves: draw() < LEAVES, lossy: draw() < 0.2, counted: draw() < 0.5 },
  };
}

/** When the devices that answer a call at once do so, ms after it rings; of some calls only. */
export function races(scheduler: Scheduler): (call: string) => number | undefined {
  const random = scheduler.stream("answers");
  const known = new Map<string, number | undefined>();
  return (call) => {
    if (!known.has(call)) known.set(call, random() < 0.7 ? 50 + 500 * random() : undefined);
    return known.get(call);
  };
}
