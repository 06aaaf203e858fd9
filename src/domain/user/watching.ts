/** For how long a user watches another: as long as it is logged in, up to a time, or both. */
export interface WatchTerm {
  readonly session?: true | undefined;
  readonly until?: number | undefined;
}

/** What the watched user is asked for: news until that time, or until told otherwise; of the state alone, or of each device. */
export interface WatchWish {
  readonly until?: number | undefined;
  readonly details?: true | undefined;
}

/** Whether it is over. */
export const isOver = ({ session, until }: WatchTerm, now: number): boolean => session === undefined && (until === undefined || until <= now);

/** What is left when one of both ends. */
export const without = <Term extends WatchTerm>(term: Term, which: keyof WatchTerm): Term => ({ ...term, [which]: undefined });

export const wishOf = ({ session, until, details }: WatchTerm & WatchWish): WatchWish => ({
  ...(session === undefined && until !== undefined && { until }),
  ...(details && { details }),
});
