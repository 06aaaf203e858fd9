import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Content, Ext } from "../../protocol/messages/conversation.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Media } from "../media/media.ts";
import type { Progress } from "../media/options.ts";
import { audienceOf } from "./audience.ts";
import { type Manner, mannerOf, type SendOptions } from "./manner.ts";
import { type ChatClient, codeOf, handled, retryAfter } from "./port.ts";
import type { ChatStore, Pending } from "./store.ts";

export type SentMessage = OutputOf<"message.send">;

/** `waiting`: for a connection, or its turn · `uploading`: its file · `sending` · `sent` · `failed`: refused for good; `retry` or `discard` it. */
export type OutgoingState = "waiting" | "uploading" | "sending" | "sent" | "failed" | "discarded";

/** A message that is being sent, however long that takes. */
export interface Outgoing {
  readonly key: string;
  readonly conversation: ConversationRef;
  readonly content: Content;
  readonly ext: Ext | undefined;
  /** How it is sent, `ext` included. */
  readonly options: SendOptions;
  readonly createdAt: number;
  readonly state: OutgoingState;
  /** What is to be uploaded, or was, in this life of the program. */
  readonly file: Blob | undefined;
  /** How much of it is up, while that goes on. */
  readonly progress: Progress | undefined;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Its number, once it is there; rejects when it fails. */
  readonly sent: Promise<SentMessage>;
  /** The same, as soon as it has. */
  readonly message: SentMessage | undefined;
  retry(): void;
  /** Forgets it: when it has failed, or before it is sent. */
  discard(): void;
}

class Item implements Outgoing {
  readonly #outbox: Outbox;
  settled: Settling = settling();
  pending: Pending;
  state: OutgoingState;
  readonly file: Blob | undefined;
  progress: Progress | undefined;
  message: SentMessage | undefined;
  /** Calls its upload off. */
  abort: AbortController | undefined;
  /** In this life: a repeat has to say so. */
  again: boolean;

  constructor(outbox: Outbox, pending: Pending) {
    this.#outbox = outbox;
    this.pending = pending;
    this.file = pending.file;
    this.again = pending.tried === true;
    this.state = pending.failed === undefined ? "waiting" : "failed";
  }

  get key(): string {
    return this.pending.key;
  }

  get conversation(): ConversationRef {
    return this.pending.conversation;
  }

  get content(): Content {
    return this.pending.content;
  }

  get ext(): Ext | undefined {
    return this.pending.ext;
  }

  get options(): Manner {
    return mannerOf(this.pending);
  }

  get createdAt(): number {
    return this.pending.createdAt;
  }

  get error(): Pending["failed"] {
    return this.pending.failed;
  }

  get sent(): Promise<SentMessage> {
    return this.settled.promise;
  }

  retry(): void {
    this.#outbox.retry(this);
  }

  discard(): void {
    this.#outbox.discard(this);
  }
}

export interface OutboxPorts {
  readonly store: ChatStore;
  /** The client, while it is connected. */
  client(): ChatClient | undefined;
  media(): Media | undefined;
  changed(outgoing: Outgoing): void;
  report(error: unknown): void;
}

/** Messages on their way: kept until the service has them, sent in order, one of each conversation at a time. */
export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #items = new Map<string, Item>();
  /** Conversations of which one is under way, or waits for its next try. */
  readonly #busy = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #uploads = 0;
  #order: number;

  constructor(ports: OutboxPorts, pending: readonly Pending[]) {
    this.#ports = ports;
    for (const one of pending) this.#items.set(one.key, new Item(this, one));
    this.#order = Math.max(0, ...pending.map(({ order }) => order));
  }

  all(): readonly Outgoing[] {
    return [...this.#items.values()];
  }

  /** Under the same key it is the same message. */
  put(draft: Omit<Pending, "order" | "failed">): Outgoing {
    const known = this.#items.get(draft.key);
    if (known !== undefined) return known;
    // By time, so that what another tab has put down meanwhile has its place.
    this.#order = Math.max(this.#order + 1, draft.createdAt);
    const item = new Item(this, { ...draft, order: this.#order });
    this.#items.set(item.key, item);
    void handled(this.#keep(item).then(() => this.pump()));
    this.#ports.changed(item);
    return item;
  }

  /** A message of ours came with the news: whatever became of the answer, it is there. */
  arrived(key: string, sent: SentMessage): void {
    const item = this.#items.get(key);
    if (item !== undefined && item.state !== "failed") this.#settle(item, sent);
  }

  retry(item: Item): void {
    if (item.state !== "failed") return;
    const { failed: _, ...pending } = item.pending;
    // A file that did not get up: the message itself was not tried.
    const tried = pending.file === undefined;
    item.pending = { ...pending, ...(tried && { tried }) };
    item.again = tried;
    item.settled = settling();
    item.state = "waiting";
    void handled(this.#keep(item).then(() => this.pump()));
    this.#ports.changed(item);
  }

  discard(item: Item): void {
    // What was tried may be there: it can be recalled, and no longer be kept from being sent.
    if (item.state !== "failed" && (item.pending.tried || item.state === "sending")) return;
    item.state = "discarded";
    item.abort?.abort();
    this.#items.delete(item.key);
    item.settled.reject(new Error("the message was discarded"));
    void handled(this.#ports.store.write({ sent: [item.key] }));
    this.#ports.changed(item);
  }

  /** Sends whatever may be sent. */
  pump(): void {
    if (this.#ports.client() === undefined) return;
    for (const item of this.#items.values()) {
      const key = refKey(item.conversation);
      if (item.state !== "waiting") continue;
      if (item.pending.file !== undefined) {
        if (this.#uploads < UPLOADS_AT_ONCE && item.abort === undefined) void this.#upload(item);
        continue;
      }
      if (this.#busy.has(key)) continue;
      this.#busy.add(key);
      void this.#send(item, key);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Its file first. What is sent later does not wait for that, or one large film would hold everything up. */
  async #upload(item: Item): Promise<void> {
    const { file } = item.pending;
    const abort = new AbortController();
    item.abort = abort;
    this.#uploads += 1;
    this.#move(item, "uploading");
    let waitMs = 0;
    try {
      const media = this.#ports.media();
      if (media === undefined) throw new Error("these chats have no files: openChat was not given `media`");
      if (file === undefined) throw new Error("there is no file");
      const name = "name" in item.content ? item.content.name : undefined;
      const onProgress = (progress: Progress): void => {
        item.progress = progress;
        if (item.state === "uploading") this.#ports.changed(item);
      };
      const up = await media.upload(file, { ...(name !== undefined && { name }), signal: abort.signal, onProgress });
      const addressed = await media.addressed(up.media, audienceOf(item.conversation));
      const { file: _, ...pending } = item.pending;
      item.pending = { ...pending, content: { ...pending.content, media: addressed } as Content };
      await this.#keep(item);
      item.progress = undefined;
      if (!isOver(item)) this.#move(item, "waiting");
    } catch (error) {
      item.progress = undefined;
      if (isOver(item)) return;
      waitMs = retryAfter(error) ?? 0;
      if (waitMs > 0 || this.#ports.client() === undefined) this.#move(item, "waiting");
      else await this.#fail(item, error);
    } finally {
      this.#uploads -= 1;
      this.#after(waitMs, () => {
        item.abort = undefined;
        this.pump();
      });
    }
  }

  async #send(item: Item, key: string): Promise<void> {
    let waitMs = 0;
    try {
      waitMs = await this.#try(item);
    } catch (error) {
      this.#ports.report(error);
    }
    const next = (): void => {
      this.#busy.delete(key);
      this.pump();
    };
    this.#after(waitMs, next);
  }

  #after(waitMs: number, next: () => void): void {
    if (waitMs <= 0) return next();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      next();
    }, waitMs);
    this.#timers.add(timer);
  }

  /** How long to wait before the next. */
  async #try(item: Item): Promise<number> {
    const client = this.#ports.client();
    if (client === undefined || item.state !== "waiting") return 0;
    const { conversation, key, content } = item.pending;
    const { again } = item;
    this.#move(item, "sending");
    // Said before it is done: after a crash nobody knows whether it was.
    if (!item.pending.tried) {
      item.pending = { ...item.pending, tried: true };
      await this.#keep(item);
    }
    item.again = true;
    try {
      const sent = await client.call("message.send", {
        conversation,
        key,
        content,
        ...mannerOf(item.pending),
        ...(again && { again }),
      });
      this.#settle(item, sent);
      return 0;
    } catch (error) {
      // It came by another way meanwhile.
      if (this.#items.get(item.key) !== item) return 0;
      const waitMs = retryAfter(error);
      if (waitMs !== undefined || this.#ports.client() === undefined) {
        this.#move(item, "waiting");
        return waitMs ?? 0;
      }
      await this.#fail(item, error);
      return 0;
    }
  }

  async #fail(item: Item, error: unknown): Promise<void> {
    item.pending = { ...item.pending, failed: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) } };
    await this.#keep(item);
    if (isOver(item)) return;
    this.#move(item, "failed");
    item.settled.reject(error);
  }

  #settle(item: Item, sent: SentMessage): void {
    if (item.state === "sent" || item.state === "discarded") return;
    this.#items.delete(item.key);
    void handled(this.#ports.store.write({ sent: [item.key] }));
    item.message = sent;
    item.settled.resolve(sent);
    this.#move(item, "sent");
  }

  #move(item: Item, state: OutgoingState): void {
    item.state = state;
    this.#ports.changed(item);
  }

  async #keep(item: Item): Promise<void> {
    if (this.#items.get(item.key) === item) await this.#ports.store.write({ pending: [item.pending] });
  }
}

/** Messages whose files go up at the same time: more would share the same line. */
const UPLOADS_AT_ONCE = 2;

const isOver = ({ state }: Outgoing): boolean => state === "sent" || state === "discarded";

/** An outcome that may be waited for. */
export interface Settling {
  readonly promise: Promise<SentMessage>;
  resolve(sent: SentMessage): void;
  reject(error: unknown): void;
}

export function settling(): Settling {
  const settled = Promise.withResolvers<SentMessage>();
  void handled(settled.promise);
  return settled;
}
