import type { GroupList } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Listed, MemberRow, RolesStore } from "../membership/store.ts";
import type { RoomStore } from "./store.ts";

/** Who is in the room now, as its channel says. */
export interface Presence {
  has(user: UserId): boolean;
  readonly count: number;
  /** Whether it is known as a super admin of the app: an admin in every room. */
  isSuperAdmin(user: UserId): boolean;
}

/** A room's members as the table of roles sees them: owner and admins, there or not, and whoever is in it. */
export class RoomRoles implements RolesStore {
  readonly #store: RoomStore;
  readonly #present: Presence;

  constructor(store: RoomStore, present: Presence) {
    this.#store = store;
    this.#present = present;
  }

  member(user: UserId): MemberRow | undefined {
    const role = this.#store.staff().get(user) ?? this.#visitor(user);
    return role === undefined ? undefined : { user, role, joinedAt: 0, entered: 0, intervals: [], attributes: {}, shielded: false };
  }

  #visitor(user: UserId): "admin" | "member" | undefined {
    if (this.#present.isSuperAdmin(user)) return "admin";
    return this.#present.has(user) ? "member" : undefined;
  }

  putMember({ user, role }: MemberRow): void {
    if (role === "member") this.#store.dropStaff(user);
    else this.#store.putStaff(user, role);
  }

  members(): number {
    return this.#present.count;
  }

  owner(): UserId | undefined {
    for (const [user, role] of this.#store.staff()) if (role === "owner") return user;
    return undefined;
  }

  admins(): readonly UserId[] {
    return [...this.#store.staff()].flatMap(([user, role]) => (role === "admin" ? [user] : []));
  }

  listed(list: GroupList, user: UserId): Listed | undefined {
    return this.#store.listed(list, user);
  }

  putListed(list: GroupList, listed: Listed): void {
    this.#store.putListed(list, listed);
  }

  dropListed(list: GroupList, user: UserId): void {
    this.#store.dropListed(list, user);
  }

  countListed(list: GroupList): number {
    return this.#store.countListed(list);
  }

  /** Nobody asks to come into a room. */
  asking(): undefined {
    return undefined;
  }

  dropAsking(): void {}
}
