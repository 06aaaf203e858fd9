import type { Frame } from "../../protocol/frame.ts";
import { type Chunk, frameOf, replayFrames, type Sheet } from "./event-frame.ts";

/**
 * What a reader that is behind has not been sent: of each key the latest, and all else in order. When it has caught up it gets
 * that at once, and is told how much was left out.
 */
export class Behind {
  readonly #stream: string;
  readonly #epoch: string;
  readonly #after: number;
  /** In the order of the messages; by key, or by number where there is none. */
  readonly #chunks = new Map<string | number, Chunk>();
  readonly #notices: string[] = [];
  #upTo: number;
  #skipped = 0;
  #bytes = 0;

  constructor({ stream, epoch, after }: Sheet) {
    this.#stream = stream;
    this.#epoch = epoch;
    this.#after = after;
    this.#upTo = after;
  }

  get upTo(): number {
    return this.#upTo;
  }

  /** What it waits for by now; the frames' own text is little. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Answers how many messages of earlier sheets it will do without. */
  add(sheet: Sheet): number {
    let spared = 0;
    for (const chunk of sheet.chunks()) {
      const name = chunk.key ?? chunk.last;
      const earlier = this.#chunks.get(name);
      if (earlier !== undefined) {
        this.#chunks.delete(name);
        this.#bytes -= sizeOf(earlier);
        spared += earlier.count;
      }
      this.#chunks.set(name, chunk);
      this.#bytes += sizeOf(chunk);
    }
    for (const notice of sheet.notices) {
      this.#notices.push(notice);
      this.#bytes += notice.length;
    }
    this.#skipped += sheet.skipped + spared;
    this.#upTo = sheet.upTo;
    return spared;
  }

  frames(): Frame[] {
    const events = replayFrames(this.#stream, this.#epoch, this.#after, this.#upTo, [...this.#chunks.values()], { skipped: this.#skipped });
    return this.#notices.length === 0 ? events : [...events, frameOf(this.#notices, [])];
  }
}

const sizeOf = ({ items, bin }: Chunk): number => items.length + (bin?.byteLength ?? 0);
