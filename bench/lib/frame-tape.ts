/** Where one member stands on its channel's tape. */
export interface TapeReader {
  cursor: number;
}

/** Frames a member may be behind another one and still find decoded. */
const KEPT = 512;
/** How far back a member whose frame is not the expected one is looked for. */
const SEARCHED = 64;

/**
 * Decodes each distinct frame of a channel once. Members of one channel mostly get the same bytes in the same order, and a
 * comparison costs a hundredth of a JSON.parse; without it the load generator, not the server, would be measured. Equal bytes have
 * equal content, so nothing is taken on trust: what a member got is still counted for that member.
 */
export class FrameTape<Content> {
  readonly #decode: (bytes: Buffer) => Content;
  readonly #frames: { readonly bytes: Buffer; readonly content: Content }[] = [];
  #dropped = 0;

  constructor(decode: (bytes: Buffer) => Content) {
    this.#decode = decode;
  }

  read(reader: TapeReader, bytes: Buffer): Content {
    const next = this.#frames[reader.cursor - this.#dropped];
    if (next?.bytes.equals(bytes) === true) {
      reader.cursor += 1;
      return next.content;
    }
    const newest = this.#frames.length - 1;
    for (let index = newest; index >= 0 && index > newest - SEARCHED; index--) {
      const frame = this.#frames[index];
      if (frame?.bytes.equals(bytes) !== true) continue;
      reader.cursor = this.#dropped + index + 1;
      return frame.content;
    }
    const content = this.#decode(bytes);
    this.#frames.push({ bytes, content });
    if (this.#frames.length > 2 * KEPT) {
      this.#frames.splice(0, KEPT);
      this.#dropped += KEPT;
    }
    reader.cursor = this.#dropped + this.#frames.length;
    return content;
  }
}
