import { ROOM_LIMITS } from "../../protocol/room-limits.ts";
import type { FanOutLimits } from "./relay-plan.ts";

/** A list of so many is what rows hold. */
const NAMED_MEMBERS_MAX = ROOM_LIMITS.roomMembers;

/** A room has rights and keys by the names of who is there; where servers hear who comes and goes, names are kept for as long as rows hold them. */
export function namedBy(limits: FanOutLimits, { isRoom, reported }: { readonly isRoom: boolean; readonly reported: boolean }): FanOutLimits {
  if (isRoom) return { ...limits, countedMembers: Number.POSITIVE_INFINITY };
  return reported ? { ...limits, countedMembers: Math.max(limits.countedMembers, NAMED_MEMBERS_MAX) } : limits;
}
