import type { GroupChange, GroupDetails, GroupEvent, GroupList, GroupRole, ThreadInfo } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { MessageRecord } from "../message.ts";

export type { GroupChange, GroupDetails, GroupEvent, GroupList, GroupRole, ThreadInfo };

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

/** What is said of a thread, among what happens in its group. */
export type ThreadEvent = Extract<GroupEvent, { kind: `thread${string}` }>;

/** Something has happened to a thread of a group. `from`: who did it, if that was said. */
export interface ThreadNews {
  readonly group: UserId;
  readonly from?: UserId | undefined;
  readonly event: ThreadEvent;
}

/** A thread as this device knows it. */
export interface ThreadState extends ThreadInfo {
  readonly group: UserId;
  /** This user is in it: what is said there is told to its devices. */
  readonly joined: boolean;
  /** How many messages it has, up to 1,000; undefined: nobody has said. */
  readonly messages: number | undefined;
  /** The newest of them, for its overview. */
  readonly last: MessageRecord | undefined;
  /** Of this user; 0 where it has not joined. */
  readonly unread: number;
}

export type ThreadMember = OutputOf<"thread.members">["members"][number];
/** How many messages a thread has, and the last one that all of its members see. */
export type ThreadLast = OutputOf<"thread.last">["threads"][number];

export interface ThreadPage {
  /** Threads of messages before this one. */
  readonly before?: number;
  /** Those alone that the user has joined. */
  readonly joined?: boolean;
  readonly limit?: number;
}
