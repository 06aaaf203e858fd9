import type { ProxyConditions } from "../conditions.ts";

/** When bytes arrive that set out now. One for each direction of a connection; it knows no clock of its own. */
export class Line {
  /** When the last byte that was sent will have left. */
  #leftAt = 0;
  /** When the last byte that was sent will arrive: what follows arrives no earlier. */
  #arrivesAt = 0;

  arrival(bytes: number, now: number, { delayMs = 0, jitterMs = 0, bytesPerSecond }: ProxyConditions, random: () => number): number {
    const takesMs = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000;
    this.#leftAt = Math.max(now, this.#leftAt) + takesMs;
    this.#arrivesAt = Math.max(this.#arrivesAt, this.#leftAt + delayMs + (jitterMs === 0 ? 0 : jitterMs * random()));
    return this.#arrivesAt;
  }
}

/** On a narrow way bytes come a little at a time, not a second's worth at once. */
const PIECES_PER_SECOND = 20;
const PIECE_BYTES_MIN = 64;

/** How much of a chunk sets out as one. */
export function pieceBytes({ bytesPerSecond }: ProxyConditions): number {
  return bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(PIECE_BYTES_MIN, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
}

/** What may be under way in one direction before the sender has to wait: 100 ms of 2.5 MB/s, and 64 MB for 256 connections. */
const UNDER_WAY_BYTES = 256 * 1024;
const UNDER_WAY_BYTES_MIN = 1024;

/** On a narrow way half a second's worth, so that a slow way is not a large buffer. */
export function underWayBytes({ bytesPerSecond }: ProxyConditions): number {
  return bytesPerSecond === undefined ? UNDER_WAY_BYTES : Math.min(UNDER_WAY_BYTES, Math.max(UNDER_WAY_BYTES_MIN, Math.floor(bytesPerSecond / 2)));
}
