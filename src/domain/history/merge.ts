import type { WireError } from "../../protocol/errors.ts";
import { ok, type Result } from "../../util/result.ts";

/** A message of text in history, and the stream it stands in. */
export interface FoundText {
  readonly stream: string;
  readonly seq: number;
  readonly from: string;
  readonly ts: number;
  readonly data: string;
}

export type Order = "newest-first" | "oldest-first";
export type Found = Result<readonly FoundText[] | undefined, WireError>;

/** Messages in order of time, some at a time, perhaps none; undefined at the end. */
export interface Source {
  next(): Promise<Found>;
}

/** In the direction of reading. Streams have no common order but time; among equals any fixed one will do. */
export const compareFound =
  (order: Order) =>
  (a: FoundText, b: FoundText): number => {
    const oldestFirst = a.ts - b.ts || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0) || a.seq - b.seq;
    return order === "oldest-first" ? oldestFirst : -oldestFirst;
  };

/** Several sources as one, in order. Reads no further in any than it has to. */
export class Merged implements Source {
  readonly #compare: (a: FoundText, b: FoundText) => number;
  #lanes: { readonly source: Source; readonly waiting: FoundText[] }[];

  constructor(sources: readonly Source[], order: Order) {
    this.#compare = compareFound(order);
    this.#lanes = sources.map((source) => ({ source, waiting: [] }));
  }

  async next(): Promise<Found> {
    const filled = await this.#fill();
    if (!filled.ok) return filled;
    if (this.#lanes.length === 0) return ok(undefined);
    const batch: FoundText[] = [];
    // Until one runs dry: what it would bring next may come before what the others have.
    while (this.#lanes.every(({ waiting }) => waiting.length > 0)) {
      const first = this.#lanes.reduce((best, lane) => (this.#precedes(lane.waiting[0], best.waiting[0]) ? lane : best));
      batch.push(...first.waiting.splice(0, 1));
    }
    return ok(batch);
  }

  async #fill(): Promise<Result<undefined, WireError>> {
    for (const lane of [...this.#lanes]) {
      while (lane.waiting.length === 0) {
        const found = await lane.source.next();
        if (!found.ok) return found;
        if (found.value === undefined) {
          this.#lanes = this.#lanes.filter((other) => other !== lane);
          break;
        }
        lane.waiting.push(...found.value);
      }
    }
    return ok(undefined);
  }

  #precedes(a: FoundText | undefined, b: FoundText | undefined): boolean {
    return a !== undefined && (b === undefined || this.#compare(a, b) < 0);
  }
}

/** `limit` messages after the first `offset`. */
export async function take(source: Source, offset: number, limit: number): Promise<Result<FoundText[], WireError>> {
  let skip = offset;
  const taken: FoundText[] = [];
  while (taken.length < limit) {
    const found = await source.next();
    if (!found.ok) return found;
    if (found.value === undefined) break;
    taken.push(...found.value.slice(skip, skip + limit - taken.length));
    skip = Math.max(0, skip - found.value.length);
  }
  return ok(taken);
}

/** How many there are. */
export async function countAll(source: Source): Promise<Result<number, WireError>> {
  for (let count = 0; ; ) {
    const found = await source.next();
    if (!found.ok) return found;
    if (found.value === undefined) return ok(count);
    count += found.value.length;
  }
}
