import { CHAT_LIMITS, CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, messageId, parseRefKey, refKey } from "../../protocol/conversation-name.ts";
import type { Content, MessageRecord, News, Passing } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import { toBase64Url } from "../../util/base64url.ts";
import { Emitter } from "../../util/emitter.ts";
import { type Applied, Book } from "./book.ts";
import { ChatConversation } from "./conversation.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { type ContactNews, People, type Profile } from "./people.ts";
import { type ChatClient, handled, retryAfter } from "./port.ts";
import { isBlocked, isContactNews, isEntry, isNews, isProfile, isShown } from "./records.ts";
import type { ChatStore, LocalConversation, Pending } from "./store.ts";

interface Told {
  readonly conversation: ConversationRef;
  readonly message: MessageRecord;
}

export interface ChatsEvents {
  /** A message that this device did not have, oldest first; own ones, too. */
  message: Told;
  /** A message that it had is another now: edited, recalled, reacted to, pinned, removed. */
  changed: Told;
  /** Anything about a conversation is another: last message, unread, receipts, pin, marks. */
  conversation: LocalConversation;
  typing: { readonly conversation: ConversationRef; readonly user: UserId; readonly on: boolean };
  /** A message that is kept nowhere. */
  passing: { readonly conversation: ConversationRef; readonly message: Extract<Passing, { kind: "message" }> };
  /** A message on its way has another state. */
  outgoing: Outgoing;
  /** One's own profile has changed. */
  profile: Profile;
  /** A contact or an invitation has come, changed, or gone (`none`). */
  contact: ContactNews;
  /** These are blocked now, or no longer. */
  blocked: { readonly users: readonly UserId[]; readonly on: boolean };
  /** Whether all that this device lacked has come. */
  synced: { readonly synced: boolean };
  error: Error;
}

const ASK_AGAIN_MS = 1_000;

/** The chats of a user on this device. Made by `openChat`. */
export class Chats {
  readonly user: UserId;
  readonly people: People;
  readonly #store: ChatStore;
  readonly #book: Book;
  readonly #outbox: Outbox;
  readonly #emitter: Emitter<ChatsEvents>;
  readonly #handles = new Map<string, ChatConversation>();
  /** Conversations of which something is missing here. */
  readonly #behind = new Set<string>();
  /** What is to be acknowledged, and read marks that are to be told. */
  readonly #received = new Map<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #client: ChatClient | undefined;
  #stop: (() => void)[] = [];
  #catching = false;
  #listed = false;
  #synced = false;
  #closed = false;

  /** @internal */
  constructor(user: UserId, store: ChatStore, known: Awaited<ReturnType<ChatStore["load"]>>) {
    this.user = user;
    this.people = new People(user, (op, input) => this.#call(op, input));
    this.#store = store;
    this.#book = new Book(store, user, known.conversations, known.revision);
    this.#emitter = new Emitter((error) => this.#report(error));
    this.#outbox = new Outbox(
      {
        store,
        client: () => this.#connected,
        changed: (outgoing) => this.#emitter.emit("outgoing", outgoing),
        report: (error) => this.#report(error),
      },
      known.outbox,
    );
  }

  /** Whether all is here that the service had when it was last asked. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Those of the list, pinned ones first, then by their newest message. */
  get conversations(): readonly LocalConversation[] {
    const listed = this.#book.all().filter(({ entry, last }) => (entry === undefined ? last !== undefined : !entry.removed));
    return listed.sort((a, b) => (b.entry?.pinnedAt ?? 0) - (a.entry?.pinnedAt ?? 0) || timeOf(b) - timeOf(a));
  }

  /** Of all conversations that are not kept from disturbing. */
  get unread(): number {
    return this.conversations.reduce((sum, { unread, entry }) => sum + (isMuted(entry?.mutedUntil) ? 0 : unread), 0);
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof ChatsEvents>(name: Name, listener: (event: ChatsEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** With a user, or any that a `ConversationRef` names; the same object for the same one. */
  conversation(to: string | ConversationRef): ChatConversation {
    const ref: ConversationRef = typeof to === "string" ? { type: "single", id: to } : { type: to.type, id: to.id };
    const key = refKey(ref);
    const known = this.#handles.get(key);
    if (known !== undefined) return known;
    const made = new ChatConversation(ref, {
      user: this.user,
      book: this.#book,
      store: this.#store,
      outgoing: () => this.#outbox.of(key),
      send: (content, options) => this.#outbox.put(this.#draft(ref, content, options)),
      call: (op, input) => this.#call(op, input),
      read: (seq) => this.#read(ref, seq),
      entry: (entry) => this.#listedEntries([entry]),
    });
    this.#handles.set(key, made);
    return made;
  }

  /** Goes on over this client: what waits is sent, and what is missing comes. */
  attach(client: ChatClient): void {
    this.detach();
    this.#client = client;
    this.#stop = [
      client.on("notice", (notice) => {
        if (notice.name === "conversation.news" && isNews(notice)) void handled(this.#news(notice));
        else if (notice.name === "conversation.entry" && isEntry(notice.entry)) void handled(this.#listedEntries([notice.entry]));
        else if (notice.name === "profile.changed" && isProfile(notice.profile)) this.#emitter.emit("profile", notice.profile);
        else if (notice.name === "contact.changed" && isContactNews(notice.contact)) this.#emitter.emit("contact", notice.contact);
        else if (notice.name === "block.changed" && isBlocked(notice)) this.#emitter.emit("blocked", { users: notice.users, on: notice.on });
      }),
      client.on("state", ({ state }) => {
        if (state === "connected") this.#connectedAgain();
        else this.#setSynced(false);
        if (state === "closed") this.detach();
      }),
    ];
    if (client.state === "connected") this.#connectedAgain();
  }

  /** Goes on without a client: what is here stays here, and what is sent waits. */
  detach(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
    this.#client = undefined;
    this.#listed = false;
    this.#setSynced(false);
  }

  close(): void {
    this.#closed = true;
    this.detach();
    this.#outbox.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#store.close();
  }

  #call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#client === undefined ? handled(Promise.reject(new Error("there is no client"))) : this.#client.call(op, input);
  }

  get #connected(): ChatClient | undefined {
    return this.#client?.state === "connected" ? this.#client : undefined;
  }

  #draft(conversation: ConversationRef, content: Content, { ext, silent }: { ext?: Pending["ext"]; silent?: boolean }) {
    return { conversation, key: newKey(), createdAt: Date.now(), content, ...(ext !== undefined && { ext }), ...(silent && { silent: true as const }) };
  }

  async #news(news: News): Promise<void> {
    for (const item of news.passing ?? []) this.#passed(news.conversation, item);
    if (news.passing !== undefined && news.upTo === news.after) return;
    const applied = await this.#book.news(news);
    if (applied === undefined) this.#lack(refKey(news.conversation));
    else this.#tell(applied);
  }

  #passed(conversation: ConversationRef, item: Passing): void {
    if (item.kind === "message") this.#emitter.emit("passing", { conversation, message: item });
    else if (item.kind === "typing") this.#emitter.emit("typing", { conversation, user: item.from, on: item.on });
  }

  #tell({ conversation, arrived, changed }: Applied): void {
    const ref = conversation.conversation;
    const { number, position } = conversation;
    for (const message of [...arrived, ...changed]) {
      if (message.from === this.user) this.#outbox.arrived(message.key, { seq: message.seq, ts: message.ts, id: messageId(number, message.seq) });
    }
    for (const message of arrived) if (isShown(message) || message.content?.type === "command") this.#emitter.emit("message", { conversation: ref, message });
    for (const message of changed) this.#emitter.emit("changed", { conversation: ref, message });
    this.#emitter.emit("conversation", conversation);
    this.#received.set(refKey(ref), position);
    this.#later("received", CHAT_TIMINGS.chatReceiptMs, () => this.#acknowledge());
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
    for (const changed of await this.#book.listed(entries, revision)) this.#emitter.emit("conversation", changed);
  }

  async #read(conversation: ConversationRef, seq: number): Promise<void> {
    const changed = await this.#book.readTo(conversation, seq);
    if (changed === undefined) return;
    this.#emitter.emit("conversation", changed);
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
    this.#emitter.emit("synced", { synced });
  }

  #report(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (this.#emitter.has("error")) this.#emitter.emit("error", error);
    else if (this.#client !== undefined) this.#client.report(error);
    else console.error(error);
  }
}

const timeOf = ({ last, entry }: LocalConversation): number => last?.ts ?? entry?.activeAt ?? 0;
const isMuted = (until: number | undefined): boolean => until !== undefined && (until === 0 || until > Date.now());
const newKey = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
