import { CHAT_LIMITS, CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, messageId, parseRefKey, refKey } from "../../protocol/conversation-name.ts";
import type { ConversationEntry, News, Passing } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Media } from "../media/media.ts";
import { type Applied, Book } from "./book.ts";
import type { Draft, Emit, Engine } from "./engine.ts";
import type { LocalChange } from "./local-messages.ts";
import type { MessageRecord } from "./message.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { type ChatClient, handled, type MediaMaker, retryAfter } from "./port.ts";
import { isBlocked, isContactNews, isEntry, isGroupEvent, isNews, isProfile, isShown } from "./records.ts";
import type { ChatStore, Known, LocalConversation } from "./store.ts";

export interface EngineOptions {
  readonly user: UserId;
  readonly store: ChatStore;
  readonly known: Known;
  readonly emit: Emit;
  readonly media: MediaMaker | undefined;
}

/** How often a page is asked for anew because the conversation has gone on meanwhile. */
const PAGE_ATTEMPTS = 5;
const ASK_AGAIN_MS = 1_000;

/** The chats of a user, kept by this program over a client of its own. */
export class LocalEngine implements Engine {
  readonly values: Map<string, unknown>;
  readonly #user: UserId;
  readonly #store: ChatStore;
  readonly #emit: Emit;
  readonly #makeMedia: MediaMaker | undefined;
  readonly #book: Book;
  readonly #outbox: Outbox;
  /** Conversations of which something is missing here. */
  readonly #behind = new Set<string>();
  /** What is to be acknowledged, and read marks that are to be told. */
  readonly #received = new Map<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #client: ChatClient | undefined;
  #media: Media | undefined;
  #stop: (() => void)[] = [];
  #catching = false;
  #listed = false;
  #synced = false;
  #closed = false;

  constructor({ user, store, known, emit, media }: EngineOptions) {
    this.values = new Map(known.values);
    this.#user = user;
    this.#store = store;
    this.#emit = emit;
    this.#makeMedia = media;
    this.#book = new Book(store, user, known.conversations, known.revision);
    this.#outbox = new Outbox(
      {
        store,
        client: () => this.#connected,
        media: () => this.#media,
        changed: (outgoing) => this.#emit("outgoing", outgoing),
        report: (error) => this.#report(error),
      },
      known.outbox,
    );
  }

  get connected(): boolean {
    return this.#connected !== undefined;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get media(): Media | undefined {
    return this.#media;
  }

  all(): readonly LocalConversation[] {
    return this.#book.all();
  }

  get(key: string): LocalConversation | undefined {
    return this.#book.get(key);
  }

  outgoing(): readonly Outgoing[] {
    return this.#outbox.all();
  }

  send(draft: Draft): Outgoing {
    return this.#outbox.put(draft);
  }

  entry(entry: ConversationEntry): Promise<void> {
    return this.#listedEntries([entry]);
  }

  keep(name: string, value: unknown): Promise<void> {
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
    return this.#store.write({ values: [[name, value]] });
  }

  async local(conversation: ConversationRef, change: LocalChange): Promise<readonly MessageRecord[]> {
    const applied = await this.#book.local(conversation, change);
    this.#announce(applied);
    return [...applied.arrived, ...applied.changed];
  }

  async older(conversation: ConversationRef, limit: number): Promise<boolean> {
    const key = refKey(conversation);
    for (let attempt = 0; attempt < PAGE_ATTEMPTS; attempt++) {
      const oldest = this.#book.get(key)?.oldest ?? 1;
      if (oldest <= 1) return false;
      let page: OutputOf<"message.history">;
      try {
        page = await this.call("message.history", { conversation, before: oldest, limit: Math.min(limit, CHAT_LIMITS.chatPage) });
      } catch {
        // Offline: what is here is what there is.
        return false;
      }
      if (await this.#book.older(key, page.records, page.next ?? 1, page.upTo)) return true;
    }
    return false;
  }

  /** Goes on over this client: what waits is sent, and what is missing comes. */
  attach(client: ChatClient): void {
    this.detach();
    this.#client = client;
    const { fetch } = client;
    this.#media = fetch && this.#makeMedia?.({ fetch: (path, init) => fetch.call(client, path, init) });
    this.#stop = [
      client.on("presence", (presence) => this.#emit("presence", presence)),
      client.on("notice", (notice) => {
        if (notice.name === "conversation.news" && isNews(notice)) void handled(this.#news(notice));
        else if (notice.name === "conversation.entry" && isEntry(notice.entry)) void handled(this.#listedEntries([notice.entry]));
        else if (notice.name === "profile.changed" && isProfile(notice.profile)) this.#emit("profile", notice.profile);
        else if (notice.name === "contact.changed" && isContactNews(notice.contact)) this.#emit("contact", notice.contact);
        else if (notice.name === "group.word" && isGroupEvent(notice.event))
          this.#emit("group", { group: notice.group, from: notice.from, event: notice.event, ...(notice.at !== undefined && { at: notice.at }) });
        else if (notice.name === "block.changed" && isBlocked(notice)) this.#emit("blocked", { users: notice.users, on: notice.on });
      }),
      client.on("state", ({ state }) => {
        if (state === "connected") this.#connectedAgain();
        else {
          this.#emit("connected", { connected: false });
          this.#setSynced(false);
        }
        if (state === "closed") this.detach();
      }),
    ];
    if (client.state === "connected") this.#connectedAgain();
  }

  /** Goes on without a client: what is here stays here, and what is sent waits. */
  detach(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
    const wasConnected = this.connected;
    this.#client = undefined;
    this.#media = undefined;
    this.#listed = false;
    if (wasConnected) this.#emit("connected", { connected: false });
    this.#setSynced(false);
  }

  close(): void {
    this.#closed = true;
    this.detach();
    this.#outbox.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#client === undefined ? handled(Promise.reject(new Error("there is no client"))) : this.#client.call(op, input);
  }

  get #connected(): ChatClient | undefined {
    return this.#client?.state === "connected" ? this.#client : undefined;
  }

  async #news(news: News): Promise<void> {
    for (const item of news.passing ?? []) this.#passed(news.conversation, item);
    if (news.passing !== undefined && news.upTo === news.after) return;
    const applied = await this.#book.news(news);
    if (applied === undefined) this.#lack(refKey(news.conversation));
    else this.#tell(applied);
  }

  #passed(conversation: ConversationRef, item: Passing): void {
    if (item.kind === "message") this.#emit("passing", { conversation, message: item });
    else if (item.kind === "typing") this.#emit("typing", { conversation, user: item.from, on: item.on });
    else if (item.kind === "confirmed") {
      const { from: user, seq, count, content } = item;
      this.#emit("confirmed", { conversation, user, seq, count, ...(content !== undefined && { content }) });
    } else if (item.kind === "group" && isGroupEvent(item.event)) this.#emit("group", { group: conversation.id, from: item.from, event: item.event });
  }

  #tell(applied: Applied): void {
    const { conversation, arrived, changed } = applied;
    const { conversation: ref, number, position } = conversation;
    for (const message of [...arrived, ...changed]) {
      if (message.from === this.#user) this.#outbox.arrived(message.key, { seq: message.seq, ts: message.ts, id: messageId(number, message.seq) });
    }
    this.#announce(applied);
    this.#received.set(refKey(ref), position);
    this.#later("received", CHAT_TIMINGS.chatReceiptMs, () => this.#acknowledge());
  }

  #announce({ conversation, arrived, changed }: Applied): void {
    const ref = conversation.conversation;
    for (const message of arrived) if (isShown(message) || message.content?.type === "command") this.#emit("message", { conversation: ref, message });
    for (const message of changed) this.#emit("changed", { conversation: ref, message });
    this.#emit("conversation", conversation);
  }

  async #acknowledge(): Promise<void> {
    const all = [...this.#received].slice(0, CHAT_LIMITS.chatConversationsPage);
    if (all.length === 0 || this.#connected === undefined) return;
    for (const [key] of all) this.#received.delete(key);
    // What is not heard is asked for again, and acknowledged then.
    await this.#connected
      .call("conversation.received", { conversations: all.map(([key, upTo]) => ({ conversation: parseRefKey(key), upTo })) })
      .catch(() => {});
    if (this.#received.size > 0) this.#later("received", CHAT_TIMINGS.chatReceiptMs, () => this.#acknowledge());
  }

  #connectedAgain(): void {
    this.#listed = false;
    this.#emit("connected", { connected: true });
    this.#outbox.pump();
    for (const one of this.#book.all()) if (one.readTo !== undefined) void handled(this.#sayRead(one.conversation, one.readTo));
    void handled(this.#catchUp());
  }

  #lack(key: string): void {
    this.#behind.add(key);
    this.#setSynced(false);
    void handled(this.#catchUp());
  }

  /** Asks for the list, and then for what is missing, until nothing is. */
  async #catchUp(): Promise<void> {
    if (this.#catching) return;
    this.#catching = true;
    try {
      while (this.#connected !== undefined && (!this.#listed || this.#behind.size > 0))
        await (this.#listed ? this.#syncSome(this.#connected) : this.#list(this.#connected));
      if (this.#connected !== undefined) this.#setSynced(true);
    } catch (error) {
      this.#later("catch up", retryAfter(error) ?? ASK_AGAIN_MS, () => this.#catchUp());
    } finally {
      this.#catching = false;
    }
  }

  async #list(client: ChatClient): Promise<void> {
    this.#listed = true;
    try {
      for (let more = true; more; ) {
        const listed: OutputOf<"conversation.list"> = await client.call("conversation.list", { since: this.#book.revision });
        for (const conversation of listed.behind) this.#behind.add(refKey(conversation));
        await this.#listedEntries(listed.entries, listed.revision);
        more = listed.more;
      }
    } catch (error) {
      this.#listed = false;
      throw error;
    }
    // Never synced: it stands in the list, or a message waits to begin it.
    for (const { conversation, number, entry } of this.#book.all())
      if (number === 0 && entry !== undefined && !entry.removed) this.#behind.add(refKey(conversation));
  }

  async #syncSome(client: ChatClient): Promise<void> {
    const keys = [...this.#behind].slice(0, CHAT_LIMITS.chatSyncConversations);
    const wanted = keys.map((key) => {
      const known = this.#book.get(key);
      return { conversation: parseRefKey(key), ...(known !== undefined && known.number > 0 && { since: known.position }) };
    });
    for (const key of keys) this.#behind.delete(key);
    let answer: OutputOf<"conversation.sync">;
    try {
      answer = await client.call("conversation.sync", { conversations: wanted });
    } catch (error) {
      for (const key of keys) this.#behind.add(key);
      throw error;
    }
    for (const synced of answer.conversations) {
      const applied = await this.#book.synced(synced);
      if (applied !== undefined) this.#tell(applied);
      if (synced.more || applied === undefined) this.#behind.add(refKey(synced.conversation));
    }
    if (answer.failed.length === 0) return;
    for (const conversation of answer.failed) this.#behind.add(refKey(conversation));
    throw Object.assign(new Error("some conversations cannot be reached"), { retry: "later", retryAfterMs: ASK_AGAIN_MS });
  }

  async #listedEntries(entries: Parameters<Book["listed"]>[0], revision?: number): Promise<void> {
    for (const changed of await this.#book.listed(entries, revision)) this.#emit("conversation", changed);
  }

  async read(conversation: ConversationRef, seq: number): Promise<void> {
    const changed = await this.#book.readTo(conversation, seq);
    if (changed === undefined) return;
    this.#emit("conversation", changed);
    const key = refKey(conversation);
    this.#later(`read ${key}`, CHAT_TIMINGS.chatReceiptMs, async () => {
      const readTo = this.#book.get(key)?.readTo;
      if (readTo !== undefined) await this.#sayRead(conversation, readTo);
    });
  }

  async #sayRead(conversation: ConversationRef, seq: number): Promise<void> {
    const client = this.#connected;
    // It is said at the next connect.
    if (client === undefined) return;
    try {
      await client.call("conversation.read", { conversation, seq });
      await this.#book.readKnown(refKey(conversation), seq);
    } catch (error) {
      const waitMs = retryAfter(error);
      if (waitMs === undefined) await this.#book.readKnown(refKey(conversation), seq);
      else this.#later(`read ${refKey(conversation)}`, waitMs, () => this.#sayRead(conversation, seq));
    }
  }

  /** One timer of each name. */
  #later(name: string, ms: number, work: () => Promise<void>): void {
    if (this.#timers.has(name) || this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      void work().catch((error: unknown) => this.#report(error));
    }, ms);
    this.#timers.set(name, timer);
  }

  #setSynced(synced: boolean): void {
    if (this.#synced === synced) return;
    this.#synced = synced;
    this.#emit("synced", { synced });
  }

  #report(thrown: unknown): void {
    this.#emit("error", thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}
