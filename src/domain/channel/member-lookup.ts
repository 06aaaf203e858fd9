import type { Hub } from "../leaf/hub.ts";
import type { MembersPage } from "../leaf/walk.ts";
import type { Attendance } from "./attendance.ts";
import type { Presence } from "./members.ts";

export interface MemberLookupParts {
  readonly attendance: Attendance;
  readonly hub: () => Hub | undefined;
  /** Somebody is in by what was found. */
  readonly came: () => void;
}

/** Who is in a channel: by its list, and where members are counted by what their leaves say. */
export class MemberLookup {
  readonly #parts: MemberLookupParts;

  constructor(parts: MemberLookupParts) {
    this.#parts = parts;
  }

  /** Whether this user is in. */
  has(user: string): boolean | Promise<boolean> {
    if (this.isListed(user)) return true;
    return this.#counting?.has(user) ?? false;
  }

  /** Whether this user stands in the list: who is in does, unless members are counted. */
  isListed(user: string): boolean {
    return this.#parts.attendance.members.has(user);
  }

  /** Where those of these users are that may be in and stand in no list; undefined: all are in the list who are in. */
  find(users: readonly string[]): Promise<readonly Presence[]> | undefined {
    const hub = this.#counting;
    const unlisted = hub === undefined ? [] : users.filter((user) => !this.isListed(user));
    return unlisted.length === 0 ? undefined : hub?.find(unlisted);
  }

  /**
   * The list is written in this turn, as it stands, with what else is written that is to end with a member's going. These, who are
   * here by their leaf's word, stand in it from now on, and are known by name for as long as `names` has them.
   */
  list(seats: readonly Presence[]): void {
    const { members } = this.#parts.attendance;
    const unlisted = seats.filter(({ user }) => !this.isListed(user));
    for (const seat of unlisted) members.join(seat);
    if (unlisted.length > 0) this.#parts.came();
    members.save();
  }

  /** A page of those who are in the list: all, unless members are counted. */
  listedPage(after: string | undefined, limit: number): MembersPage & { readonly total: number } {
    const { members, users } = this.#parts.attendance;
    return { ...members.page(after, limit), total: users };
  }

  /** A page of all members: by name, or where they are counted in the order of their leaves. */
  async page(after: string | undefined, limit: number): Promise<MembersPage & { readonly total: number }> {
    const hub = this.#counting;
    if (hub === undefined) return this.listedPage(after, limit);
    return { ...(await hub.page(after, limit)), total: this.#parts.attendance.users };
  }

  /** The hub, where it counts some of the members. */
  get #counting(): Hub | undefined {
    const hub = this.#parts.hub();
    return hub?.isCounting === true ? hub : undefined;
  }
}
