import { deviceKey, type Presence } from "../channel/members.ts";
import { type FanOutPlan, HUB, leafOf } from "../channel/relay-plan.ts";
import { Besides } from "./besides.ts";
import type { HubChannel, HubCounters } from "./hub-ports.ts";
import type { CountedReport, LeafState, NamedReport, Report } from "./messages.ts";
import { countOf, type Digest, digestOf, NOBODY, sameDigest } from "./roll.ts";

/** What the hub knows of a leaf. */
interface Known {
  sockets: number;
  /** The list as the leaf has reported it. */
  digest: Digest;
  /** Reports of its present life that were taken; undefined: none in this life of the hub. */
  reports: number | undefined;
  life: string | undefined;
  state: LeafState | undefined;
}

/** Who sits on which leaf, as leaves say it: by name in the channel's list, or as a number where the plan has them counted. */
export class Seats {
  readonly #channel: HubChannel;
  readonly #counters: HubCounters;
  readonly #plan: () => FanOutPlan;
  readonly #now: () => number;
  readonly #known = new Map<number, Known>();
  readonly #besides = new Besides();

  constructor(channel: HubChannel, counters: HubCounters, plan: () => FanOutPlan, now: () => number) {
    this.#channel = channel;
    this.#counters = counters;
    this.#plan = plan;
    this.#now = now;
    for (const { leaf } of channel.members()) if (leaf !== undefined) this.#of(leaf);
    for (const [leaf, known] of this.#known) known.digest = digestOf(this.#seatsOf(leaf));
    for (const [leaf, users] of channel.counted.leaves) this.#of(leaf).digest = countOf(users, this.#seatsOf(leaf));
    for (const known of this.#known.values()) known.sockets = known.digest.count;
  }

  /** Sockets on all leaves. */
  get sockets(): number {
    let sockets = 0;
    for (const known of this.#known.values()) sockets += known.sockets;
    return sockets;
  }

  /** Sockets of the fullest leaf. */
  get largest(): number {
    let largest = 0;
    for (const known of this.#known.values()) largest = Math.max(largest, known.sockets);
    return largest;
  }

  /** As their last answers had it, but for their sockets: those a leaf says with its own calls, too. */
  get states(): readonly LeafState[] {
    return [...this.#known.values()].flatMap(({ state, sockets }) => (state === undefined ? [] : [{ ...state, sockets }]));
  }

  has(leaf: number, sockets: number): void {
    this.#of(leaf).sockets = sockets;
  }

  /** False: it has to send the whole, in the way the plan says. */
  take(leaf: number, life: string, report: Report): boolean {
    const known = this.#of(leaf);
    // It was taken before, and its answer got lost; or its call took so long that the leaf has called again since.
    if (known.life === life && report.no <= (known.reports ?? 0)) return true;
    if ("users" in report !== (this.#plan().counted === true)) return false;
    if ("users" in report) this.#count(leaf, known, report);
    else if (!this.#name(leaf, known, report)) return false;
    known.reports = report.no;
    known.life = life;
    return true;
  }

  /** Leaves of which the hub has another list than they believe. */
  heard(states: readonly LeafState[]): number[] {
    const different: number[] = [];
    for (const state of states) {
      const known = this.#of(state.leaf);
      known.state = state;
      if (state.gone) {
        if (known.digest.count > 0) this.#lost(state.leaf, known);
        continue;
      }
      known.sockets = state.sockets;
      const { roll } = state;
      // A report that is on its way would make a difference that is none.
      if (roll === undefined || (known.reports !== undefined && known.life === state.life && known.reports !== roll.reports)) continue;
      if (sameDigest(known.digest, roll.digest)) continue;
      different.push(state.leaf);
      this.#counters.rolls += 1;
    }
    return different;
  }

  /** Members of these leaves are taken for gone; should they be there after all, their leaf's next report tells. */
  lost(isIts: (leaf: number) => boolean): void {
    for (const [leaf, known] of this.#known) if (isIts(leaf)) this.#lost(leaf, known);
  }

  /** Its members leave the list, and nobody is told: they are there. Who is known by name stays, as the leaf says. */
  #count(leaf: number, known: Known, { users, named = [], left = [], namedBy }: CountedReport): void {
    const names = new Set(this.#channel.names());
    const listed = new Set(named.map(({ user, device }) => deviceKey(user, device)));
    const isListed = ({ user, device }: Presence): boolean => listed.has(deviceKey(user, device));
    const goodbyes = new Set(left.map(({ user, device }) => deviceKey(user, device)));
    const knowsNames = namedBy === this.#plan().named;
    this.#besides.retain(leaf, isListed);
    for (const presence of this.#seatsIn(leaf)) {
      const { user, device } = presence;
      if (isListed(presence)) continue;
      if (!names.has(user)) this.#uncount(user, device);
      // One that does not know yet whom to name says nothing by not naming them.
      else if (knowsNames && presence.leaf === leaf && !this.#isElsewhere(user, device)) {
        if (goodbyes.has(deviceKey(user, device))) this.#channel.leave(user, device);
        else this.#channel.lose(user, device, false);
      }
    }
    for (const seat of named) this.#seat({ ...seat, joinedAt: this.#now(), via: "leaf", leaf });
    this.#channel.counted.set(leaf, users);
    known.digest = countOf(users, named);
  }

  #uncount(user: string, device: string): void {
    const seat = this.#besides.take(user, device);
    if (seat === undefined) this.#channel.forget(user, device);
    else this.#channel.seat(seat);
  }

  /** False: it starts from a list that the hub does not have. */
  #name(leaf: number, known: Known, { base, changes, after }: NamedReport): boolean {
    // That the list comes out the same says nothing: whom the hub has put out itself may be in again.
    if (base !== undefined && !sameDigest(known.digest, base)) return false;
    known.digest = after;
    this.#channel.counted.delete(leaf);
    this.#counters.changes += changes.length;
    if (base === undefined) this.#loseOthers(leaf, changes);
    for (const { is, user, device, generation } of changes) {
      if (is === "in") this.#seat({ user, device, generation, joinedAt: this.#now(), via: "leaf", leaf });
      else if (this.#channel.member(user, device)?.leaf !== leaf) this.#besides.drop(leaf, user, device);
      else if (!this.#isElsewhere(user, device)) {
        if (is === "left") this.#channel.leave(user, device);
        else this.#channel.lose(user, device, false);
      }
    }
    return true;
  }

  /** Of two places that have a device, the one counts where the plan has it; else the one that was told last. */
  #seat(presence: Presence & { readonly leaf: number }): void {
    const { user, device, generation, leaf } = presence;
    const member = this.#channel.member(user, device);
    if (member !== undefined && member.goneAt === undefined && member.leaf !== leaf) {
      if (member.generation > generation) return;
      if (member.generation === generation && (member.leaf ?? HUB) === leafOf(user, this.#plan().leaves)) return this.#besides.add(leaf, presence);
      if (member.leaf !== undefined) this.#besides.add(member.leaf, member);
    }
    this.#besides.drop(leaf, user, device);
    const here = this.#channel.reader(user, device);
    if (here?.via === "socket") this.#channel.replaced(here);
    this.#channel.seat(presence);
  }

  /** Whether a device that has gone from one place has another: then it is there. */
  #isElsewhere(user: string, device: string): boolean {
    const here = this.#channel.reader(user, device);
    const seat = here === undefined ? this.#besides.take(user, device) : { user, device, generation: here.generation, joinedAt: this.#now(), via: here.via };
    if (seat !== undefined) this.#channel.seat(seat);
    return seat !== undefined;
  }

  /** Members the hub has at a leaf that are not on its list went with an earlier life of it. */
  #loseOthers(leaf: number, changes: NamedReport["changes"]): void {
    const listed = new Set(changes.map(({ user, device }) => deviceKey(user, device)));
    const isListed = ({ user, device }: Presence): boolean => listed.has(deviceKey(user, device));
    this.#besides.retain(leaf, isListed);
    for (const seat of this.#seatsOf(leaf)) if (!isListed(seat) && !this.#isElsewhere(seat.user, seat.device)) this.#channel.lose(seat.user, seat.device, true);
  }

  #lost(leaf: number, known: Known): void {
    known.sockets = 0;
    this.#channel.counted.delete(leaf);
    this.#besides.retain(leaf, () => false);
    for (const { user, device } of this.#seatsOf(leaf)) if (!this.#isElsewhere(user, device)) this.#channel.lose(user, device, true);
    known.digest = NOBODY;
    known.reports = undefined;
    this.#channel.settle();
  }

  #seatsOf(leaf: number): Presence[] {
    return [...this.#channel.members()].filter((presence) => presence.leaf === leaf && presence.goneAt === undefined);
  }

  /** Also those who were there, or are on the way there from the hub. */
  #seatsIn(leaf: number): Presence[] {
    const { leaves } = this.#plan();
    return [...this.#channel.members()].filter(
      (presence) => presence.leaf === leaf || (presence.goneAt !== undefined && presence.via === "socket" && leafOf(presence.user, leaves) === leaf),
    );
  }

  #of(leaf: number): Known {
    const known = this.#known.get(leaf) ?? { sockets: 0, digest: NOBODY, reports: undefined, life: undefined, state: undefined };
    this.#known.set(leaf, known);
    return known;
  }
}
