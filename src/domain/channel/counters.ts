import { PRIORITIES, type Priority } from "../../protocol/priority.ts";

type PerLane = Record<Priority, number>;
const perLane = (): PerLane => ({ high: 0, normal: 0, low: 0 });

/** What a channel has done since its object started: what it took, what became of it, and what that cost. */
export class ChannelCounters {
  /** Taken and given a place, by whether history keeps them. */
  readonly messages = { unstored: 0, stored: 0 };
  /** The same by lane. */
  readonly taken: PerLane = perLane();
  /** Left out because the channel was too busy. */
  readonly dropped: PerLane = perLane();
  /** Left out because a later one of the same key took their place. */
  readonly skipped: PerLane = perLane();
  /** Messages that went in the frame of an earlier one. */
  joined = 0;
  /** Frames sent, each to one reader; readers that were ended for being too slow; and updates that slow readers were spared. */
  frames = 0;
  slowReaders = 0;
  spared = 0;
  /** Times that something was written and waited for. */
  commits = 0;
  /** Page rows, by whether history keeps any of their messages. */
  readonly pages = { unstored: 0, stored: 0 };

  snapshot(): ChannelCounts {
    const { messages, taken, dropped, skipped, joined, frames, slowReaders, spared, commits, pages } = this;
    return {
      messages: { ...messages },
      taken: { ...taken },
      dropped: { ...dropped },
      skipped: { ...skipped },
      joined,
      frames,
      slowReaders,
      spared,
      commits,
      pages: { ...pages },
    };
  }
}

export type ChannelCounts = Readonly<Omit<ChannelCounters, "snapshot">>;

export const laneOf = (priority: Priority | undefined): Priority => priority ?? "normal";
export const laneIndex = (priority: Priority | undefined): number => PRIORITIES.indexOf(laneOf(priority));
