import type { GroupList } from "../../protocol/messages/group.ts";
import type { RoomDetails, RoomEdit, RoomKey, RoomPin } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Listed } from "../membership/store.ts";

export type Staff = "owner" | "admin";

/** What of a room outlives those who are in it. Every call is synchronous; what one turn writes is committed together. */
export interface RoomStore {
  details(): RoomDetails | undefined;
  setDetails(details: RoomDetails): void;
  /** It is dismissed: nothing of it is left but that. */
  dismiss(): void;
  dismissed(): boolean;

  staff(): ReadonlyMap<UserId, Staff>;
  putStaff(user: UserId, role: Staff): void;
  dropStaff(user: UserId): void;

  listed(list: GroupList, user: UserId): Listed | undefined;
  putListed(list: GroupList, listed: Listed): void;
  dropListed(list: GroupList, user: UserId): void;
  countListed(list: GroupList): number;
  listPage(list: GroupList, after: UserId | undefined, limit: number): readonly Listed[];

  tagsOf(user: UserId): readonly string[];
  setTags(user: UserId, tags: readonly string[]): void;
  countTagged(): number;

  /** Of the newest change of any key. */
  revision(): number;
  keys(): ReadonlyMap<string, RoomKey>;
  /** The count goes on over what is removed. */
  changeKeys(set: readonly RoomKey[], removed: readonly string[], revision: number): void;

  isRecalled(id: string): boolean;
  putRecalled(id: string, at: number): void;
  countRecalled(): number;
  /** Those recalled before, which history keeps no longer. */
  forgetRecalled(before: number): void;

  /** What a message says now, if it was edited. */
  edited(id: string): RoomEdit | undefined;
  putEdited(edit: RoomEdit): void;
  dropEdited(id: string): void;
  countEdited(): number;
  /** Those edited before, which history keeps no longer. */
  forgetEdited(before: number): void;

  pins(): readonly RoomPin[];
  putPin(pin: RoomPin): void;
  dropPin(id: string): void;
}
