import type { GroupState } from "../../../client/chat/index.ts";
import type { Say } from "../words.ts";

/** Why this user may say nothing in a group, nor in its threads; undefined: it may, or nobody knows yet. */
export function silencedIn(group: GroupState | undefined, say: Say): string | undefined {
  if (group === undefined) return undefined;
  if (group.role === undefined) return say("notInGroup");
  if (group.details.disabled) return say("groupDisabled");
  if (group.muted) return say("youAreMuted");
  return group.details.allMuted && group.role === "member" && !group.allowed ? say("allAreMuted") : undefined;
}
