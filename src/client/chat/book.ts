import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { ConversationEntry, MessageRecord, News, Receipt } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import { isShown, merged } from "./records.ts";
import type { ChatStore, LocalConversation, Writes } from "./store.ts";

type Synced = OutputOf<"conversation.sync">["conversations"][number];

/** What has come of one conversation, after it was written. */
export interface Applied {
  readonly conversation: LocalConversation;
  /** Not known before, oldest first. */
  readonly arrived: readonly MessageRecord[];
  /** Known before, and now another. */
  readonly changed: readonly MessageRecord[];
}

/** The conversations a device knows, in memory as the store has them. Whatever comes is applied one after the other. */
export class Book {
  readonly #store: ChatStore;
  readonly #self: UserId;
  readonly #conversations: Map<string, LocalConversation>;
  #revision: number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: ChatStore, self: UserId, conversations: readonly LocalConversation[], revision: number) {
    this.#store = store;
    this.#self = self;
    this.#conversations = new Map(conversations.map((one) => [refKey(one.conversation), one]));
    this.#revision = revision;
  }

  get revision(): number {
    return this.#revision;
  }

  all(): LocalConversation[] {
    return [...this.#conversations.values()];
  }

  get(key: string): LocalConversation | undefined {
    return this.#conversations.get(key);
  }

  /** Undefined: something is missing before it. */
  news(news: News): Promise<Applied | undefined> {
    return this.#inTurn(async () => {
      const known = this.#conversations.get(refKey(news.conversation));
      if (news.after > (known?.position ?? 0)) return undefined;
      return this.#apply(known ?? fresh(news.conversation), news, false);
    });
  }

  synced(synced: Synced): Promise<Applied | undefined> {
    return this.#inTurn(async () => {
      const known = this.#conversations.get(refKey(synced.conversation)) ?? fresh(synced.conversation);
      if (synced.restart) {
        const oldest = synced.complete ? 1 : (synced.records[0]?.seq ?? synced.upTo + 1);
        // What was told meanwhile is newer than this answer: it is asked for once more.
        if (synced.upTo < known.position) return undefined;
        return this.#apply({ ...known, position: 0, oldest }, synced, true);
      }
      return synced.after > known.position ? undefined : this.#apply(known, synced, false);
    });
  }

  /** A page of older messages, as the conversation stood at `upTo`. False: it has gone on since, so what has changed is not known. */
  older(key: string, records: readonly MessageRecord[], oldest: number, upTo: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const known = this.#conversations.get(key);
      if (known === undefined || known.position > upTo) return false;
      const { put } = await this.#merge(key, records);
      await this.#save({ ...known, oldest: Math.min(known.oldest, oldest) }, { messages: { key, records: put } });
      return true;
    });
  }

  /** The user's list has changed. */
  listed(entries: readonly ConversationEntry[], revision?: number): Promise<LocalConversation[]> {
    return this.#inTurn(async () => {
      const changed = entries.flatMap((entry) => {
        const known = this.#conversations.get(refKey(entry.conversation)) ?? fresh(entry.conversation);
        return (known.entry?.revision ?? -1) >= entry.revision ? [] : [{ ...known, entry }];
      });
      await this.#store.write({ conversations: changed, ...(revision !== undefined && { revision }) });
      for (const one of changed) this.#conversations.set(refKey(one.conversation), one);
      this.#revision = Math.max(this.#revision, revision ?? 0);
      return changed;
    });
  }

  /** Read here: shown at once, told when the service can be reached. */
  readTo(conversation: ConversationRef, seq: number): Promise<LocalConversation | undefined> {
    return this.#inTurn(async () => {
      const known = this.#conversations.get(refKey(conversation));
      if (known === undefined || seq <= Math.max(known.readTo ?? 0, ...known.receipts.map(({ user, read }) => (user === this.#self ? read : 0))))
        return undefined;
      const all = seq >= (known.last?.seq ?? 0);
      return this.#save({ ...known, readTo: seq, ...(all && { unread: 0 }) }, {});
    });
  }

  /** The service knows it. */
  readKnown(key: string, seq: number): Promise<void> {
    return this.#inTurn(async () => {
      const known = this.#conversations.get(key);
      if (known?.readTo === undefined || known.readTo > seq) return;
      const { readTo: _, ...rest } = known;
      await this.#save(rest, {});
    });
  }

  async #apply(known: LocalConversation, news: Omit<News, "passing">, restart: boolean): Promise<Applied> {
    const key = refKey(known.conversation);
    // What lies below what is here is fetched as it then is.
    const within = news.records.filter(({ seq }) => restart || seq >= known.oldest || seq > known.position);
    const { put, arrived, changed } = restart ? { put: within, arrived: [...within], changed: [] } : await this.#merge(key, within);
    const clear = restart ? Number.MAX_SAFE_INTEGER : news.cleared;
    const saved = await this.#save(
      {
        ...known,
        number: news.number,
        position: Math.max(known.position, news.upTo),
        unread: unreadOf(known, news, put),
        receipts: newest(known.receipts, news.receipts),
        ...(news.cleared > 0 && { oldest: Math.max(known.oldest, news.cleared + 1) }),
      },
      { messages: { key, ...(clear > 0 && { clear }), records: put } },
    );
    return { conversation: saved, arrived: arrived.sort((a, b) => a.seq - b.seq), changed };
  }

  async #merge(key: string, came: readonly MessageRecord[]) {
    const known = new Map(
      (
        await this.#store.records(
          key,
          came.map(({ seq }) => seq),
        )
      ).map((record) => [record.seq, record]),
    );
    const [put, arrived, changed]: [MessageRecord[], MessageRecord[], MessageRecord[]] = [[], [], []];
    for (const record of came) {
      const next = merged(known.get(record.seq), record);
      if (next === undefined) continue;
      put.push(next);
      (known.has(record.seq) ? changed : arrived).push(next);
    }
    return { put, arrived, changed };
  }

  /** With the newest message that is to be seen, which the writes may have changed. */
  async #save(conversation: LocalConversation, writes: Writes): Promise<LocalConversation> {
    const key = refKey(conversation.conversation);
    const { messages } = writes;
    let next = conversation;
    if (messages !== undefined) {
      await this.#store.write({ ...writes, conversations: [conversation] });
      const page = await this.#store.page(key, Number.MAX_SAFE_INTEGER, LOOKED_AT);
      const { last: _, ...rest } = conversation;
      const last = page.find(isShown);
      next = last === undefined ? rest : { ...rest, last };
    }
    await this.#store.write({ conversations: [next] });
    this.#conversations.set(key, next);
    return next;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => {});
    return run;
  }
}

/** Messages among which the newest one is looked for that is to be seen: the others are commands, and removed ones. */
const LOOKED_AT = 50;

export const fresh = (conversation: ConversationRef): LocalConversation => ({ conversation, number: 0, position: 0, oldest: 1, unread: 0, receipts: [] });

/** What comes late says nothing of now; and what is read here is read, whoever does not know it yet. */
function unreadOf(known: LocalConversation, { upTo, unread }: Pick<News, "upTo" | "unread">, put: readonly MessageRecord[]): number {
  if (known.readTo !== undefined && known.readTo >= lastOf(known, put)) return 0;
  return upTo < known.position ? known.unread : unread;
}

const lastOf = ({ last }: LocalConversation, put: readonly MessageRecord[]): number => Math.max(last?.seq ?? 0, ...put.filter(isShown).map(({ seq }) => seq));

/** Marks do not go back: what is told late may be older. */
function newest(known: readonly Receipt[], came: readonly Receipt[]): Receipt[] {
  const before = new Map(known.map((receipt) => [receipt.user, receipt]));
  return came.map(({ user, delivered, read }) => {
    const had = before.get(user);
    return { user, delivered: Math.max(delivered, had?.delivered ?? 0), read: Math.max(read, had?.read ?? 0) };
  });
}
