import { LIMITS } from "../../protocol/limits.ts";
import type { Notice } from "../../protocol/messages/notice.ts";
import type { ChannelRef } from "../../protocol/names.ts";
import type { CountedMembers } from "./counted.ts";
import { Members, type PresenceChange, type RosterStore } from "./members.ts";
import type { Readers } from "./readers.ts";

/** Count notices, ms apart (RTM 1.x: one a second, one in three above 512 members). */
const COUNT_EVERY_MS = 1000;
const COUNT_EVERY_LARGE_MS = 3000;

/** The members of a channel, and what the others are told of them. */
export class Attendance {
  readonly members: Members;
  /** Those who stand in no list here. */
  readonly counted: CountedMembers;
  readonly #channel: ChannelRef;
  readonly #changed: (change: PresenceChange, isNamed: boolean) => void;
  #countTold: number;
  #countToldAt = Number.NEGATIVE_INFINITY;
  /** Members were found without a connection after a start: a snapshot is owed when their lease is over. */
  #recovering = false;
  #snapshotOwed = false;

  constructor(
    channel: ChannelRef,
    roster: RosterStore,
    counted: CountedMembers,
    changed: (change: PresenceChange, isNamed: boolean) => void = () => undefined,
  ) {
    this.#channel = channel;
    this.#changed = changed;
    this.members = new Members(roster);
    this.counted = counted;
    this.#countTold = this.users;
  }

  /** How many users are in. */
  get users(): number {
    return this.members.users + this.counted.users;
  }

  /**
   * After a start: squares the list with the connections there are. A connection that is not listed came just before the
   * object went, and is. A member without one was lost with the object, and has one lease to come back.
   */
  reconcile(readers: Readers, now: number): void {
    for (const { user, device, generation, via } of readers) {
      if (!this.members.isIn(user, device)) this.members.join({ user, device, generation, joinedAt: now, via });
    }
    for (const { user, device, goneAt, via } of [...this.members]) {
      // Leaves live on by themselves, and say who is there.
      if (via === "leaf") continue;
      if (goneAt === undefined && readers.get(user, device) === undefined && this.members.lose(user, device, now)) this.#recovering = true;
    }
  }

  /** Members went with the object that held their sockets: they have one lease to come back, and a snapshot follows. */
  unclean(): void {
    this.#recovering = true;
  }

  /** Everybody is named again. What members were not told of they are not told now: the snapshot says who is there. */
  name(): void {
    this.#changed(this.members.takeChanges(), false);
    this.counted.name();
    this.#snapshotOwed = true;
  }

  /** Ends what is over; the next lease's end, if one runs. */
  endLeases(now: number, leaseMs: number): number | undefined {
    const { over, next } = this.members.leases(now, leaseMs);
    for (const { user, device } of over) this.members.leave(user, device);
    this.#snapshotOwed ||= this.#recovering;
    this.#recovering = false;
    return next;
  }

  /** Whether anything is to be written or told, now or when the time for a count has come. */
  get owes(): boolean {
    return this.changed || this.countOwed;
  }

  /** Whether there is something besides a count. */
  get changed(): boolean {
    return this.members.changed || this.counted.changed || (this.#snapshotOwed && this.counted.isNamed);
  }

  get countOwed(): boolean {
    return this.#countTold !== this.users;
  }

  get countDueAt(): number {
    return this.#countToldAt + (this.users > LIMITS.presenceEventMembers ? COUNT_EVERY_LARGE_MS : COUNT_EVERY_MS);
  }

  /** Writes the changes, and says what the members are to be told of them. */
  settle(now: number): Notice[] {
    this.members.save();
    this.counted.save();
    const notices = this.#changes();
    if (this.#snapshotOwed && this.counted.isNamed) {
      notices.push(this.#snapshot());
      this.#snapshotOwed = false;
    }
    if (this.countOwed && now >= this.countDueAt) {
      notices.push({ type: "notice", name: "channel.count", channel: this.#channel, count: this.users });
      this.#countTold = this.users;
      this.#countToldAt = now;
    }
    return notices;
  }

  /** RTM 1.x: above 512 members only the count is told. */
  #changes(): Notice[] {
    const change = this.members.takeChanges();
    const { joined, left, gone } = change;
    const { isNamed } = this.counted;
    if (joined.length + gone.length > 0) this.#changed(change, isNamed);
    if (!isNamed || this.members.users > LIMITS.presenceEventMembers) return [];
    const notices: Notice[] = [];
    if (joined.length > 0) notices.push({ type: "notice", name: "channel.joined", channel: this.#channel, users: joined });
    if (left.length > 0) notices.push({ type: "notice", name: "channel.left", channel: this.#channel, users: left });
    return notices;
  }

  #snapshot(): Notice {
    const count = this.users;
    return {
      type: "notice",
      name: "channel.members",
      channel: this.#channel,
      users: count <= LIMITS.presenceEventMembers ? this.members.userIds() : [],
      count,
    };
  }
}
