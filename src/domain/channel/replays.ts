import type { Frame } from "../../protocol/frame.ts";
import { type Piece, replayFrames } from "./event-frame.ts";

export interface Replay {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  /** In short. */
  readonly brief: boolean;
}

/**
 * What readers get who come back. Those whose network went together lack the same: it is read and serialised once. A range of an epoch never
 * changes, so what was made stays right; only the newest is kept, and only if one frame holds it.
 */
export class Replays {
  readonly #stream: string;
  #newest: (Replay & { readonly frames: readonly Frame[] }) | undefined;

  constructor(stream: string) {
    this.#stream = stream;
  }

  /** `read` gives the pages of the range, the first of which may begin before it. */
  frames(replay: Replay, read: () => readonly Piece[]): readonly Frame[] {
    const { epoch, after, upTo, brief } = replay;
    const known = this.#newest;
    if (known?.after === after && known.upTo === upTo && known.epoch === epoch && known.brief === brief) return known.frames;
    const frames = replayFrames(this.#stream, epoch, after, upTo, read(), { brief });
    this.#newest = frames.length === 1 ? { ...replay, frames } : undefined;
    return frames;
  }
}
