/** Marks of (upTo, bytes so far): enough of them to place any acknowledgement within the slow-reader bound. */
const MARKS = 4096;

/** Puts a stream's seqs on a scale of bytes sent: what is outstanding then follows from the last seq acknowledged. */
export class ByteScale {
  readonly #marks: { readonly upTo: number; readonly sent: number }[] = [];
  #sent = 0;

  /** Bytes sent in all. */
  get sent(): number {
    return this.#sent;
  }

  /** A frame was sent; who has read it has the stream up to there. */
  add(bytes: number, upTo: number): void {
    this.#sent += bytes;
    this.#marks.push({ upTo, sent: this.#sent });
    if (this.#marks.length > MARKS) this.#marks.splice(0, MARKS / 2);
  }

  /** How many bytes had been sent with `seq`; 0 for one before all marks. */
  at(seq: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#marks[middle]?.upTo ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1]?.sent ?? 0;
  }
}
