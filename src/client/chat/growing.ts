import { CHAT_LIMITS, CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import type { ConversationRef } from "../../protocol/conversation-name.ts";
import { utf8Bytes } from "../../util/text.ts";
import type { Chats } from "./chats.ts";
import { refusal } from "./local-messages.ts";
import { mannerOf, type SendOptions } from "./manner.ts";
import type { SentMessage } from "./outbox.ts";
import { handled, retryAfter } from "./port.ts";

/** Of a text, in one call; in UTF-16 units. */
const PIECE = 4_096;

/**
 * Begins a text that is read while it is written, as an assistant writes; it needs a connection.
 *
 * @example
 * const text = await growText(chats, "bob");
 * for await (const words of assistant) void text.append(words);
 * await text.end();
 */
export async function growText(chats: Chats, to: string | ConversationRef, { text = "", ...options }: GrowOptions = {}): Promise<GrowingText> {
  const { ref } = chats.conversation(to);
  const key = crypto.randomUUID();
  let again = false;
  const sent = await persistently(() => {
    const sending = chats.call("message.send", {
      conversation: ref,
      key,
      content: { type: "text", text },
      growing: true,
      ...mannerOf(options),
      ...(again && { again }),
    });
    again = true;
    return sending;
  });
  return new GrowingText(chats, ref, sent, text);
}

export interface GrowOptions extends SendOptions {
  /** How it begins. */
  readonly text?: string;
}

/** A text that is being written. Made by `growText`. */
export class GrowingText {
  /** Of the message, as its answer said. */
  readonly sent: SentMessage;
  readonly #chats: Chats;
  readonly #ref: ConversationRef;
  #text: string;
  /** So much of it is stored. */
  #stored: number;
  #ended = false;
  #over = false;
  #failed: unknown;
  #running: Promise<void> | undefined;

  /** @internal */
  constructor(chats: Chats, ref: ConversationRef, sent: SentMessage, text: string) {
    this.sent = sent;
    this.#chats = chats;
    this.#ref = ref;
    this.#text = text;
    this.#stored = text.length;
  }

  /** All of it so far, whether or not it is stored. */
  get text(): string {
    return this.#text;
  }

  /** Resolves when it is stored. What is appended while a call is under way goes together with the next. */
  append(text: string): Promise<void> {
    if (this.#ended) return handled(Promise.reject(refusal("gone", "the text has ended")));
    if (utf8Bytes(this.#text) + utf8Bytes(text) > CHAT_LIMITS.chatGrownBytes)
      return handled(Promise.reject(refusal("too_large", `a text that grows has at most ${CHAT_LIMITS.chatGrownBytes} bytes`)));
    this.#text += text;
    return this.#go();
  }

  /** Nothing more comes. */
  end(): Promise<void> {
    this.#ended = true;
    return this.#go();
  }

  #go(): Promise<void> {
    if (this.#failed !== undefined) return handled(Promise.reject(this.#failed));
    this.#running ??= this.#store().finally(() => {
      this.#running = undefined;
    });
    return handled(this.#running);
  }

  async #store(): Promise<void> {
    const { seq } = this.sent;
    if (seq === undefined) throw refusal("internal", "the message has no number");
    try {
      while (this.#stored < this.#text.length || (this.#ended && !this.#over)) {
        const text = piece(this.#text, this.#stored);
        const at = this.#stored;
        const end = this.#ended && at + text.length === this.#text.length;
        await persistently(() => this.#chats.call("message.append", { conversation: this.#ref, seq, at, text, ...(end && { end }) }));
        this.#stored = at + text.length;
        this.#over = end;
      }
    } catch (error) {
      this.#failed = error;
      throw error;
    }
  }
}

/** The next part of a text, whole characters. */
function piece(text: string, from: number): string {
  const part = text.slice(from, from + PIECE);
  return part.length < PIECE || part.isWellFormed() ? part : part.slice(0, -1);
}

/** Until it is answered, or can never be; as long as the service waits for somebody to go on. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + CHAT_TIMINGS.chatGrowPauseMs; ; ) {
    try {
      return await ask();
    } catch (error) {
      const waitMs = retryAfter(error);
      if (waitMs === undefined || Date.now() + waitMs >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
