import type { UserId } from "../../protocol/names.ts";
import type { Interval } from "./visibility.ts";

export interface GroupDetails {
  readonly name: string;
  readonly description: string;
  readonly avatar: string;
  /** The program's own, as text. */
  readonly custom: string;
  /** Anybody finds it, and may apply. */
  readonly public: boolean;
  /** Who applies waits for a word of the owner or an admin. */
  readonly approval: boolean;
  readonly invitesOpen: boolean;
  /** Who is invited is asked. */
  readonly consent: boolean;
  readonly maxMembers: number;
  /** New members see what was said before they came. */
  readonly historyOpen: boolean;
  readonly allMuted: boolean;
  readonly disabled: boolean;
  readonly announcement: string;
  readonly createdAt: number;
}

export type MemberRole = "owner" | "admin" | "member";

export interface MemberRow {
  readonly user: UserId;
  readonly role: MemberRole;
  readonly joinedAt: number;
  readonly intervals: readonly Interval[];
  readonly attributes: Readonly<Record<string, string>>;
  /** It takes no messages of this group. */
  readonly shielded: boolean;
}

export type ListName = "block" | "mute" | "allow";

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
  admins(): readonly UserId[];
  owner(): UserId | undefined;
  /** What somebody who has gone had seen. */
  past(user: UserId): readonly Interval[];
  setPast(user: UserId, intervals: readonly Interval[]): void;
  listed(list: ListName, user: UserId): Listed | undefined;
  putListed(list: ListName, listed: Listed): void;
  dropListed(list: ListName, user: UserId): void;
  countListed(list: ListName): number;
  asking(user: UserId): Asking | undefined;
  putAsking(asking: Asking): void;
  dropAsking(user: UserId): void;
  countAsking(kind: Asking["kind"]): number;
}
