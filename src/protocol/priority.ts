/** The lanes of a channel, first to last: in a busy one, what is in the first goes first, and what is in the last is left out first. */
export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];
