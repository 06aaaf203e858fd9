import type { LeafPublish } from "../../../src/domain/leaf/messages.ts";
import type { Costs } from "../platform/costs.ts";
import type { Thread } from "../platform/thread.ts";
import type { Member } from "./member.ts";

/** What a hub or leaf does for the members whose sockets end there. */
export interface Seats {
  publish(member: Member, publish: LeafPublish): void;
  acknowledge(member: Member, upTo: number): void;
  disconnected(member: Member, goodbye: boolean): void;
}

/** An object where sockets end, and what sending to them costs its thread. */
export class Place {
  readonly thread: Thread;
  readonly seats: Seats;
  readonly members = new Set<Member>();
  /** Bytes of what went to everybody here; by them clients acknowledge. */
  broadcastBytes = 0;
  /** Where the stream stands that they have been sent. */
  upTo = 0;
  readonly #costs: Costs;
  #turn = -1;
  #sentInTurn = 0;

  constructor(thread: Thread, seats: Seats, costs: Costs) {
    this.thread = thread;
    this.seats = seats;
    this.#costs = costs;
  }

  /** A frame goes to one socket; answers when it leaves. */
  sends(bytes: number): number {
    const { members, thread } = this;
    if (thread.turn !== this.#turn) {
      this.#turn = thread.turn;
      this.#sentInTurn = 0;
    }
    this.#sentInTurn += 1;
    if (this.#sentInTurn === 1) this.broadcastBytes += bytes;
    const { manySockets, sendManyUs, sendMoreUs, sendUs } = this.#costs;
    // A second frame to the same socket in one turn shares the first one's system call.
    const again = this.#sentInTurn > members.size + 1;
    thread.spend(again ? sendMoreUs : members.size > manySockets ? sendManyUs : sendUs);
    thread.tally.framesOut += 1;
    thread.tally.bytesOut += bytes;
    return thread.time;
  }
}

/** What came of an upgrade. */
export type Seating = { readonly place: Place } | "refused";
