/** Of a page, in entries: small enough for a writer of few messages, large enough that a million of them are a thousand pages. */
const PAGE = 1024;

/** Numbers under a whole, mostly dense index, eight bytes each. */
export class Numbers {
  readonly #pages = new Map<number, Float64Array>();

  get(index: number): number | undefined {
    const value = this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  set(index: number, value: number): void {
    const at = Math.floor(index / PAGE);
    const page = this.#pages.get(at) ?? new Float64Array(PAGE).fill(Number.NaN);
    this.#pages.set(at, page);
    page[index % PAGE] = value;
  }
}

/** A set of whole numbers, one bit each. */
export class Bits {
  readonly #pages = new Map<number, Uint8Array>();

  has(index: number): boolean {
    const page = this.#pages.get(Math.floor(index / (PAGE * 8)));
    return page !== undefined && ((page[Math.floor(index / 8) % PAGE] ?? 0) & (1 << (index % 8))) !== 0;
  }

  /** False if it was there before. */
  add(index: number): boolean {
    const at = Math.floor(index / (PAGE * 8));
    const page = this.#pages.get(at) ?? new Uint8Array(PAGE);
    this.#pages.set(at, page);
    const byte = Math.floor(index / 8) % PAGE;
    const before = page[byte] ?? 0;
    page[byte] = before | (1 << (index % 8));
    return page[byte] !== before;
  }
}
