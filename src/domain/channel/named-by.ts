import type { FanOutLimits } from "./relay-plan.ts";

/** A list of so many is what rows hold: at 130 bytes each, 16 rows reach the platform's 2 MB with some 250,000. */
const NAMED_MEMBERS_MAX = 200_000;

/** Where servers hear who comes and goes, names are kept for as long as rows hold them. */
export const namedBy = (limits: FanOutLimits, reported: boolean): FanOutLimits =>
  reported ? { ...limits, countedMembers: Math.max(limits.countedMembers, NAMED_MEMBERS_MAX) } : limits;
