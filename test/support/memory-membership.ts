import type { Asking, Listed, MemberRow, MembershipStore } from "../../src/domain/membership/store.ts";
import type { Interval } from "../../src/domain/membership/visibility.ts";
import type { GroupDetails, GroupList } from "../../src/protocol/messages/group.ts";

/** A membership in memory: the twin of the SQLite one. */
export class MemoryMembershipStore implements MembershipStore {
  #details: GroupDetails | undefined;
  #dismissed = false;
  readonly #members = new Map<string, MemberRow>();
  readonly #past = new Map<string, readonly Interval[]>();
  readonly #lists: Readonly<Record<GroupList, Map<string, Listed>>> = { block: new Map(), mute: new Map(), allow: new Map() };
  readonly #asking = new Map<string, Asking>();

  details(): GroupDetails | undefined {
    return this.#details;
  }
  setDetails(details: GroupDetails): void {
    this.#details = details;
  }
  member(user: string): MemberRow | undefined {
    return this.#members.get(user);
  }
  putMember(member: MemberRow): void {
    this.#members.set(member.user, member);
  }
  dropMember(user: string): void {
    this.#members.delete(user);
  }
  members(): number {
    return this.#members.size;
  }
  memberPage(after: string | undefined, limit: number): MemberRow[] {
    return page(this.#members, after, limit);
  }
  listPage(list: GroupList, after: string | undefined, limit: number): Listed[] {
    return page(this.#lists[list], after, limit);
  }
  askingPage(kind: Asking["kind"], after: string | undefined, limit: number): Asking[] {
    return page(new Map([...this.#asking].filter(([, one]) => one.kind === kind)), after, limit);
  }
  dismissed(): boolean {
    return this.#dismissed;
  }
  dismiss(): void {
    this.#dismissed = true;
    this.#details = undefined;
    for (const rows of [this.#members, this.#past, this.#asking, ...Object.values(this.#lists)]) rows.clear();
  }
  admins(): string[] {
    return [...this.#members.values()].flatMap(({ user, role }) => (role === "admin" ? [user] : []));
  }
  owner(): string | undefined {
    return [...this.#members.values()].find(({ role }) => role === "owner")?.user;
  }
  past(user: string): readonly Interval[] {
    return this.#past.get(user) ?? [];
  }
  setPast(user: string, intervals: readonly Interval[]): void {
    if (intervals.length === 0) this.#past.delete(user);
    else this.#past.set(user, intervals);
  }
  listed(list: GroupList, user: string): Listed | undefined {
    return this.#lists[list].get(user);
  }
  putListed(list: GroupList, listed: Listed): void {
    this.#lists[list].set(listed.user, listed);
  }
  dropListed(list: GroupList, user: string): void {
    this.#lists[list].delete(user);
  }
  countListed(list: GroupList): number {
    return this.#lists[list].size;
  }
  asking(user: string): Asking | undefined {
    return this.#asking.get(user);
  }
  putAsking(asking: Asking): void {
    this.#asking.set(asking.user, asking);
  }
  dropAsking(user: string): void {
    this.#asking.delete(user);
  }
  countAsking(kind: Asking["kind"]): number {
    return [...this.#asking.values()].filter((one) => one.kind === kind).length;
  }
}

/** By name, beyond `after`. */
function page<Row extends { readonly user: string }>(rows: ReadonlyMap<string, Row>, after: string | undefined, limit: number): Row[] {
  const rising = [...rows.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
  return rising.filter(({ user }) => after === undefined || user > after).slice(0, limit);
}
