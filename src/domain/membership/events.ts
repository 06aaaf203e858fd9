import type { GroupEvent } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";

/** Whom an event is for. */
export type Audience = "members" | "managers" | readonly UserId[];

export interface Told {
  readonly event: GroupEvent;
  readonly to: Audience;
}

/** For whom an act on several could not be done, and why. */
export interface Failed {
  readonly user: UserId;
  readonly message: string;
}

/** What an act has brought about. */
export interface Effects {
  readonly told: readonly Told[];
  /** They are members from now on, and hear what comes. */
  readonly came: readonly UserId[];
  /** They are members no more, and have to hear that much. */
  readonly went: readonly UserId[];
  readonly failed: readonly Failed[];
}

export const NOTHING: Effects = { told: [], came: [], went: [], failed: [] };

export const told = (event: GroupEvent, to: Audience): Told => ({ event, to });
