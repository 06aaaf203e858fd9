import type { Log } from "../stream/log.ts";
import type { Attendance } from "./attendance.ts";
import type { ChannelLimits, ChannelPorts, Subscriber } from "./ports.ts";
import type { Readers } from "./readers.ts";

export interface Watched {
  readonly log: Log;
  readonly attendance: Attendance;
  readonly readers: Readers;
  readonly ports: Pick<ChannelPorts, "now" | "deadline">;
  readonly limits: () => ChannelLimits;
  /** Whether no message waits to be written. */
  readonly idle: () => boolean;
}

/** When a channel has to be looked at again: for leases that end, sockets that are silent, and its own end when nobody is in it. One deadline of each is enough. */
export class Watch {
  readonly #of: Watched;
  #leaseArmed = false;
  #sweepArmed = false;
  #emptyArmed = false;

  constructor(watched: Watched) {
    this.#of = watched;
  }

  // ---- leases

  /** After a start: also leases that began before, and one whose deadline was taken away while it ended. */
  leases(): void {
    const { attendance, limits, ports } = this.#of;
    const now = ports.now();
    const { over, next } = attendance.members.leases(now, limits().leaseMs);
    this.#leaseArmed = over.length > 0 || next !== undefined;
    if (this.#leaseArmed) ports.deadline("lease", over.length > 0 ? now : next);
  }

  /** A member's lease began. They end in the order they began, so the first is the next. */
  lost(): void {
    if (this.#leaseArmed) return;
    this.#leaseArmed = true;
    this.#of.ports.deadline("lease", this.#of.ports.now() + this.#of.limits().leaseMs);
  }

  /** Ends those that are over. */
  endLeases(): void {
    const { attendance, limits, ports } = this.#of;
    const next = attendance.endLeases(ports.now(), limits().leaseMs);
    this.#leaseArmed = next !== undefined;
    ports.deadline("lease", next);
    if (attendance.users === 0) this.emptied();
  }

  // ---- silence

  /** Nobody learns of silence in a channel of one, unless it is reported, so nobody watches for it. */
  silence(): void {
    const { attendance, limits, ports, readers } = this.#of;
    if (this.#sweepArmed || attendance.users < (limits().reported === true ? 1 : 2)) return;
    let next = Number.POSITIVE_INFINITY;
    for (const subscriber of readers) next = Math.min(next, subscriber.expiresAt() ?? Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#sweepArmed = true;
    ports.deadline("sweep", Math.max(next, ports.now() + 1));
  }

  /** Those who have been silent for their whole lease; the platform may not have noticed that they are gone. */
  silent(): Subscriber[] {
    this.#sweepArmed = false;
    const now = this.#of.ports.now();
    return [...this.#of.readers].filter((subscriber) => {
      const expires = subscriber.expiresAt();
      return expires !== undefined && expires <= now;
    });
  }

  // ---- the end

  /** Somebody is in. Its deadline stands: it finds a member and does nothing, but should the object be lost before the member's row is written, it is needed. */
  came(): void {
    this.#emptyArmed = false;
  }

  /** Nobody is in it, or something was done to it by somebody who is not. */
  emptied(): void {
    this.#emptyArmed = true;
    this.#of.ports.deadline("empty", this.#of.ports.now() + this.#emptyMs);
  }

  /** The same, once and not for each message. */
  stillEmpty(): void {
    if (this.#of.attendance.users === 0 && !this.#emptyArmed) this.emptied();
  }

  /** Whether nothing is left of the channel; else it is looked at again. */
  isOver(): boolean {
    const { attendance, idle, log, ports } = this.#of;
    this.#emptyArmed = false;
    if (attendance.users > 0) return false;
    const inUse = !idle() || (log.head > 0 && log.lastTs > ports.now() - this.#emptyMs);
    // History first: the log is its outbox.
    if (!inUse && !log.hasUnexported) return true;
    this.emptied();
    return false;
  }

  /** Deadlines were set by a clock that has been set back since: they may be a long way off. */
  clockSetBack(): void {
    this.leases();
    this.#sweepArmed = false;
    this.silence();
  }

  get #emptyMs(): number {
    const { recoveryMs, emptyMs } = this.#of.limits();
    return Math.max(recoveryMs, emptyMs);
  }
}
