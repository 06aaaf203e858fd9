import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { ConversationEntry, News, Receipt, MessageRecord as Said } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import { behind, type LocalChange, noted, placed, refusal, updated } from "./local-messages.ts";
import { isLocal, type MessageRecord } from "./message.ts";
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
  older(key: string, records: readonly Said[], oldest: number, upTo: number): Promise<boolean> {
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
      const { mentioned, ...rest } = known;
      const all = seq >= Math.floor(known.last?.seq ?? 0);
      return this.#save({ ...rest, readTo: seq, ...(all ? { unread: 0 } : mentioned !== undefined && mentioned > seq && { mentioned }) }, {});
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

  /** What a program does to what is here; nothing of it is told to the service. */
  local(conversation: ConversationRef, change: LocalChange): Promise<Applied> {
    return this.#inTurn(async () => {
      const key = refKey(conversation);
      const known = this.#conversations.get(key) ?? fresh(conversation);
      const one = async (seq: number) => (await this.#store.records(key, [seq]))[0];
      const put = async (records: readonly MessageRecord[], arrived: boolean): Promise<Applied> => {
        const saved = await this.#save({ ...known, ...(records.length > 0 && { local: true as const }) }, { messages: { key, records } });
        return { conversation: saved, arrived: arrived ? records : [], changed: arrived ? [] : records };
      };
      switch (change.kind) {
        case "insert":
          return put(await placed(change.messages, (before) => this.#store.page(key, before, STRETCH), known.oldest), true);
        case "update":
          return put(there(updated(await one(change.seq), change)), false);
        case "note":
          return put(there(noted(await one(change.seq), change.note)), false);
        case "drop": {
          const dropped = (await this.#store.records(key, change.seqs)).filter(isLocal);
          return put(
            dropped.map(({ content: _, ext: _ext, ...record }) => ({ ...record, removed: true as const })),
            false,
          );
        }
        case "custom": {
          const { custom: _, ...rest } = known;
          return { conversation: await this.#save(change.custom === undefined ? rest : { ...rest, custom: change.custom }, {}), arrived: [], changed: [] };
        }
      }
    });
  }

  async #apply(known: LocalConversation, news: Omit<News, "passing">, restart: boolean): Promise<Applied> {
    const key = refKey(known.conversation);
    // What lies below what is here is fetched as it then is.
    const within = news.records.filter(({ seq }) => restart || seq >= known.oldest || seq > known.position);
    const { put, arrived, changed } = restart ? await this.#anew(known, within, news.cleared) : await this.#merge(key, within);
    const clear = restart ? Number.MAX_SAFE_INTEGER : news.cleared && behind(news.cleared);
    const { mentioned: _, ...rest } = known;
    const unread = unreadOf(known, news, put);
    const mentioned = news.upTo < known.position ? known.mentioned : news.mentioned;
    const saved = await this.#save(
      {
        ...rest,
        number: news.number,
        position: Math.max(known.position, news.upTo),
        unread,
        ...(unread > 0 && mentioned !== undefined && { mentioned }),
        receipts: newest(known.receipts, news.receipts),
        ...(news.cleared > 0 && { oldest: Math.max(known.oldest, news.cleared + 1) }),
      },
      { messages: { key, ...(clear > 0 && { clear }), records: put } },
    );
    return { conversation: saved, arrived: arrived.sort((a, b) => a.seq - b.seq), changed };
  }

  /** The conversation begins anew: what is of this device alone stays, and notes beside what is there again. */
  async #anew({ conversation, local }: LocalConversation, came: readonly Said[], cleared: number) {
    const key = refKey(conversation);
    const kept = new Map<number, MessageRecord>();
    for (let after = local ? behind(cleared) : undefined; after !== undefined; ) {
      const stretch: readonly MessageRecord[] = await this.#store.newer(key, after, STRETCH);
      for (const record of stretch) if (isLocal(record) || record.note !== undefined) kept.set(record.seq, record);
      after = stretch.at(-1)?.seq;
    }
    const records = came.map((record): MessageRecord => {
      const note = kept.get(record.seq)?.note;
      return note === undefined ? record : { ...record, note };
    });
    return { put: [...records, ...[...kept.values()].filter(isLocal)], arrived: records, changed: [] };
  }

  async #merge(key: string, came: readonly Said[]) {
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

/** Messages read at once, where it may be many. */
const STRETCH = 200;

/** Messages among which the newest one is looked for that is to be seen: the others are commands, and removed ones. */
const LOOKED_AT = 50;

export const fresh = (conversation: ConversationRef): LocalConversation => ({ conversation, number: 0, position: 0, oldest: 1, unread: 0, receipts: [] });

/** What comes late says nothing of now; and what is read here is read, whoever does not know it yet. */
function unreadOf(known: LocalConversation, { upTo, unread }: Pick<News, "upTo" | "unread">, put: readonly MessageRecord[]): number {
  if (known.readTo !== undefined && known.readTo >= lastOf(known, put)) return 0;
  return upTo < known.position ? known.unread : unread;
}

function there(record: MessageRecord | undefined): readonly MessageRecord[] {
  if (record === undefined) throw refusal("not_found", "the message is not on this device");
  return [record];
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
