import type { GroupDetails, GroupList, GroupRole } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Interval } from "./visibility.ts";

export interface MemberRow {
  readonly user: UserId;
  readonly role: GroupRole;
  readonly joinedAt: number;
  /** The number that the conversation gave when it came: higher than any before. */
  readonly entered: number;
  readonly intervals: readonly Interval[];
  readonly attributes: Readonly<Record<string, string>>;
  /** It takes no messages of this group. */
  readonly shielded: boolean;
}

/** A user on a list. `until`: in ms since 1970; undefined: for ever. */
export interface Listed {
  readonly user: UserId;
  readonly until?: number | undefined;
}

/** Somebody applies, or was invited, and waits for a word. */
export interface Asking {
  readonly user: UserId;
  readonly kind: "application" | "invitation";
  /** Who has invited. */
  readonly by?: UserId | undefined;
  readonly reason: string;
  readonly at: number;
}

/** A membership in durable storage. Every call is synchronous; what one turn writes is committed together. */
export interface MembershipStore {
  details(): GroupDetails | undefined;
  setDetails(details: GroupDetails): void;
  member(user: UserId): MemberRow | undefined;
  putMember(member: MemberRow): void;
  dropMember(user: UserId): void;
  members(): number;
  /** By name, beyond `after`. */
  memberPage(after: UserId | undefined, limit: number): readonly MemberRow[];
  listPage(list: GroupList, after: UserId | undefined, limit: number): readonly Listed[];
  askingPage(kind: Asking["kind"], after: UserId | undefined, limit: number): readonly Asking[];
  admins(): readonly UserId[];
  owner(): UserId | undefined;
  /** What somebody who has gone had seen. */
  past(user: UserId): readonly Interval[];
  setPast(user: UserId, intervals: readonly Interval[]): void;
  listed(list: GroupList, user: UserId): Listed | undefined;
  putListed(list: GroupList, listed: Listed): void;
  dropListed(list: GroupList, user: UserId): void;
  countListed(list: GroupList): number;
  asking(user: UserId): Asking | undefined;
  putAsking(asking: Asking): void;
  dropAsking(user: UserId): void;
  countAsking(kind: Asking["kind"]): number;
  /** It is dismissed: nothing of it is left but that. */
  dismiss(): void;
  dismissed(): boolean;
}

/** What roles and lists need of it: all that a room has. */
export type RolesStore = Pick<
  MembershipStore,
  "member" | "putMember" | "members" | "owner" | "admins" | "listed" | "putListed" | "dropListed" | "countListed" | "asking" | "dropAsking"
>;
