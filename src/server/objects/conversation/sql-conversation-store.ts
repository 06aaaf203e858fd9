import { type Act, isCountable, type StoredMessage } from "../../../domain/conversation/message.ts";
import type { Change, ConversationMeta, ConversationStore, Member, Piece, Reaction, Unread } from "../../../domain/conversation/store.ts";
import type { ContentType } from "../../../protocol/messages/conversation.ts";
import type { UserId } from "../../../protocol/names.ts";

/** As much of `SqlStorage` as is needed here. */
export interface Sql {
  exec<Row extends Record<string, string | number | null>>(text: string, ...values: (string | number | null)[]): { toArray(): Row[] };
}

interface MessageRow extends Record<string, string | number | null> {
  seq: number;
  version: number;
  content_version: number;
  sender: string;
  ts: number;
  key: string;
  type: string;
  receivers: string | null;
  content: string | null;
  ext: string | null;
  facts: string | null;
}

const COLUMNS = "seq, version, content_version, sender, ts, key, type, receivers, content, ext, facts";

/** In place of hot or not. */
const GONE = 2;

/** A conversation in its object's SQLite. What it reads is what it wrote. */
export class SqlConversationStore implements ConversationStore {
  readonly #sql: Sql;
  readonly #prepare: () => void;
  #exists: boolean;
  /** In most conversations nobody has removed anything. */
  #someRemoved: boolean | undefined;
  /** As `growing` has it. */
  #growing: readonly number[] | undefined;

  /** `prepare` makes the tables: nobody who only asks after a conversation leaves any. */
  constructor(sql: Sql, exists: boolean, prepare: () => void) {
    this.#sql = sql;
    this.#exists = exists;
    this.#prepare = prepare;
  }

  meta(): ConversationMeta | undefined {
    if (!this.#exists) return undefined;
    const row = this.#sql.exec<{ meta: string }>("SELECT meta FROM conversation").toArray()[0];
    return row === undefined ? undefined : (JSON.parse(row.meta) as ConversationMeta);
  }

  setMeta(meta: ConversationMeta): void {
    if (!this.#exists) this.#prepare();
    this.#exists = true;
    this.#sql.exec("INSERT OR REPLACE INTO conversation (one, meta) VALUES (1, ?)", JSON.stringify(meta));
  }

  highest(): number {
    const rows = this.#sql
      .exec<{ n: number | null }>(
        "SELECT max(seq) AS n FROM message UNION ALL SELECT max(version) FROM change UNION ALL SELECT max(version) FROM member UNION ALL SELECT max(version) FROM piece",
      )
      .toArray();
    return Math.max(0, ...rows.map(({ n }) => n ?? 0));
  }

  members(): Member[] {
    const rows = this.#sql
      .exec<{ user: string; version: number; hot: number; delivered: number; read: number; cleared: number; refuses: number }>(
        "SELECT user, version, hot, delivered, read, cleared, refuses FROM member ORDER BY user",
      )
      .toArray();
    const marks = this.#delivered();
    return rows.map((row) => ({
      ...row,
      hot: row.hot === 1,
      ...(row.hot === GONE && { gone: true }),
      delivered: Math.max(row.delivered, marks.get(row.user) ?? 0),
      refuses: row.refuses === 1,
    }));
  }

  putDelivered(chunk: number, marks: Readonly<Record<UserId, number>>): void {
    this.#sql.exec("INSERT OR REPLACE INTO delivered (chunk, marks) VALUES (?, ?)", chunk, JSON.stringify(marks));
  }

  #delivered(): ReadonlyMap<UserId, number> {
    const all = new Map<UserId, number>();
    for (const { marks } of this.#sql.exec<{ marks: string }>("SELECT marks FROM delivered").toArray()) {
      for (const [user, upTo] of Object.entries(JSON.parse(marks) as Record<UserId, number>)) all.set(user, Math.max(upTo, all.get(user) ?? 0));
    }
    return all;
  }

  putMember({ user, version, hot, gone, delivered, read, cleared, refuses }: Member): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO member (user, version, hot, delivered, read, cleared, refuses) VALUES (?, ?, ?, ?, ?, ?, ?)",
      user,
      version,
      gone ? GONE : hot ? 1 : 0,
      delivered,
      read,
      cleared,
      refuses ? 1 : 0,
    );
  }

  dropMember(user: UserId): void {
    this.#sql.exec("DELETE FROM member WHERE user = ?", user);
  }

  message(seq: number): StoredMessage | undefined {
    const row = this.#sql.exec<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE seq = ?`, seq).toArray()[0];
    return row === undefined ? undefined : this.#grown(messageOf(row));
  }

  put(message: StoredMessage): void {
    const { seq, version, contentVersion, from, ts, key, type, receivers, content, ext, ...rest } = message;
    const facts = factsOf(rest);
    this.#sql.exec(
      `INSERT OR REPLACE INTO message (${COLUMNS}, countable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      version,
      contentVersion,
      from,
      ts,
      key,
      type,
      textOf(receivers),
      textOf(content),
      textOf(ext),
      Object.keys(facts).length === 0 ? null : JSON.stringify(facts),
      isCountable(message) ? 1 : 0,
    );
  }

  newestUntil(ts: number): number {
    return this.#sql.exec<{ seq: number }>("SELECT seq FROM message WHERE ts <= ? ORDER BY seq DESC LIMIT 1", ts).toArray()[0]?.seq ?? 0;
  }

  after(seq: number, limit: number): StoredMessage[] {
    return this.#messages("seq > ? ORDER BY seq", seq, limit);
  }

  before(seq: number, limit: number): StoredMessage[] {
    return this.#messages("seq < ? ORDER BY seq DESC", seq, limit);
  }

  byKey(from: UserId, key: string): StoredMessage | undefined {
    const row = this.#sql.exec<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE sender = ? AND key = ? LIMIT 1`, from, key).toArray()[0];
    return row === undefined ? undefined : messageOf(row);
  }

  keysAfter(seq: number): { readonly seq: number; readonly from: UserId; readonly key: string }[] {
    return this.#sql
      .exec<{ seq: number; from: string; key: string }>('SELECT seq, sender AS "from", key FROM message WHERE seq > ? ORDER BY seq', seq)
      .toArray();
  }

  growing(): readonly number[] {
    if (!this.#exists) return [];
    this.#growing ??= this.#sql
      .exec<{ seq: number }>("SELECT seq FROM growing ORDER BY seq")
      .toArray()
      .map(({ seq }) => seq);
    return this.#growing;
  }

  setGrowing(seq: number, on: boolean): void {
    this.#sql.exec(on ? "INSERT OR IGNORE INTO growing (seq) VALUES (?)" : "DELETE FROM growing WHERE seq = ?", seq);
    this.#growing = undefined;
  }

  addPiece({ version, seq, at, text, ts }: Piece): void {
    this.#sql.exec("INSERT INTO piece (version, seq, at, text, ts) VALUES (?, ?, ?, ?, ?)", version, seq, at, text, ts);
  }

  pieces(seq: number, version: number): Piece[] {
    return this.#sql
      .exec<{ version: number; seq: number; at: number; text: string; ts: number }>(
        "SELECT version, seq, at, text, ts FROM piece WHERE version > ? AND seq = ? ORDER BY version",
        version,
        seq,
      )
      .toArray();
  }

  dropPieces(seq: number): void {
    this.#sql.exec("DELETE FROM piece WHERE seq = ?", seq);
  }

  addChange({ version, seq, user }: Change): void {
    this.#sql.exec("INSERT INTO change (version, seq, user) VALUES (?, ?, ?)", version, seq, user ?? null);
  }

  changesAfter(version: number, limit: number): Change[] {
    return this.#sql
      .exec<{ version: number; seq: number; user: string | null }>(
        "SELECT version, seq, user FROM change WHERE version > ?1 UNION ALL SELECT version, seq, NULL FROM piece WHERE version > ?1 ORDER BY version LIMIT ?2",
        version,
        limit,
      )
      .toArray()
      .map(({ version, seq, user }) => ({ version, seq, ...(user !== null && { user }) }));
  }

  reactions(seq: number): Reaction[] {
    return this.#sql.exec<{ reaction: string; user: string; at: number }>("SELECT reaction, user, at FROM reaction WHERE seq = ? ORDER BY nth", seq).toArray();
  }

  /** Numbered as they come: two of one millisecond have an order, too. */
  addReaction(seq: number, { reaction, user, at }: Reaction): void {
    this.#sql.exec(
      "INSERT INTO reaction (seq, reaction, user, at, nth) VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(nth), 0) + 1 FROM reaction WHERE seq = ?1))",
      seq,
      reaction,
      user,
      at,
    );
  }

  dropReaction(seq: number, reaction: string, user: UserId): void {
    this.#sql.exec("DELETE FROM reaction WHERE seq = ? AND reaction = ? AND user = ?", seq, reaction, user);
  }

  dropReactions(seq: number): void {
    this.#sql.exec("DELETE FROM reaction WHERE seq = ?", seq);
  }

  pins(): ReadonlyMap<number, Act> {
    const rows = this.#sql.exec<{ seq: number; by: string; at: number }>("SELECT seq, by, at FROM pin").toArray();
    return new Map(rows.map(({ seq, by, at }) => [seq, { by, at }]));
  }

  pin(seq: number, act: Act | undefined): void {
    if (act === undefined) this.#sql.exec("DELETE FROM pin WHERE seq = ?", seq);
    else this.#sql.exec("INSERT OR REPLACE INTO pin (seq, by, at) VALUES (?, ?, ?)", seq, act.by, act.at);
  }

  removed(user: UserId): ReadonlyMap<number, number> {
    this.#someRemoved ??= this.#sql.exec("SELECT 1 AS one FROM removed LIMIT 1").toArray().length > 0;
    if (!this.#someRemoved) return new Map();
    const rows = this.#sql.exec<{ seq: number; version: number }>("SELECT seq, version FROM removed WHERE user = ?", user).toArray();
    return new Map(rows.map(({ seq, version }) => [seq, version]));
  }

  remove(user: UserId, seq: number, version: number): void {
    this.#someRemoved = true;
    this.#sql.exec("INSERT OR REPLACE INTO removed (user, seq, version) VALUES (?, ?, ?)", user, seq, version);
  }

  unread(user: UserId, seq: number, most: number): Unread {
    const row = this.#sql
      .exec<{ n: number; mentioned: number | null }>(
        `SELECT count(*) AS n, max(iif(facts IS NULL, NULL, iif(json_type(facts, '$.mentions') = 'text'
           OR EXISTS (SELECT 1 FROM json_each(facts, '$.mentions') WHERE value = ?1), seq, NULL))) AS mentioned FROM (SELECT seq, facts FROM message WHERE seq > ?2 AND countable = 1 AND sender <> ?1
           AND (receivers IS NULL OR EXISTS (SELECT 1 FROM json_each(receivers) WHERE value = ?1))
           AND NOT EXISTS (SELECT 1 FROM removed WHERE removed.user = ?1 AND removed.seq = message.seq) LIMIT ?3)`,
        user,
        seq,
        most,
      )
      .toArray()[0];
    return { count: row?.n ?? 0, ...(row?.mentioned != null && { mentioned: row.mentioned }) };
  }

  dropMessages(upTo: number, limit: number, forGood: boolean): number {
    const seqs = this.#sql
      .exec<{ seq: number }>("SELECT seq FROM message WHERE seq <= ? AND seq NOT IN (SELECT seq FROM pin) ORDER BY seq LIMIT ?", upTo, limit)
      .toArray()
      .map(({ seq }) => seq);
    if (seqs.length === 0) return 0;
    const list = JSON.stringify(seqs);
    for (const table of ["message", "reaction", "piece", "growing", ...(forGood ? ["removed"] : [])])
      this.#sql.exec(`DELETE FROM ${table} WHERE seq IN (SELECT value FROM json_each(?))`, list);
    this.#growing = undefined;
    return seqs.length;
  }

  dropChanges(upTo: number): void {
    this.#sql.exec("DELETE FROM change WHERE version <= ?", upTo);
    this.#sql.exec("DELETE FROM piece WHERE version <= ? AND seq NOT IN (SELECT seq FROM growing)", upTo);
  }

  #messages(where: string, seq: number, limit: number): StoredMessage[] {
    return this.#sql
      .exec<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE ${where} LIMIT ?`, seq, limit)
      .toArray()
      .map((row) => this.#grown(messageOf(row)));
  }

  /** With what was appended since its row was written. */
  #grown(message: StoredMessage): StoredMessage {
    if (!message.growing || message.content?.type !== "text") return message;
    const pieces = this.pieces(message.seq, message.grown ?? 0);
    const last = pieces.at(-1);
    if (last === undefined) return message;
    const text = [message.content.text, ...pieces.map(({ text }) => text)].join("");
    return { ...message, version: Math.max(message.version, last.version), grown: last.version, content: { type: "text", text } };
  }
}

type Facts = Pick<StoredMessage, "silent" | "quiet" | "mentions" | "confirm" | "edited" | "recalled" | "growing" | "grown" | "cut">;

/** What few messages have. */
const factsOf = ({ silent, quiet, mentions, confirm, edited, recalled, growing, grown, cut }: Facts): Facts => ({
  ...(silent && { silent }),
  ...(quiet && { quiet }),
  ...(mentions && { mentions }),
  ...(confirm && { confirm }),
  ...(edited && { edited }),
  ...(recalled && { recalled }),
  ...(growing && { growing }),
  ...(grown !== undefined && { grown }),
  ...(cut && { cut }),
});

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** Our own text, so it is not checked again. */
function messageOf(row: MessageRow): StoredMessage {
  const { seq, version, sender, ts, key, type, receivers, content, ext, facts } = row;
  return {
    seq,
    version,
    contentVersion: row.content_version,
    from: sender,
    ts,
    key,
    type: type as ContentType,
    ...(content !== null && { content: JSON.parse(content) as NonNullable<StoredMessage["content"]> }),
    ...(ext !== null && { ext: JSON.parse(ext) as NonNullable<StoredMessage["ext"]> }),
    ...(receivers !== null && { receivers: JSON.parse(receivers) as UserId[] }),
    ...(facts !== null && (JSON.parse(facts) as Facts)),
  };
}
