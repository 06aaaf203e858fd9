import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { ModulePort } from "../module-port.ts";
import { codeOf, handled } from "../port.ts";
import type { ThreadBook } from "./thread-book.ts";

/** What is new in threads is asked for together, this long after the first: a group hears of each once a second at most. */
const LAST_MS = 1_000;

/** How far down a group's threads are known: about this message and newer ones. */
interface Cover {
  readonly from: number;
}

/** Asks the service for what the book does not know: threads of groups that somebody wants, and the last messages of those somebody looks at. */
export class ThreadReader {
  readonly #port: ModulePort;
  readonly #book: ThreadBook;
  readonly #watched = new Map<UserId, number>();
  readonly #covers = new Map<UserId, Cover>();
  readonly #wanted = new Map<UserId, number>();
  readonly #changed = new Map<UserId, Set<string>>();
  #reading = false;
  #due = false;

  constructor(port: ModulePort, book: ThreadBook) {
    this.#port = port;
    this.#book = book;
    port.on("thread", ({ group, event }) => {
      if (event.kind === "threadChanged" && this.#watched.has(group)) this.#lastLater(group, event.thread);
    });
    port.on("connected", ({ connected }) => {
      if (!connected) return;
      // What happened meanwhile nobody has said.
      const before = new Map(this.#covers);
      this.#covers.clear();
      for (const group of this.#watched.keys()) this.want(group, before.get(group)?.from);
    });
  }

  /** Whether the group may have threads of older messages than those that are known. */
  hasOlder(group: UserId): boolean {
    return this.#covers.get(group)?.from !== 0;
  }

  watch(group: UserId): () => void {
    this.#watched.set(group, (this.#watched.get(group) ?? 0) + 1);
    this.want(group);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.#watched.get(group) ?? 1) - 1;
      if (left > 0) this.#watched.set(group, left);
      else this.#watched.delete(group);
    };
  }

  want(group: UserId, downTo = Number.MAX_SAFE_INTEGER): void {
    const { from } = this.#covers.get(group) ?? { from: Number.POSITIVE_INFINITY };
    if (from <= downTo) return;
    this.#wanted.set(group, Math.min(downTo, this.#wanted.get(group) ?? downTo));
    if (!this.#reading) queueMicrotask(() => void handled(this.#readWanted()));
  }

  async #readWanted(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#port.engine().connected) {
        const [next] = this.#wanted;
        if (next === undefined) return;
        const [group, downTo] = next;
        this.#wanted.delete(group);
        await this.#read(group, downTo).catch((error: unknown) => {
          if (["not_found", "gone", "forbidden"].includes(codeOf(error))) this.#book.forgetGroup(group);
        });
      }
    } finally {
      this.#reading = false;
    }
  }

  /** Page by page, those of the newest messages first. */
  async #read(group: UserId, downTo: number): Promise<void> {
    const known = this.#covers.get(group);
    let before = known?.from;
    const asked = this.#book.now;
    const found: string[] = [];
    for (let more = true; more; ) {
      const page: OutputOf<"thread.list"> = await this.#port.engine().call("thread.list", { group, ...(before !== undefined && { before }) });
      for (const info of page.threads) this.#book.learn(group, info, asked);
      const from = page.next ?? 0;
      const threads = page.threads.map(({ thread }) => thread);
      this.#book.only(group, threads, from, before ?? Number.MAX_SAFE_INTEGER, asked);
      this.#covers.set(group, { from });
      this.#port.emit("threads", { group });
      found.push(...threads);
      before = from;
      more = page.next !== undefined && from > downTo;
    }
    if (known === undefined) found.push(...(await this.#readUnknown(group)));
    for (let at = 0; at < found.length; at += GROUP_LIMITS.threadsPerCall) await this.#readLast(group, found.slice(at, at + GROUP_LIMITS.threadsPerCall));
  }

  /** Threads of older messages that the user has joined. */
  async #readUnknown(group: UserId): Promise<string[]> {
    const unknown = this.#book.unknownOf(group).slice(0, GROUP_LIMITS.threadsPerCall);
    for (const thread of unknown) {
      const asked = this.#book.now;
      const got = await this.#port
        .engine()
        .call("thread.get", { group, thread })
        .catch(() => undefined);
      if (got !== undefined) this.#book.learn(group, got.thread, asked, got.joined);
    }
    return unknown;
  }

  async #readLast(group: UserId, threads: readonly string[]): Promise<void> {
    const asked = this.#book.now;
    const answer = await this.#port.engine().call("thread.last", { group, threads: [...threads] });
    for (const one of answer.threads) this.#book.learnLast(one, asked);
  }

  /** Of a thread that one has joined the messages themselves come. */
  #lastLater(group: UserId, thread: string): void {
    if (this.#book.of(thread)?.joined !== false) return;
    const threads = this.#changed.get(group) ?? new Set();
    this.#changed.set(group, threads.add(thread));
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      const changed = [...this.#changed];
      this.#changed.clear();
      for (const [of, all] of changed) {
        const some = [...all].slice(0, GROUP_LIMITS.threadsPerCall);
        for (const rest of [...all].slice(GROUP_LIMITS.threadsPerCall)) this.#lastLater(of, rest);
        void handled(this.#readLast(of, some));
      }
    }, LAST_MS);
  }
}
