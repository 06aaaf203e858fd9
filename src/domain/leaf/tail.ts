import type { PageText } from "./messages.ts";

/** What a returning member mostly lacks: some seconds. Beyond it the hub is asked. */
const PAGES_KEPT = 512;
const BYTES_KEPT = 512 * 1024;

/** The newest pages of a stream, as long as a leaf's memory goes. */
export class Tail {
  #pages: PageText[] = [];
  #bytes = 0;
  /** Everything after this is here. */
  #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  reaches(seq: number): boolean {
    return seq >= this.#start;
  }

  after(seq: number): PageText[] {
    return this.#pages.filter((page) => page.last > seq);
  }

  add(page: PageText): void {
    this.#pages.push(page);
    this.#bytes += page.bytes;
    while (this.#pages.length > PAGES_KEPT || this.#bytes > BYTES_KEPT) {
      const gone = this.#pages.shift();
      if (gone === undefined) return;
      this.#bytes -= gone.bytes;
      this.#start = gone.last;
    }
  }
}
