import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Content, Ext } from "../../protocol/messages/conversation.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import { type ChatClient, codeOf, handled, retryAfter } from "./port.ts";
import type { ChatStore, Pending } from "./store.ts";

export type SentMessage = OutputOf<"message.send">;

/** `waiting`: for a connection, or its turn · `sending` · `sent` · `failed`: refused for good; `retry` or `discard` it. */
export type OutgoingState = "waiting" | "sending" | "sent" | "failed" | "discarded";

/** A message that is being sent, however long that takes. */
export interface Outgoing {
  readonly key: string;
  readonly conversation: ConversationRef;
  readonly content: Content;
  readonly ext: Ext | undefined;
  readonly createdAt: number;
  readonly state: OutgoingState;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Its number, once it is there; rejects when it fails. */
  readonly sent: Promise<SentMessage>;
  retry(): void;
  discard(): void;
}

class Item implements Outgoing {
  readonly #outbox: Outbox;
  readonly settled = Promise.withResolvers<SentMessage>();
  pending: Pending;
  state: OutgoingState;
  /** In this life: a repeat has to say so. */
  again: boolean;

  constructor(outbox: Outbox, pending: Pending) {
    this.#outbox = outbox;
    this.pending = pending;
    this.again = pending.tried === true;
    this.state = pending.failed === undefined ? "waiting" : "failed";
    void handled(this.settled.promise);
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
  #order: number;

  constructor(ports: OutboxPorts, pending: readonly Pending[]) {
    this.#ports = ports;
    for (const one of pending) this.#items.set(one.key, new Item(this, one));
    this.#order = Math.max(0, ...pending.map(({ order }) => order));
  }

  of(key: string): Outgoing[] {
    return [...this.#items.values()].filter(({ conversation }) => refKey(conversation) === key);
  }

  put(draft: Omit<Pending, "order" | "tried" | "failed">): Outgoing {
    const item = new Item(this, { ...draft, order: ++this.#order });
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
    item.pending = { ...pending, tried: true };
    item.again = true;
    item.state = "waiting";
    void handled(this.#keep(item).then(() => this.pump()));
    this.#ports.changed(item);
  }

  discard(item: Item): void {
    if (item.state !== "failed") return;
    item.state = "discarded";
    this.#items.delete(item.key);
    void handled(this.#ports.store.write({ sent: [item.key] }));
    this.#ports.changed(item);
  }

  /** Sends whatever may be sent. */
  pump(): void {
    if (this.#ports.client() === undefined) return;
    for (const item of this.#items.values()) {
      const key = refKey(item.conversation);
      if (item.state !== "waiting" || this.#busy.has(key)) continue;
      this.#busy.add(key);
      void this.#send(item, key);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
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
    const { conversation, key, content, ext, silent } = item.pending;
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
        ...(ext !== undefined && { ext }),
        ...(silent !== undefined && { silent }),
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
      item.pending = { ...item.pending, failed: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) } };
      await this.#keep(item);
      this.#move(item, "failed");
      item.settled.reject(error);
      return 0;
    }
  }

  #settle(item: Item, sent: SentMessage): void {
    if (item.state === "sent" || item.state === "discarded") return;
    this.#items.delete(item.key);
    void handled(this.#ports.store.write({ sent: [item.key] }));
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
