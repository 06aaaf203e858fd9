import type { Place } from "../../record/event.ts";

/** Seqs stay far below it, and so many epochs fit before a number loses its last bit. */
const SEQS = 2 ** 32;

/** Places in streams as numbers, so that a million of them are eight megabytes. */
export class Places {
  readonly #epochs = new Map<string, number>();
  readonly #names: string[] = [];

  /** Undefined where the event did not say. */
  of({ epoch, seq }: Place): number | undefined {
    if (epoch === undefined || seq === undefined) return undefined;
    return this.#index(epoch) * SEQS + seq;
  }

  read(place: number): Required<Place> & { epoch: string; seq: number } {
    return { epoch: this.#names[Math.floor(place / SEQS)] ?? "?", seq: place % SEQS };
  }

  show(place: number): string {
    const { epoch, seq } = this.read(place);
    return `${epoch}.${seq}`;
  }

  #index(epoch: string): number {
    const known = this.#epochs.get(epoch);
    if (known !== undefined) return known;
    this.#epochs.set(epoch, this.#names.length);
    return this.#names.push(epoch) - 1;
  }
}
