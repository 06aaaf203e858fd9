import type { PageText, Part } from "./messages.ts";

/** What is kept of the newest parts for children that are a little behind; who is further behind is served from the log. */
const PARTS_KEPT = 1024;
const BYTES_KEPT = 2 * 1024 * 1024;

/** The newest parts of a stream, for all children alike. */
export class Parts {
  #parts: Part[] = [];
  #bytes = 0;
  #lastNo = 0;

  get lastNo(): number {
    return this.#lastNo;
  }

  add(page: PageText | undefined, notices: readonly string[]): void {
    this.take({ no: this.#lastNo + 1, page, notices });
  }

  /** One that has a number already. */
  take(part: Part): void {
    this.#lastNo = Math.max(this.#lastNo, part.no);
    this.#parts.push(part);
    this.#bytes += bytesOf(part);
    while (this.#parts.length > PARTS_KEPT || (this.#bytes > BYTES_KEPT && this.#parts.length > 1)) this.#bytes -= bytesOf(this.#parts.shift());
  }

  /** What follows a child that has the part `no` and the stream up to `seq`; undefined where it is not all here. */
  after(no: number, seq: number): Part[] | undefined {
    const following = this.#parts.filter((part) => part.no > no || (part.page !== undefined && part.page.last > seq));
    const first = following.find((part) => part.page !== undefined)?.page;
    const whole = following[0] === undefined || following[0].no <= no + 1;
    return whole && (first === undefined || first.first <= seq + 1) ? following : undefined;
  }

  /** Notices alone, as far as they are here: those of parts that the log stands in for. */
  noticesAfter(no: number): string[] {
    return this.#parts.filter((part) => part.no > no).flatMap(({ notices }) => notices);
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#lastNo = 0;
  }
}

const bytesOf = (part: Part | undefined): number =>
  part === undefined ? 0 : (part.page?.bytes ?? 0) + part.notices.reduce((sum, notice) => sum + notice.length, 0);
