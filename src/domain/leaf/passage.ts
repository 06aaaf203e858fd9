import { CLOSE } from "../../protocol/close-codes.ts";
import type { Position } from "../../protocol/messages/session.ts";
import type { Joined } from "../channel/channel.ts";
import { doubtSheet, passedSheet, type Sheet } from "../channel/event-frame.ts";
import type { Readers } from "../channel/readers.ts";
import { Replays } from "../channel/replays.ts";
import type { Seated } from "./attendance.ts";
import type { Missed, PageText, Push } from "./messages.ts";
import { Tail } from "./tail.ts";

/** Where a reader starts, and what it gets to catch up. */
type Start = Pick<Joined, "seq" | "recovered" | "reason" | "frames">;

/**
 * The channel's stream on its way through a leaf: what the hub hands it goes to everybody here, in order, and the newest of it is
 * kept for who comes back.
 */
export class Passage {
  readonly #stream: string;
  readonly #readers: Readers<Seated>;
  /** Ends a member's time here; it comes back. */
  readonly #lose: (seated: Seated, close: { readonly code: number; readonly reason: string }) => void;
  readonly #replays: Replays;
  /** Where everybody here stands; undefined: it has been forgotten. */
  #at: Position | undefined;
  #tail = new Tail(0);
  #hub: { readonly life: string; no: number } | undefined;
  #frames = 0;

  constructor(stream: string, readers: Readers<Seated>, lose: (seated: Seated, close: { readonly code: number; readonly reason: string }) => void) {
    this.#stream = stream;
    this.#readers = readers;
    this.#lose = lose;
    this.#replays = new Replays(stream);
  }

  get at(): Position | undefined {
    return this.#at;
  }

  /** The last part of the hub's present life that went through. */
  get no(): number {
    return this.#hub?.no ?? 0;
  }

  get frames(): number {
    return this.#frames;
  }

  /** Whether only the hub knows what a member has missed. */
  lacks(position: Position): boolean {
    const at = this.#at;
    return at === undefined || position.epoch !== at.epoch || position.seq > at.seq || !this.#tail.reaches(position.seq);
  }

  /** `position`: of one that comes back; `missed`: what the hub has of what it lacks. */
  start(position: Position | undefined, missed: Missed | undefined, brief: boolean): Start & { readonly epoch: string } {
    const at = this.#at ?? { epoch: "", seq: 0 };
    if (position === undefined) return { epoch: at.epoch, seq: at.seq, frames: [] };
    return { epoch: at.epoch, ...this.#resume(at, position, missed, brief) };
  }

  /** What the hub answers to a leaf that asks where the channel is. */
  registered(at: Position, sure: boolean): void {
    if (this.#at === undefined) this.#stand(at, !sure);
    else if (this.#at.epoch !== at.epoch) this.#begin(at);
  }

  take(push: Push<unknown>): void {
    if (this.#hub?.life !== push.life) this.#hub = { life: push.life, no: 0 };
    const { epoch, after, reset } = push;
    if (this.#at === undefined) this.#stand({ epoch, seq: after }, !push.sure && !hasPage(push));
    else if (this.#at.epoch !== epoch) return this.#begin({ epoch, seq: push.upTo });
    else if (after > this.#at.seq) {
      if (!reset) return;
      // It cannot be had any more: members see the gap, and are told of it when they ask.
      this.#stand({ epoch, seq: after }, !hasPage(push));
    }
    const at = this.#at;
    const hub = this.#hub;
    if (at === undefined) return;
    const pages = push.parts.flatMap(({ page }) => (page === undefined || page.last <= at.seq ? [] : [page]));
    const fresh = push.parts.filter(({ no }) => no > hub.no);
    const notices = fresh.flatMap((part) => part.notices);
    const skipped = fresh.reduce((sum, part) => sum + (part.skipped ?? 0), 0);
    for (const { no } of push.parts) hub.no = Math.max(hub.no, no);
    if (pages.length === 0 && notices.length === 0) return;
    const upTo = pages.at(-1)?.last ?? at.seq;
    this.#send(passedSheet(this.#stream, epoch, at.seq, pages, notices, skipped));
    for (const page of pages) this.#tail.add(page);
    this.#at = { epoch, seq: upTo };
  }

  /** Stands there from now on. Where nobody knows whether members do, an empty range shows them what they lack. */
  #stand(at: Position, doubtful: boolean): void {
    this.#at = at;
    this.#tail = new Tail(at.seq);
    if (doubtful) this.#send(doubtSheet(this.#stream, at.epoch, at.seq));
  }

  /** The stream has begun anew: members come back, and are told what they have lost. */
  #begin(at: Position): void {
    for (const seated of [...this.#readers]) this.#lose(seated, CLOSE.goAway);
    this.#stand(at, false);
    if (this.#hub !== undefined) this.#hub.no = 0;
  }

  #send(sheet: Sheet): void {
    const { sent, tooSlow } = this.#readers.send(sheet);
    this.#frames += sent;
    for (const slow of tooSlow) this.#lose(slow, CLOSE.slowReader);
  }

  #resume(at: Position, position: Position, missed: Missed | undefined, brief: boolean): Start {
    const lost = (reason: NonNullable<Joined["reason"]>) => ({ seq: at.seq, recovered: false, reason, frames: [] });
    if (position.epoch !== at.epoch) return lost("epoch-changed");
    if (missed === undefined) return this.lacks(position) ? lost("too-old") : this.#replay(at, position, this.#tail.after(position.seq), brief);
    if (missed.epoch !== at.epoch) return lost("epoch-changed");
    if ("reason" in missed) return lost(missed.reason);
    // What the memory no longer reaches shows as a gap before the next frame, and is asked for again.
    const pages = this.#tail.reaches(missed.head) ? [...missed.pages, ...this.#tail.after(missed.head)] : missed.pages;
    return this.#replay(at, position, pages, brief);
  }

  #replay({ epoch }: Position, { seq }: Position, pages: readonly PageText[], brief: boolean): Start {
    return { seq, recovered: true, frames: this.#replays.frames({ epoch, after: seq, upTo: pages.at(-1)?.last ?? seq, brief }, () => pages) };
  }
}

const hasPage = ({ parts }: Push<unknown>): boolean => parts.some(({ page }) => page !== undefined);
