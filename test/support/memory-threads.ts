import type { ThreadStore } from "../../src/domain/membership/threads.ts";
import type { ThreadInfo } from "../../src/protocol/messages/group.ts";

/** A group's threads in memory: the twin of the SQLite ones. */
export class MemoryThreadStore implements ThreadStore {
  readonly #threads = new Map<string, ThreadInfo | undefined>();
  readonly #joined = new Map<string, Map<string, number>>();

  thread(id: string): ThreadInfo | undefined {
    return this.#threads.get(id);
  }
  putThread(thread: ThreadInfo): void {
    this.#threads.set(thread.thread, thread);
  }
  endThread(id: string): void {
    this.#threads.set(id, undefined);
    this.#joined.delete(id);
  }
  ended(id: string): boolean {
    return this.#threads.has(id) && this.#threads.get(id) === undefined;
  }
  count(): number {
    return this.all().length;
  }
  page(before: number, limit: number, user?: string): ThreadInfo[] {
    const threads = [...this.#threads.values()].flatMap((thread) => (thread !== undefined && thread.seq < before ? [thread] : []));
    const meant = threads.filter(({ thread }) => user === undefined || this.joined(thread, user));
    return meant.sort((a, b) => b.seq - a.seq).slice(0, limit);
  }
  joined(id: string, user: string): boolean {
    return this.#joined.get(id)?.has(user) === true;
  }
  join(id: string, user: string, at: number): void {
    const members = this.#joined.get(id) ?? new Map<string, number>();
    this.#joined.set(id, members.set(user, members.get(user) ?? at));
  }
  leave(id: string, user: string): void {
    this.#joined.get(id)?.delete(user);
  }
  members(id: string, after: string, limit: number): { user: string; joinedAt: number }[] {
    const rising = [...(this.#joined.get(id) ?? [])].filter(([user]) => user > after).sort(([a], [b]) => (a < b ? -1 : 1));
    return rising.slice(0, limit).map(([user, joinedAt]) => ({ user, joinedAt }));
  }
  of(user: string): string[] {
    return [...this.#joined].flatMap(([id, members]) => (members.has(user) ? [id] : []));
  }
  all(): string[] {
    return [...this.#threads].flatMap(([id, thread]) => (thread === undefined ? [] : [id]));
  }
}
