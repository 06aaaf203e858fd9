import { isFor, type StoredMessage } from "../../domain/conversation/message.ts";
import { type SearchTerm, searchable, tokensOf } from "../../domain/conversation/search-text.ts";
import type { ContentType } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { toHex } from "../../util/hex.ts";
import { encodeUtf8 } from "../../util/text.ts";

/** As much of D1 as is needed here. */
interface Preparing<Statement> {
  prepare(sql: string): { bind(...values: (string | number)[]): Statement };
}
type Asking = Preparing<{ all<Row>(): Promise<{ results: Row[] }> }>;

/** A message's id, from its time, number and seq. Two of one millisecond meet once in two million; then one of them is not found. */
const ID = (ts: string, number: string, seq: string): string => `((${ts} << 21) | ((${number} * 7919 + ${seq} * 104729) & 2097151))`;
const OF = ID("?1", "?3", "?4");

const PUT = `INSERT INTO chat_search (id, app, number, seq, version) VALUES (${OF}, ?2, ?3, ?4, ?5)
  ON CONFLICT DO UPDATE SET version = excluded.version WHERE app = excluded.app AND number = excluded.number AND seq = excluded.seq AND version <= excluded.version`;
const PUT_WORDS = `INSERT OR REPLACE INTO chat_words (rowid, scope, words)
  SELECT id, ?6, ?7 FROM chat_search WHERE id = ${OF} AND app = ?2 AND number = ?3 AND seq = ?4 AND version = ?5`;
const DROP_WORDS = `DELETE FROM chat_words WHERE rowid IN (SELECT id FROM chat_search WHERE id = ${OF} AND app = ?2 AND number = ?3 AND seq = ?4 AND version <= ?5)`;
const DROP = `DELETE FROM chat_search WHERE id = ${OF} AND app = ?2 AND number = ?3 AND seq = ?4 AND version <= ?5`;
const EXPIRED = `SELECT found.id FROM chat_messages AS old JOIN chat_search AS found
  ON found.id = ${ID("old.ts", "old.number", "old.seq")} AND found.app = old.app AND found.number = old.number AND found.seq = old.seq
  WHERE old.app = ?1 AND old.number = ?2 AND old.seq <= ?3 AND old.ts < ?4`;
/** The words first, from the newest on: the other tables are asked for what was found. */
const FIND = `SELECT found.id >> 21 AS ts, found.id & 2097151 AS low, found.seq AS seq, named.name AS name FROM chat_words
  CROSS JOIN chat_search AS found ON found.id = chat_words.rowid CROSS JOIN chat_conversations AS named ON named.app = found.app AND named.number = found.number
  WHERE chat_words MATCH ?1 AND chat_words.rowid < ((?2 << 21) | ?3) AND chat_words.rowid >= (?4 << 21) AND found.app = ?5 ORDER BY chat_words.rowid DESC LIMIT ?6`;

export interface IndexedConversation {
  readonly app: string;
  readonly name: string;
  readonly number: number;
  /** Who is in it. */
  readonly users: readonly UserId[];
}

/** Statements that make a message found by its words as they are now, or no longer. */
export function indexMessage<Statement>(db: Preparing<Statement>, { app, name, number, users }: IndexedConversation, message: StoredMessage): Statement[] {
  const { ts, seq, version, from, type, content } = message;
  const of = [ts, app, number, seq, version];
  const words = tokensOf(searchable(content)).join(" ");
  if (words !== "") {
    const scope = [
      ...users.filter((user) => isFor(message, user)).map((user) => ownerToken(app, user)),
      conversationToken(app, name),
      senderToken(from),
      typeToken(type),
    ];
    return [db.prepare(PUT).bind(...of), db.prepare(PUT_WORDS).bind(...of, scope.join(" "), words)];
  }
  // What never had words is not there.
  return version === seq ? [] : [db.prepare(DROP_WORDS).bind(...of), db.prepare(DROP).bind(...of)];
}

/** Statements that take out what is to be removed from `chat_messages` next. */
export const dropIndexed = <Statement>(db: Preparing<Statement>, app: string, number: number, upTo: number, before: number): Statement[] =>
  ["chat_words WHERE rowid", "chat_search WHERE id"].map((where) => db.prepare(`DELETE FROM ${where} IN (${EXPIRED})`).bind(app, number, upTo, before));

export interface SearchScope {
  readonly user: UserId;
  /** Its name. */
  readonly conversation?: string | undefined;
  /** The names of groups and threads whose messages are looked through as well. */
  readonly shared?: readonly string[] | undefined;
  readonly senders?: readonly UserId[] | undefined;
  readonly types?: readonly ContentType[] | undefined;
  /** Unix ms: inclusive, exclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Older than this one. */
export interface SearchPlace {
  readonly ts: number;
  readonly low: number;
}

/** Where a message with such words is, or was when the index was written. */
export interface Candidate extends SearchPlace {
  readonly seq: number;
  /** The conversation's. */
  readonly name: string;
}

/** The newest first. */
export async function findMessages(
  databases: readonly Asking[],
  app: string,
  terms: readonly SearchTerm[],
  scope: SearchScope,
  beyond: SearchPlace | undefined,
  limit: number,
): Promise<Candidate[]> {
  const { from = 0, to = FAR } = scope;
  const { ts, low } = beyond !== undefined && beyond.ts < to ? beyond : { ts: Math.min(to, FAR), low: 0 };
  const question = [matchOf(app, terms, scope), ts, low, from, app, limit];
  const answers = await Promise.all(
    databases.map((one) =>
      one
        .prepare(FIND)
        .bind(...question)
        .all<Candidate>(),
    ),
  );
  const found = answers.flatMap(({ results }) => results.map(({ ts, low, seq, name }) => ({ ts, low, seq, name })));
  return found.sort((a, b) => b.ts - a.ts || b.low - a.low).slice(0, limit);
}

/** Beyond what 42 bits of milliseconds hold there is nothing. */
const FAR = 2 ** 42 - 1;

const anyOf = (tokens: readonly string[]): string => `(${tokens.map(quoted).join(" OR ")})`;
const quoted = (token: string): string => `"${token.replaceAll('"', '""')}"`;

function matchOf(app: string, terms: readonly SearchTerm[], { user, conversation, shared = [], senders, types }: SearchScope): string {
  const scopes = [
    anyOf([ownerToken(app, user), ...shared.map((name) => conversationToken(app, name))]),
    ...(conversation === undefined ? [] : [quoted(conversationToken(app, conversation))]),
    ...(senders === undefined ? [] : [anyOf(senders.map(senderToken))]),
    ...(types === undefined ? [] : [anyOf(types.map(typeToken))]),
  ];
  const words = terms.map(({ tokens, prefix }) => `${quoted(tokens.join(" "))}${prefix ? " *" : ""}`);
  return `(scope : (${scopes.join(" AND ")})) AND (words : (${words.join(" AND ")}))`;
}

// Letters and digits only: the tokenizer leaves each whole. An app's id has 32 of them.
const hexOf = (text: string): string => toHex(encodeUtf8(text));
const ownerToken = (app: string, user: UserId): string => `u${app}${hexOf(user)}`;
const conversationToken = (app: string, name: string): string => `c${app}${hexOf(name)}`;
const senderToken = (user: UserId): string => `s${hexOf(user)}`;
const typeToken = (type: ContentType): string => `t${type}`;
