import type { GroupChange, GroupDetails, GroupEvent, GroupList, GroupRole } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { OutputOf } from "../../../protocol/operations/catalogue.ts";

export type { GroupChange, GroupDetails, GroupEvent, GroupList, GroupRole };

/** A group as this device knows it. */
export type GroupState = OutputOf<"group.get">;
export type GroupMember = OutputOf<"group.members">["members"][number];
export type GroupListed = OutputOf<"group.listed">["users"][number];
export type GroupAsking = OutputOf<"group.asking">["users"][number];

/** A group as whoever looks for one sees it. */
export type PublicGroup = OutputOf<"groups.public">["groups"][number];

/** Something has happened in a group, or to this user by one. `from`: who did it, if that was said; none: a server. */
export interface GroupNews {
  readonly group: UserId;
  readonly from?: UserId | undefined;
  readonly event: GroupEvent;
  /** When, in unix ms, where no device of this user was there to hear it then. */
  readonly at?: number | undefined;
}

/** This user was asked into a group, and has not answered. */
export interface GroupInvitation {
  readonly group: UserId;
  readonly by: UserId;
  readonly reason: string;
  readonly at: number;
}

export interface NewGroup extends GroupChange {
  /** A name that nobody has taken; default: a new one. */
  readonly id?: UserId;
  readonly members?: readonly UserId[];
}

/** For whom something could not be done, and why. */
export type Failed = OutputOf<"group.invite">["failed"];

/** Groups that the user is in, by name, with what it is in each; `failed`: those that could not be asked now. */
export type JoinedGroups = OutputOf<"group.joined">;

export interface GroupPage {
  readonly after?: UserId;
  readonly limit?: number;
}
