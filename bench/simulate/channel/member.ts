import type { Seated } from "../../../src/domain/leaf/attendance.ts";
import type { Frame } from "../../../src/protocol/frame.ts";
import type { Place } from "./place.ts";

/** Told of what becomes of members; the crowd. */
export interface Audience {
  /** A frame for a member that is looked at leaves its object at that time. */
  got(member: Member, frame: Frame, at: number): void;
  /** It is asked to go elsewhere. */
  moved(member: Member, frame: string): void;
  closed(member: Member, at: number): void;
  readonly now: number;
}

const GOAWAY = '{"type":"goaway"';
const GOAWAY_BYTES_MAX = 200;

/** Pings go on, answered by the platform; silence would end a presence after three keep-alives of 30 s. */
const LEASE_MS = 90_000;

/** A member: its socket's end at an object, and where it stands. One object per member, so it is kept small. */
export class Member implements Seated {
  readonly user: string;
  readonly device = "d";
  readonly generation = 1;
  readonly write = true;
  /** As the SDK reads. */
  readonly brief = true;
  readonly via = "socket" as const;
  /** When its present connection was made. */
  since = 0;
  readonly region: number;
  readonly lastMileMs: number;
  /** Its deliveries are timed and checked: one of many is. */
  readonly sampled: boolean;
  readonly audience: Audience;
  /** Where its socket ends; undefined: it has none. */
  place: Place | undefined;
  /** The stream it has read, up to where. */
  epoch: string | undefined;
  position = 0;
  nextId = 1;

  constructor(user: string, region: number, lastMileMs: number, sampled: boolean, audience: Audience) {
    this.user = user;
    this.region = region;
    this.lastMileMs = lastMileMs;
    this.sampled = sampled;
    this.audience = audience;
  }

  send(frame: Frame, upTo: number): void {
    const { place } = this;
    if (place === undefined) return;
    const at = place.sends(frame.length);
    if (upTo > place.upTo) place.upTo = upTo;
    if (frame.length < GOAWAY_BYTES_MAX && typeof frame === "string" && frame.startsWith(GOAWAY)) return this.audience.moved(this, frame);
    if (this.sampled) this.audience.got(this, frame, at);
    else if (upTo > this.position) this.position = upTo;
  }

  close(): void {
    const { place } = this;
    if (place === undefined) return;
    this.audience.closed(this, place.thread.time);
  }

  expiresAt(): number {
    return this.audience.now + LEASE_MS;
  }
}
