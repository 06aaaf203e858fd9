import type { ThreadStore } from "../../../domain/membership/threads.ts";
import type { ThreadInfo } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { GroupTables } from "./membership-tables.ts";

type Row = { info: string | null };
type Joined = { user: string; joined_at: number };

/** What a group keeps of its threads, in its object's SQLite. Of one that has ended stays the row, without what it said. */
export class ThreadTables implements ThreadStore {
  readonly #tables: GroupTables;

  constructor(tables: GroupTables) {
    this.#tables = tables;
  }

  thread(id: string): ThreadInfo | undefined {
    return this.#rows("SELECT info FROM group_thread WHERE id = ? AND info IS NOT NULL", id)[0];
  }

  putThread(thread: ThreadInfo): void {
    const statement = "INSERT OR REPLACE INTO group_thread (seq, id, info) VALUES (?, ?, ?)";
    this.#tables.write("group_thread", statement, thread.seq, thread.thread, JSON.stringify(thread));
  }

  endThread(id: string): void {
    this.#tables.change("group_thread", "UPDATE group_thread SET info = NULL WHERE id = ?", id);
    this.#tables.change("thread_joined", "DELETE FROM thread_joined WHERE thread = ?", id);
  }

  ended(id: string): boolean {
    return this.#tables.read("group_thread", "SELECT 1 FROM group_thread WHERE id = ? AND info IS NULL", id).length > 0;
  }

  count(): number {
    return this.#tables.read<{ n: number }>("group_thread", "SELECT count(*) AS n FROM group_thread WHERE info IS NOT NULL")[0]?.n ?? 0;
  }

  page(before: number, limit: number, user?: UserId): ThreadInfo[] {
    if (user === undefined) return this.#rows("SELECT info FROM group_thread WHERE seq < ? AND info IS NOT NULL ORDER BY seq DESC LIMIT ?", before, limit);
    if (!this.#tables.has("thread_joined")) return [];
    const query = `SELECT info FROM group_thread JOIN thread_joined ON thread_joined.thread = group_thread.id
      WHERE thread_joined.user = ? AND seq < ? AND info IS NOT NULL ORDER BY seq DESC LIMIT ?`;
    return this.#rows(query, user, before, limit);
  }

  joined(id: string, user: UserId): boolean {
    return this.#tables.read("thread_joined", "SELECT 1 FROM thread_joined WHERE user = ? AND thread = ?", user, id).length > 0;
  }

  join(id: string, user: UserId, at: number): void {
    this.#tables.write("thread_joined", "INSERT OR IGNORE INTO thread_joined (user, thread, joined_at) VALUES (?, ?, ?)", user, id, at);
  }

  leave(id: string, user: UserId): void {
    this.#tables.change("thread_joined", "DELETE FROM thread_joined WHERE user = ? AND thread = ?", user, id);
  }

  members(id: string, after: UserId, limit: number): { user: UserId; joinedAt: number }[] {
    const query = "SELECT user, joined_at FROM thread_joined WHERE thread = ? AND user > ? ORDER BY user LIMIT ?";
    return this.#tables.read<Joined>("thread_joined", query, id, after, limit).map(({ user, joined_at }) => ({ user, joinedAt: joined_at }));
  }

  of(user: UserId): string[] {
    return this.#tables.read<{ thread: string }>("thread_joined", "SELECT thread FROM thread_joined WHERE user = ?", user).map(({ thread }) => thread);
  }

  all(): string[] {
    return this.#tables.read<{ id: string }>("group_thread", "SELECT id FROM group_thread WHERE info IS NOT NULL").map(({ id }) => id);
  }

  #rows(query: string, ...bindings: (string | number)[]): ThreadInfo[] {
    return this.#tables.read<Row>("group_thread", query, ...bindings).flatMap(({ info }) => (info === null ? [] : [JSON.parse(info) as ThreadInfo]));
  }
}
