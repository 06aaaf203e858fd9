import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";
import type { Conversation } from "./conversation.ts";
import type { StoredMessage } from "./message.ts";
import type { Actor } from "./rules.ts";
import type { ConversationStore } from "./store.ts";

export interface Append {
  /** How much of the text comes before, in UTF-16 units. */
  readonly at: number;
  readonly text: string;
  readonly end?: boolean | undefined;
}

export type Appended = Result<{ readonly length: number; readonly version?: number }, WireError>;

export interface GrowingPorts {
  readonly store: ConversationStore;
  readonly conversation: Conversation;
  /** What is appended within so long is one row, and told at once. */
  readonly flushMs: number;
  readonly pauseMs: number;
  readonly lifeMs: number;
  now(): number;
  /** A timer, while something waits to be written. */
  later(ms: number, run: () => void): void;
  wakeBy(at: number): void;
  changed(): void;
}

/** What waits to be written of one message. */
interface Line {
  text: string;
  end: boolean;
  flushedAt: number;
  /** A timer is under way. */
  timed: boolean;
  /** Pieces since the message's own row had its whole text. */
  pieces: number;
  waiting: ((appended: Appended) => void)[];
}

/** So many pieces are read with a message before they are put into its row. */
const PIECES = 64;

/**
 * Messages whose text is still being written. What comes is appended where its writer says that it belongs, so it may come
 * twice; it is answered when it is stored, and what comes close together is stored, and told, together.
 */
export class Growing {
  readonly #ports: GrowingPorts;
  readonly #lines = new Map<number, Line>();

  constructor(ports: GrowingPorts) {
    this.#ports = ports;
  }

  get any(): boolean {
    return this.#ports.store.growing().length > 0;
  }

  async append(actor: Actor, seq: number, { at, text, end = false }: Append): Promise<Appended> {
    const found = this.#ports.conversation.reach(actor, seq);
    if (!found.ok) return found;
    const message = found.value;
    const refused = refuseAppend(message, actor);
    if (refused !== undefined) return err(refused);
    const line = this.#lines.get(seq);
    const there = `${textOf(message)}${line?.text ?? ""}`;
    if (at > there.length) return err(wireError("out_of_turn", { field: "at", limit: there.length }));
    const known = there.slice(at, at + text.length);
    if (!text.startsWith(known)) return err(wireError("conflict", { field: "text", message: "something else was written there" }));
    const rest = text.slice(known.length);
    if (!message.growing) return rest === "" ? ok({ length: there.length }) : err(ENDED);
    if (line?.end && rest !== "") return err(ENDED);
    if (this.#ports.now() - message.ts >= this.#ports.lifeMs) {
      this.#end(seq, true);
      return err(ENDED);
    }
    if (rest !== "" && utf8Bytes(there) + utf8Bytes(rest) > CHAT_LIMITS.chatGrownBytes)
      return err(wireError("too_large", { field: "text", limit: CHAT_LIMITS.chatGrownBytes }));
    if (rest === "" && !end && !line?.text) return ok({ length: there.length });
    return this.#wait(seq, rest, end);
  }

  /** The alarm's turn: who has stopped writing has ended. */
  due(): void {
    const { store, pauseMs, lifeMs } = this.#ports;
    const now = this.#ports.now();
    for (const seq of store.growing()) {
      const message = store.message(seq);
      if (message === undefined) continue;
      const endsAt = Math.min((store.pieces(seq, (message.grown ?? seq) - 1).at(-1)?.ts ?? message.ts) + pauseMs, message.ts + lifeMs);
      if (endsAt <= now && !this.#lines.get(seq)?.waiting.length) this.#end(seq, true);
      else this.#ports.wakeBy(Math.max(endsAt, now + 1));
    }
  }

  #wait(seq: number, rest: string, end: boolean): Appended | Promise<Appended> {
    const line = this.#lines.get(seq) ?? { text: "", end: false, flushedAt: 0, timed: false, pieces: 0, waiting: [] };
    this.#lines.set(seq, line);
    if (line.waiting.length >= CHAT_LIMITS.chatAppendsWaiting) return err(wireError("overloaded"));
    line.text += rest;
    line.end ||= end;
    const appended = new Promise<Appended>((resolve) => line.waiting.push(resolve));
    const waitMs = line.flushedAt + this.#ports.flushMs - this.#ports.now();
    if (waitMs <= 0 || line.end) this.#flush(seq, line);
    else if (!line.timed) {
      line.timed = true;
      this.#ports.later(waitMs, () => {
        line.timed = false;
        this.#flush(seq, line);
      });
    }
    return appended;
  }

  #flush(seq: number, line: Line): void {
    if (line.waiting.length === 0) return;
    const { conversation, pauseMs } = this.#ports;
    const { text, waiting, end } = line;
    line.text = "";
    line.waiting = [];
    line.flushedAt = this.#ports.now();
    line.pieces = (line.pieces + 1) % PIECES;
    const grown = conversation.grow(seq, text, line.pieces === 0);
    const length = grown.ok ? grown.value.length : 0;
    if (grown.ok && end) this.#end(seq, false);
    else if (grown.ok && text !== "") this.#ports.changed();
    this.#ports.wakeBy(line.flushedAt + pauseMs);
    const version = text === "" && !end ? {} : { version: conversation.head };
    for (const tell of waiting) tell(grown.ok ? ok({ length, ...version }) : grown);
    if (!grown.ok) this.#lines.delete(seq);
  }

  #end(seq: number, cut: boolean): void {
    this.#lines.delete(seq);
    this.#ports.conversation.endGrowth(seq, cut);
    this.#ports.changed();
  }
}

const ENDED = wireError("gone", { field: "seq", message: "the message has been written to its end" });

function refuseAppend(message: StoredMessage, actor: Actor): WireError | undefined {
  if (!actor.server && message.from !== actor.user) return wireError("forbidden", { field: "seq", message: "only its sender goes on with a message" });
  return message.growing || message.grown !== undefined ? undefined : wireError("forbidden", { field: "seq", message: "the message was sent whole" });
}

export const textOf = ({ content }: StoredMessage): string => (content?.type === "text" ? content.text : "");
