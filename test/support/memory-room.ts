import type { Listed } from "../../src/domain/membership/store.ts";
import type { RoomStore, Staff } from "../../src/domain/room/store.ts";
import type { GroupList } from "../../src/protocol/messages/group.ts";
import type { RoomDetails, RoomEdit, RoomKey, RoomPin } from "../../src/protocol/messages/room.ts";

/** A room in memory: the twin of the SQLite one. */
export class MemoryRoomStore implements RoomStore {
  #details: RoomDetails | undefined;
  #dismissed = false;
  #revision = 0;
  readonly #staff = new Map<string, Staff>();
  readonly #lists: Readonly<Record<GroupList, Map<string, Listed>>> = { block: new Map(), mute: new Map(), allow: new Map() };
  readonly #tags = new Map<string, readonly string[]>();
  readonly #keys = new Map<string, RoomKey>();
  readonly #recalled = new Map<string, number>();
  readonly #edited = new Map<string, RoomEdit>();
  readonly #pins = new Map<string, RoomPin>();

  details(): RoomDetails | undefined {
    return this.#details;
  }
  setDetails(details: RoomDetails): void {
    this.#details = details;
  }
  dismiss(): void {
    this.#dismissed = true;
    this.#details = undefined;
    for (const rows of [this.#staff, this.#tags, this.#keys, this.#recalled, this.#edited, this.#pins, ...Object.values(this.#lists)]) rows.clear();
  }
  dismissed(): boolean {
    return this.#dismissed;
  }
  staff(): ReadonlyMap<string, Staff> {
    return this.#staff;
  }
  putStaff(user: string, role: Staff): void {
    this.#staff.set(user, role);
  }
  dropStaff(user: string): void {
    this.#staff.delete(user);
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
  listPage(list: GroupList, after: string | undefined, limit: number): Listed[] {
    const rising = [...this.#lists[list].values()].sort((a, b) => (a.user < b.user ? -1 : 1));
    return rising.filter(({ user }) => after === undefined || user > after).slice(0, limit);
  }
  tagsOf(user: string): readonly string[] {
    return this.#tags.get(user) ?? [];
  }
  setTags(user: string, tags: readonly string[]): void {
    if (tags.length === 0) this.#tags.delete(user);
    else this.#tags.set(user, tags);
  }
  countTagged(): number {
    return this.#tags.size;
  }
  revision(): number {
    return this.#revision;
  }
  keys(): ReadonlyMap<string, RoomKey> {
    return this.#keys;
  }
  changeKeys(set: readonly RoomKey[], removed: readonly string[], revision: number): void {
    for (const one of set) this.#keys.set(one.key, one);
    for (const key of removed) this.#keys.delete(key);
    this.#revision = revision;
  }
  isRecalled(id: string): boolean {
    return this.#recalled.has(id);
  }
  putRecalled(id: string, at: number): void {
    this.#recalled.set(id, at);
  }
  countRecalled(): number {
    return this.#recalled.size;
  }
  forgetRecalled(before: number): void {
    for (const [id, at] of this.#recalled) if (at < before) this.#recalled.delete(id);
  }
  edited(id: string): RoomEdit | undefined {
    return this.#edited.get(id);
  }
  putEdited(edit: RoomEdit): void {
    this.#edited.set(edit.id, edit);
  }
  dropEdited(id: string): void {
    this.#edited.delete(id);
  }
  countEdited(): number {
    return this.#edited.size;
  }
  forgetEdited(before: number): void {
    for (const [id, { edited }] of this.#edited) if (edited.at < before) this.#edited.delete(id);
  }
  pins(): RoomPin[] {
    return [...this.#pins.values()];
  }
  putPin(pin: RoomPin): void {
    this.#pins.set(pin.message.id, pin);
  }
  dropPin(id: string): void {
    this.#pins.delete(id);
  }
}
