import { LIMITS } from "../protocol/limits.ts";
import type { Events } from "../protocol/messages/events.ts";
import type { StreamMessage } from "../protocol/messages/message.ts";
import type { GapReason, Position } from "../protocol/messages/session.ts";

/** Messages that this client will not get. `from` and `to` are inclusive, and absent where the stream began anew. */
export interface Gap {
  readonly reason: GapReason | "skipped";
  readonly from?: number;
  readonly to?: number;
  /** How many the service left out, with reason `skipped`. */
  readonly skipped?: number;
}

export interface StreamHooks {
  deliver(item: StreamMessage): void;
  lost(gap: Gap): void;
  /** Something is missing before the frame that came: ask for what follows the position. */
  behind(): void;
  /** Everything up to there has been delivered. */
  consumed(upTo: number, bytes: number): void;
}

export interface ResumedAt extends Position {
  readonly recovered?: boolean | undefined;
  readonly reason?: GapReason | undefined;
}

/** Where a frame stands to a position: it follows it (in part, perhaps), repeats what is known, or leaves something out. */
export function placeFrame(position: Position, frame: Pick<Events, "epoch" | "after" | "upTo">): "next" | "repeat" | "gap" {
  if (frame.epoch !== position.epoch || frame.after > position.seq) return "gap";
  return frame.upTo > position.seq ? "next" : "repeat";
}

/** Follows one stream over any number of sockets. */
export class StreamReader {
  #position: Position | undefined;
  #resuming = true;
  /** Nobody can listen yet. */
  #paused = true;
  /** What was found missing before anybody could listen. */
  #lost: Gap | undefined;
  #held: { frame: Events; bytes: number }[] = [];
  readonly #hooks: StreamHooks;

  /** `start`: where a predecessor stood. */
  constructor(hooks: StreamHooks, start?: Position) {
    this.#hooks = hooks;
    this.#position = start;
  }

  get position(): Position | undefined {
    return this.#position;
  }

  /** A resume, or a join, has been asked for on a new socket; frames wait for its answer where they do not fit. */
  begin(): void {
    this.#resuming = true;
    this.#held = [];
  }

  /** Listeners had the chance to come: what was held is delivered. */
  listen(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#lost !== undefined) this.#hooks.lost(this.#lost);
    this.#lost = undefined;
    this.#drain();
  }

  /** The answer to a join or a resume. */
  resumed(at: ResumedAt): void {
    const before = this.#position;
    if (before === undefined || !continues(before, at)) {
      this.#position = { epoch: at.epoch, seq: at.seq };
      if (before !== undefined) this.#missing(gapBetween(before, at));
    }
    this.#resuming = false;
    this.#drain();
  }

  /** Goes on where the server says, or further: it may not have heard the last acknowledgement. */
  continueAt(position: Position): void {
    const own = this.#position;
    if (own === undefined || own.epoch !== position.epoch || own.seq < position.seq) this.#position = { ...position };
    this.#resuming = false;
    this.#held = [];
  }

  /** What is missing up to there is gone, and known to be. */
  skipTo(seq: number): void {
    if (this.#position !== undefined && this.#position.seq < seq) this.#position = { ...this.#position, seq };
  }

  frame(frame: Events, bytes: number): void {
    const position = this.#position;
    if (position === undefined || this.#paused) return this.#hold(frame, bytes);
    switch (placeFrame(position, frame)) {
      case "repeat":
        return this.#hooks.consumed(position.seq, bytes);
      case "next":
        this.#deliver(position, frame, bytes);
        return this.#held.length > 0 ? this.#drain() : undefined;
      case "gap":
        this.#hold(frame, bytes);
        if (this.#resuming) return;
        this.#resuming = true;
        this.#hooks.behind();
    }
  }

  #deliver(position: Position, frame: Events, bytes: number): void {
    // Moved first: a listener may look, and one that throws must not bring the message twice.
    this.#position = { epoch: frame.epoch, seq: frame.upTo };
    for (const item of frame.items) if (item.seq > position.seq) this.#hooks.deliver(item);
    if (frame.skipped !== undefined && frame.skipped > 0) {
      this.#hooks.lost({ reason: "skipped", skipped: frame.skipped, from: frame.after + 1, to: frame.upTo });
    }
    this.#hooks.consumed(frame.upTo, bytes);
  }

  #missing(gap: Gap): void {
    if (this.#paused) this.#lost = gap;
    else this.#hooks.lost(gap);
  }

  #hold(frame: Events, bytes: number): void {
    // Those beyond the bound are asked for again, since the frames after them will show a gap.
    if (this.#held.length < LIMITS.heldFrames) this.#held.push({ frame, bytes });
  }

  /** Frames that waited, as far as they fit by now. */
  #drain(): void {
    if (this.#paused) return;
    const held = this.#held.sort((a, b) => a.frame.after - b.frame.after);
    this.#held = [];
    for (const { frame, bytes } of held) {
      // Of an incarnation that has ended meanwhile.
      if (!this.#resuming && frame.epoch !== this.#position?.epoch) continue;
      this.frame(frame, bytes);
    }
  }
}

const continues = (before: Position, at: ResumedAt): boolean =>
  before.epoch === at.epoch && (at.recovered === true || (at.recovered === undefined && at.seq <= before.seq));

function gapBetween(before: Position, at: ResumedAt): Gap {
  if (before.epoch !== at.epoch) return { reason: at.reason ?? "epoch-changed" };
  const reason = at.reason ?? "too-old";
  return at.seq > before.seq ? { reason, from: before.seq + 1, to: at.seq } : { reason };
}
