import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Content } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import { toBase64Url } from "../../util/base64url.ts";
import { Emitter } from "../../util/emitter.ts";
import type { Media } from "../media/media.ts";
import { fresh } from "./book.ts";
import { ChatConversation } from "./conversation.ts";
import { Devices } from "./devices.ts";
import { Directory } from "./directory.ts";
import type { ChatsEvents, Draft, Emit, Engine, Told } from "./engine.ts";
import { mannerOf, type SendOptions } from "./manner.ts";
import type { ModulePort } from "./module-port.ts";
import type { Outgoing } from "./outbox.ts";
import { People } from "./people.ts";
import { PresenceWatch } from "./presence-watch.ts";
import type { ReceiptCounts } from "./receipt-counts.ts";
import { hasWords, type MessageFilter, wordsOf } from "./search.ts";
import type { ChatStore, LocalConversation } from "./store.ts";

/** Messages that a search gives, if it does not say how many. */
const SEARCH_LIMIT = 50;
/** Pages of the service that a search looks through: some may have nothing. */
const SEARCH_PAGES = 10;

/** The chats of a user on this device. Made by `openChat`, or `openTabs`. */
export class Chats {
  readonly user: UserId;
  readonly people: People;
  /** Where the user is logged in. */
  readonly devices: Devices;
  readonly #store: ChatStore;
  readonly #emitter: Emitter<ChatsEvents>;
  readonly #parts = new Map<string, unknown>();
  readonly #handles = new Map<string, ChatConversation>();
  readonly #engine: () => Engine;
  readonly #close: () => void;
  #directory: Directory | undefined;
  #presence: PresenceWatch | undefined;

  /** @internal `engine`: what does the work now; it is given how to tell of it. */
  constructor(user: UserId, store: ChatStore, begin: (emit: Emit) => { engine(): Engine; close(): void }) {
    this.user = user;
    this.#store = store;
    this.#emitter = new Emitter((error) => this.#report(error));
    const { engine, close } = begin((name, event) => {
      if (name === "error") this.#report(event);
      else this.#emitter.emit(name, event);
    });
    this.#engine = engine;
    this.#close = close;
    this.people = new People(user, (op, input) => this.call(op, input));
    this.devices = new Devices((op, input) => this.call(op, input));
  }

  /** Whether there is a connection. */
  get connected(): boolean {
    return this.#engine().connected;
  }

  /** Whether all is here that the service had when it was last asked. */
  get synced(): boolean {
    return this.#engine().synced;
  }

  /** Those of the list, pinned ones first, then by their newest message; one that waits to be sent counts, too. */
  get conversations(): readonly LocalConversation[] {
    const engine = this.#engine();
    const waiting = new Map<string, Outgoing>();
    for (const one of engine.outgoing()) waiting.set(refKey(one.conversation), one);
    const known = engine.all().filter(({ entry, last, conversation }) => {
      if (waiting.has(refKey(conversation))) return true;
      return entry === undefined ? last !== undefined : !entry.removed;
    });
    const begun = [...waiting].flatMap(([key, { conversation }]) => (engine.get(key) === undefined ? [fresh(conversation)] : []));
    const timeOf = ({ last, entry, conversation }: LocalConversation): number =>
      Math.max(last?.ts ?? entry?.activeAt ?? 0, waiting.get(refKey(conversation))?.createdAt ?? 0);
    return [...known, ...begun].sort((a, b) => (b.entry?.pinnedAt ?? 0) - (a.entry?.pinnedAt ?? 0) || timeOf(b) - timeOf(a));
  }

  /** Messages on their way, of all conversations, oldest first. */
  get outgoing(): readonly Outgoing[] {
    return this.#engine().outgoing();
  }

  /** Of all conversations that are not kept from disturbing. */
  get unread(): number {
    return this.conversations.reduce((sum, { unread, entry }) => sum + (isMuted(entry?.mutedUntil) ? 0 : unread), 0);
  }

  /** Profiles, contacts and who is blocked, as this device knows them: at once and offline. */
  get directory(): Directory {
    this.#directory ??= new Directory(this.modulePort);
    return this.#directory;
  }

  /** Who of others is there. */
  get presence(): PresenceWatch {
    this.#presence ??= new PresenceWatch(this.modulePort);
    return this.#presence;
  }

  /** Files, while there is a client and `openChat` was given `media`. */
  get media(): Media | undefined {
    return this.#engine().media;
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
      store: this.#store,
      state: () => this.#engine().get(key),
      older: (limit) => this.#engine().older(ref, limit),
      outgoing: () =>
        this.#engine()
          .outgoing()
          .filter((one) => refKey(one.conversation) === key),
      send: (content, options) => this.#engine().send(draftOf(ref, content, options)),
      call: (op, input) => this.call(op, input),
      read: (seq) => this.#engine().read(ref, seq),
      entry: (entry) => this.#engine().entry(entry),
      local: (change) => this.#engine().local(ref, change),
      counts: () => this.#parts.get("receipt counts") as ReceiptCounts | undefined,
    });
    this.#handles.set(key, made);
    return made;
  }

  /** Of the messages on this device those in which all these words stand, newest first; with a filter and no words, all that it lets pass. */
  async search(words: string, { limit = SEARCH_LIMIT, conversation, ...filter }: SearchOptions = {}): Promise<Told[]> {
    const found = await this.#store.search({ words, key: conversation && refKey(conversation), ...filter }, limit);
    return found.flatMap(({ key, record }) => {
      const known = this.#engine().get(key);
      return known === undefined ? [] : [{ conversation: known.conversation, message: record }];
    });
  }

  /** The same of all that the service keeps, with a connection: also what never was on this device. What was said just now may not be found yet. */
  async searchService(words: string, { limit = SEARCH_LIMIT, conversation, types, senders, from, to }: SearchOptions = {}): Promise<Told[]> {
    const wanted = {
      text: words,
      ...(conversation && { conversation }),
      ...(types && { types: [...types] }),
      ...(senders && { senders: [...senders] }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const told: Told[] = [];
    let next: string | undefined;
    for (let pages = 0; told.length < limit && pages < SEARCH_PAGES; pages++) {
      const page: OutputOf<"message.search"> = await this.call("message.search", {
        ...wanted,
        limit: Math.min(limit - told.length, CHAT_LIMITS.chatSearchPage),
        ...(next !== undefined && { next }),
      });
      for (const { conversation, record } of page.found) told.push({ conversation, message: record });
      next = page.next;
      if (next === undefined) break;
    }
    return told;
  }

  /** Of the list those in whose name, or id, all these words stand. */
  conversationsNamed(words: string): LocalConversation[] {
    const sought = wordsOf(words);
    if (sought.length === 0) return [];
    return this.conversations.filter(({ conversation: { id } }) => hasWords(`${this.directory.nameOf(id)} ${id}`, sought));
  }

  /** All messages of all conversations, for this user alone, on all devices; with `list`, the conversations leave the list, too. */
  async clearAll({ list = false }: { readonly list?: boolean } = {}): Promise<void> {
    for (let next: string | undefined, more = true; more; ) {
      const page: OutputOf<"conversation.clear-all"> = await this.call("conversation.clear-all", {
        ...(list && { list }),
        ...(next !== undefined && { next }),
      });
      if (page.failed.length > 0) throw Object.assign(new Error("some conversations cannot be reached"), { code: "unavailable", retry: "later" });
      next = page.next;
      more = next !== undefined;
    }
  }

  /** Any operation of the catalogue. */
  call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#engine().call(op, input);
  }

  close(): void {
    this.#close();
    this.#store.close();
  }

  /** @internal A part beside the conversations, made when somebody first wants it. */
  part<Part>(name: string, make: () => Part): Part {
    if (!this.#parts.has(name)) this.#parts.set(name, make());
    return this.#parts.get(name) as Part;
  }

  /** @internal What parts beside the conversations need. */
  get modulePort(): ModulePort {
    return {
      user: this.user,
      engine: this.#engine,
      emit: ((name, event) => this.#emitter.emit(name, event)) as Emit,
      on: <Name extends keyof ChatsEvents>(name: Name, listener: (event: ChatsEvents[Name]) => void) => this.#emitter.on(name, listener),
    };
  }

  #report(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (this.#emitter.has("error")) this.#emitter.emit("error", error);
    else console.error(error);
  }
}

export interface SearchOptions extends MessageFilter {
  readonly limit?: number;
  /** In this one alone. */
  readonly conversation?: ConversationRef;
}

function draftOf(conversation: ConversationRef, content: Content, { file, ...options }: SendOptions & { readonly file?: Blob }): Draft {
  return {
    conversation,
    key: newKey(),
    createdAt: Date.now(),
    content,
    ...(file !== undefined && { file }),
    ...mannerOf(options),
  };
}

const isMuted = (until: number | undefined): boolean => until !== undefined && (until === 0 || until > Date.now());
const newKey = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
