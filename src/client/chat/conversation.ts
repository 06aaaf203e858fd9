import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, messageId, refKey } from "../../protocol/conversation-name.ts";
import type { Content, ConversationEntry, Ext } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import { LOCAL_AT_ONCE, type LocalChange, type LocalMessage, refusal } from "./local-messages.ts";
import { mannerOf, type SendOptions } from "./manner.ts";
import { isLocal, type MessageRecord } from "./message.ts";
import type { Outgoing } from "./outbox.ts";
import type { Reached, ReceiptCounts, ReceiptNumbers } from "./receipt-counts.ts";
import { isShown } from "./records.ts";
import type { MessageFilter } from "./search.ts";
import type { ChatStore, LocalConversation } from "./store.ts";

export interface PageOptions {
  /** Older than this message; default: the newest. */
  readonly before?: number;
  readonly limit?: number;
}

export interface HistoryOptions extends MessageFilter, PageOptions {
  /** Newer than this message, oldest first; in place of `before`. */
  readonly after?: number;
}

export interface AroundOptions {
  /** At most so many older ones, and so many newer. */
  readonly limit?: number;
}

/** Messages that follow each other, oldest first. */
export interface Stretch {
  readonly messages: readonly MessageRecord[];
  /** Whether there are older ones, or newer. */
  readonly older: boolean;
  readonly newer: boolean;
}

/** What a message with a file says, before the file has a media id. */
export type FileContent = Content extends infer One
  ? One extends { type: "image" | "audio" | "video" | "file" }
    ? Omit<One, "media" | "bytes">
    : never
  : never;

/** @internal */
export interface ConversationPort {
  readonly user: UserId;
  readonly store: ChatStore;
  state(): LocalConversation | undefined;
  /** Fetches a page of older messages into the store. False: there is nothing to be had now. */
  older(limit: number): Promise<boolean>;
  outgoing(): Outgoing[];
  send(content: Content, options: SendOptions & { readonly file?: Blob }): Outgoing;
  call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>>;
  read(seq: number): Promise<void>;
  entry(entry: ConversationEntry): Promise<void>;
  local(change: LocalChange): Promise<readonly MessageRecord[]>;
  /** In a group, as far as somebody has asked. */
  counts(): ReceiptCounts | undefined;
}

/** Pages that are fetched on the way back to an old message: some 2,000 messages. */
const PAGES_BACK = 40;

/** One conversation: what is known of it here, and what may be done in it. */
export class ChatConversation {
  readonly ref: ConversationRef;
  readonly #port: ConversationPort;
  readonly #key: string;

  /** @internal Made by `Chats`. */
  constructor(ref: ConversationRef, port: ConversationPort) {
    this.ref = ref;
    this.#port = port;
    this.#key = refKey(ref);
  }

  /** As it stands here; undefined: nothing of it is known. */
  get state(): LocalConversation | undefined {
    return this.#port.state();
  }

  get unread(): number {
    return this.state?.unread ?? 0;
  }

  /** Messages on their way, oldest first: they stand below the others. */
  get outgoing(): readonly Outgoing[] {
    return this.#port.outgoing();
  }

  /** A message's id over all conversations. */
  idOf(seq: number): string | undefined {
    const number = this.state?.number ?? 0;
    return number === 0 || isLocal({ seq }) ? undefined : messageId(number, seq);
  }

  /** Offline too: it waits, and goes when it can, in the order of sending. */
  send(content: string | Content, options: SendOptions = {}): Outgoing {
    return this.#port.send(typeof content === "string" ? { type: "text", text: content } : content, options);
  }

  /** The same with a file, which is uploaded first: `Outgoing` tells how much of it is up. Later messages do not wait for it. */
  sendFile(file: Blob, content: FileContent, options: SendOptions = {}): Outgoing {
    return this.#port.send({ ...content, media: "", bytes: file.size } as Content, { ...options, file });
  }

  /** To whoever is online now; it is kept nowhere. */
  async sendPassing(content: Content, options: SendOptions = {}): Promise<void> {
    await this.#call("message.send", { conversation: this.ref, key: crypto.randomUUID(), content, online: true, ...mannerOf(options) });
  }

  /** A page of messages, newest first: those that are here, and if there are not enough, from the service. */
  async messages({ before = Number.MAX_SAFE_INTEGER, limit = CHAT_LIMITS.chatPage }: PageOptions = {}): Promise<MessageRecord[]> {
    for (;;) {
      const here = (await this.#port.store.page(this.#key, before, limit + HIDDEN)).filter(isShown).slice(0, limit);
      const { state } = this;
      if (here.length >= limit || state === undefined || state.oldest <= 1 || !(await this.#port.older(limit))) return here;
    }
  }

  /** Those after a message, oldest first, of what is here. */
  async newer(after: number, limit: number = CHAT_LIMITS.chatPage): Promise<MessageRecord[]> {
    return (await this.#port.store.newer(this.#key, after, limit + HIDDEN)).filter(isShown).slice(0, limit);
  }

  /** A message among its neighbours, fetched if it is not here; undefined: it cannot be had, or is not to be seen. */
  async around(seq: number, { limit = CHAT_LIMITS.chatPage / 2 }: AroundOptions = {}): Promise<Stretch | undefined> {
    for (let pages = 0; (this.state?.oldest ?? 1) > seq && !isLocal({ seq }); pages++)
      if (pages >= PAGES_BACK || !(await this.#port.older(CHAT_LIMITS.chatPage))) return undefined;
    const message = await this.message(seq);
    if (message === undefined || !isShown(message)) return undefined;
    const [before, after] = await Promise.all([this.messages({ before: seq, limit }), this.newer(seq, limit + 1)]);
    return {
      messages: [...before.reverse(), message, ...after.slice(0, limit)],
      older: before.length >= limit || (this.state?.oldest ?? 1) > 1,
      newer: after.length > limit,
    };
  }

  /** A page of what the service has, filtered by it: newest first, or with `after` oldest first. Nothing of it is kept here. */
  async history({
    types,
    senders,
    ...page
  }: HistoryOptions = {}): Promise<{ readonly messages: readonly MessageRecord[]; readonly next?: number | undefined }> {
    const lists = { ...(types !== undefined && { types: [...types] }), ...(senders !== undefined && { senders: [...senders] }) };
    const { records, next } = await this.#call("message.history", { conversation: this.ref, ...given(page), ...lists });
    return { messages: records, next };
  }

  /** Puts messages among the others by their time, on this device alone, whether or not there is a connection: at most 1,000 at once. */
  insert(messages: LocalMessage | readonly LocalMessage[]): Promise<readonly MessageRecord[]> {
    const list = Array.isArray(messages) ? (messages as readonly LocalMessage[]) : [messages as LocalMessage];
    if (list.length > LOCAL_AT_ONCE) return Promise.reject(refusal("limit_exceeded", `at most ${LOCAL_AT_ONCE} messages at once`));
    const now = Date.now();
    const one = (message: LocalMessage) => ({ from: this.#port.user, ts: now, key: crypto.randomUUID(), ...message });
    return this.#port.local({ kind: "insert", messages: list.map(one) });
  }

  /** Changes one that was inserted. */
  async update(seq: number, change: { readonly content?: Content; readonly ext?: Ext }): Promise<MessageRecord | undefined> {
    return (await this.#port.local({ kind: "update", seq, ...change }))[0];
  }

  /** Keeps something of the program's own beside any message that is on this device, or removes it. */
  async note(seq: number, note?: Ext): Promise<MessageRecord | undefined> {
    return (await this.#port.local({ kind: "note", seq, note }))[0];
  }

  /** Keeps something of the program's own beside the conversation, on this device alone, as its `state.custom`; or removes it. */
  async keep(custom?: Ext): Promise<void> {
    await this.#port.local({ kind: "custom", custom });
  }

  /** Of those that are here. */
  async message(seq: number): Promise<MessageRecord | undefined> {
    return (await this.#port.store.records(this.#key, [seq]))[0];
  }

  async edit(seq: number, change: { readonly content?: string | Content; readonly ext?: Ext; readonly ifVersion?: number }): Promise<void> {
    const { content, ...rest } = change;
    await this.#call("message.edit", {
      conversation: this.ref,
      seq,
      ...rest,
      ...(content !== undefined && { content: typeof content === "string" ? { type: "text", text: content } : content }),
    });
  }

  /** Takes it back, from everybody. */
  async recall(seq: number): Promise<void> {
    await this.#call("message.recall", { conversation: this.ref, seq });
  }

  async react(seq: number, reaction: string, on = true): Promise<void> {
    await this.#call("message.react", { conversation: this.ref, seq, reaction, on });
  }

  /** Who gave it, by time. */
  reactors(seq: number, reaction: string, page: { readonly skip?: number; readonly limit?: number } = {}): Promise<OutputOf<"message.reactors">> {
    return this.#call("message.reactors", { conversation: this.ref, seq, reaction, ...page });
  }

  async pin(seq: number, on = true): Promise<void> {
    await this.#call("message.pin", { conversation: this.ref, seq, on });
  }

  async pins(): Promise<MessageRecord[]> {
    return (await this.#call("message.pins", { conversation: this.ref })).records;
  }

  /** For this user alone. */
  async remove(seqs: number | readonly number[]): Promise<void> {
    const all = typeof seqs === "number" ? [seqs] : seqs;
    const [here, there] = [all.filter((seq) => isLocal({ seq })), all.filter((seq) => !isLocal({ seq }))];
    if (here.length > 0) await this.#port.local({ kind: "drop", seqs: here });
    if (there.length > 0) await this.#call("message.remove", { conversation: this.ref, seqs: there });
  }

  /** All messages that are there now, or up to a moment (unix ms, inclusive), for this user alone. */
  async clear({ until }: { readonly until?: number } = {}): Promise<void> {
    if (until !== undefined) return void (await this.#call("conversation.clear", { conversation: this.ref, until }));
    const seq = this.state?.position ?? 0;
    if (seq > 0) await this.#call("conversation.clear", { conversation: this.ref, seq });
  }

  /** All up to this message, or all: shown at once, and told when the service can be reached. */
  read(seq: number = this.state?.last?.seq ?? 0): Promise<void> {
    const upTo = Math.floor(seq);
    return upTo === 0 ? Promise.resolve() : this.#port.read(upTo);
  }

  /** How many have it, and have read it, and who of a page of them by name; the next page begins behind `next`. */
  receipts(seq: number, page: { readonly after?: UserId; readonly limit?: number } = {}): Promise<OutputOf<"message.receipts">> {
    return this.#call("message.receipts", { conversation: this.ref, seq, ...page });
  }

  /** Says that a message was read whose sender has asked for that; with a word of up to 512 characters. How many have. */
  async confirm(seq: number, content?: string): Promise<number> {
    return (await this.#call("message.confirm", { conversation: this.ref, seq, ...(content !== undefined && content !== "" && { content }) })).count;
  }

  /** How many have confirmed a message, and a page of them by name, with what they have said. */
  confirmations(seq: number, page: { readonly after?: UserId; readonly limit?: number } = {}): Promise<OutputOf<"message.confirmations">> {
    return this.#call("message.confirmations", { conversation: this.ref, seq, ...page });
  }

  /** In a group: how many of those whom a message of one's own was for have it, and have read it; as far as `receiptCountsOf(chats)` was asked to watch it. */
  countsOf({ seq }: MessageRecord): ReceiptNumbers | undefined {
    return this.#port.counts()?.of(this.ref, seq);
  }

  /** Whether the others have a message, as far as this device knows; in a group, all whom it was for. */
  receiptOf({ seq }: MessageRecord): Reached {
    if (this.ref.type !== "single") return this.#port.counts()?.reached(this.ref, seq) ?? "sent";
    const others = (this.state?.receipts ?? []).filter(({ user }) => user !== this.#port.user);
    if (others.some(({ read }) => read >= seq)) return "read";
    return others.some(({ delivered }) => delivered >= seq) ? "delivered" : "sent";
  }

  async typing(on = true): Promise<void> {
    await this.#call("conversation.typing", { conversation: this.ref, on });
  }

  async configure(change: { readonly pinned?: boolean; readonly marks?: readonly number[]; readonly mutedUntil?: number | null }): Promise<void> {
    const { marks, ...rest } = change;
    const { entry } = await this.#call("conversation.configure", { conversation: this.ref, ...rest, ...(marks !== undefined && { marks: [...marks] }) });
    await this.#port.entry(entry);
  }

  /** Off the list, until something new comes. */
  async leaveList(): Promise<void> {
    const { entry } = await this.#call("conversation.remove", { conversation: this.ref });
    await this.#port.entry(entry);
  }

  #call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#port.call(op, input);
  }
}

/** Without what is not there. */
const given = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Commands and removed messages that may lie between those that are shown. */
const HIDDEN = 50;
