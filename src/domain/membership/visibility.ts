/** What a member may see: messages beyond `after`, up to and with `upTo`; without it, up to the newest. */
export interface Interval {
  readonly after: number;
  readonly upTo?: number | undefined;
}

/** Stays that are kept apart. Of who came and went more often, the earliest are seen no more. */
export const INTERVALS = 20;

/** Somebody comes, when `head` is the newest number: it sees what comes from now on, and with `all` what there was before, too. */
export function enter(intervals: readonly Interval[], head: number, all: boolean): readonly Interval[] {
  if (intervals.at(-1)?.upTo === undefined && intervals.length > 0) return intervals;
  if (all) return [{ after: 0 }];
  const last = intervals.at(-1);
  // Nothing was said meanwhile: it goes on.
  if (last?.upTo === head) return [...intervals.slice(0, -1), { after: last.after }];
  return [...intervals, { after: head }].slice(-INTERVALS);
}

/** Somebody goes: it keeps what it has seen. */
export function leave(intervals: readonly Interval[], head: number): readonly Interval[] {
  const last = intervals.at(-1);
  if (last === undefined || last.upTo !== undefined) return intervals;
  const before = intervals.slice(0, -1);
  return last.after === head ? before : [...before, { after: last.after, upTo: head }];
}

export const sees = (intervals: readonly Interval[], seq: number): boolean =>
  intervals.some(({ after, upTo }) => seq > after && (upTo === undefined || seq <= upTo));
