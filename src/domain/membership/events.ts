import type { UserId } from "../../protocol/names.ts";
import type { GroupDetails, ListName } from "./store.ts";

/** What has happened in a group, for its members' devices and for who is concerned. */
export type GroupEvent =
  | { readonly kind: "dismissed" }
  | { readonly kind: "updated"; readonly changed: Partial<GroupDetails> }
  | { readonly kind: "announced"; readonly announcement: string }
  | { readonly kind: "applied"; readonly user: UserId; readonly reason: string }
  | { readonly kind: "applicationAccepted"; readonly user: UserId }
  | { readonly kind: "applicationDeclined"; readonly user: UserId; readonly reason: string }
  | { readonly kind: "invited"; readonly user: UserId; readonly reason: string }
  | { readonly kind: "invitationAccepted"; readonly user: UserId }
  | { readonly kind: "invitationDeclined"; readonly user: UserId; readonly reason: string }
  /** Members without being asked. */
  | { readonly kind: "added"; readonly users: readonly UserId[] }
  | { readonly kind: "joined"; readonly users: readonly UserId[]; readonly count: number }
  | { readonly kind: "left"; readonly users: readonly UserId[]; readonly count: number }
  | { readonly kind: "removed"; readonly users: readonly UserId[] }
  | { readonly kind: "ownerChanged"; readonly owner: UserId; readonly before: UserId }
  | { readonly kind: "appointed" | "deposed"; readonly user: UserId }
  | { readonly kind: "listed" | "unlisted"; readonly list: ListName; readonly users: readonly UserId[]; readonly until?: number | undefined }
  | { readonly kind: "allMuted"; readonly on: boolean }
  | { readonly kind: "attributesChanged"; readonly user: UserId; readonly attributes: Readonly<Record<string, string>> };

/** Whom an event is for. */
export type Audience = "members" | "managers" | readonly UserId[];

export interface Told {
  readonly event: GroupEvent;
  readonly to: Audience;
}

/** What an act has brought about. */
export interface Effects {
  readonly told: readonly Told[];
  /** They are members from now on, and hear what comes. */
  readonly came: readonly UserId[];
  /** They are members no more, and have to hear that much. */
  readonly went: readonly UserId[];
  /** Of an act on several: those for whom it could not be done, and why. */
  readonly failed: readonly { readonly user: UserId; readonly message: string }[];
}

export const NOTHING: Effects = { told: [], came: [], went: [], failed: [] };
