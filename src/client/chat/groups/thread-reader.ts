import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { ModulePort } from "../module-port.ts";
import { codeOf, handled } from "../port.ts";
import type { ThreadBook } from "./thread-book.ts";

/** What is new in threads is asked for together, this long after the first: a group hears of each once a second at most. */
const LAST_MS = 1_000;

/** Messages of a group from one number to another. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** Of each group: what was looked at far from its newest messages. */
const STRETCHES_MAX = 20;

/** Asks the service for what the book does not know: threads of groups that somebody wants, and the last messages of those somebody looks at. */
export class ThreadReader {
  readonly #port: ModulePort;
  readonly #book: ThreadBook;
  readonly #watched = new Map<UserId, number>();
  /** How far down the threads of a group are known, from its newest message on. */
  readonly #covers = new Map<UserId, number>();
  /** Beyond that. */
  readonly #stretches = new Map<UserId, readonly Stretch[]>();
  readonly #wanted = new Map<UserId, Stretch>();
  readonly #changed = new Map<UserId, Set<string>>();
  #reading = false;
  #due = false;

  constructor(port: ModulePort, book: ThreadBook) {
    this.#port = port;
    this.#book = book;
    port.on("thread", ({ group, event }) => {
      if (event.kind === "threadChanged" && this.#watched.has(group)) this.#lastLater(group, event.thread);
    });
    port.on("conversation", ({ conversation: { type, id }, entry }) => {
      // Joined on another device.
      if (type !== "thread" || entry?.entered === undefined || entry.left !== undefined || this.#book.of(id) !== undefined) return;
      const group = this.#book.groupOf(id);
      if (group !== undefined && this.#watched.has(group) && this.#covers.has(group)) void handled(this.#readJoined(group));
    });
    port.on("connected", ({ connected }) => {
      if (!connected) return;
      // What happened meanwhile nobody has said.
      const before = new Map(this.#covers);
      this.#covers.clear();
      this.#stretches.clear();
      for (const group of this.#watched.keys()) this.want(group, before.get(group));
    });
  }

  /** Whether the group may have threads of older messages than those that are known. */
  hasOlder(group: UserId): boolean {
    return this.#covers.get(group) !== 0;
  }

  /** Those that the user has joined, of all groups. */
  wantJoined(): void {
    for (const group of this.#book.groupsOfUnknown()) void handled(this.#readJoined(group));
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

  want(group: UserId, downTo = Number.MAX_SAFE_INTEGER, upTo = Number.MAX_SAFE_INTEGER): void {
    const cover = this.#covers.get(group) ?? Number.POSITIVE_INFINITY;
    const isThere = cover <= downTo || this.#stretches.get(group)?.some(({ from, to }) => from <= downTo && Math.min(upTo, cover - 1) <= to);
    if (isThere) return;
    const { from, to } = this.#wanted.get(group) ?? { from: downTo, to: upTo };
    this.#wanted.set(group, { from: Math.min(downTo, from), to: Math.max(upTo, to) });
    if (!this.#reading) queueMicrotask(() => void handled(this.#readWanted()));
  }

  async #readWanted(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#port.engine().connected) {
        const [next] = this.#wanted;
        if (next === undefined) return;
        const [group, wanted] = next;
        this.#wanted.delete(group);
        await this.#read(group, wanted).catch((error: unknown) => {
          if (["not_found", "gone", "forbidden"].includes(codeOf(error))) this.#book.forgetGroup(group);
        });
      }
    } finally {
      this.#reading = false;
    }
  }

  /** Page by page, those of the newest messages first. */
  async #read(group: UserId, { from: downTo, to }: Stretch): Promise<void> {
    const cover = this.#covers.get(group);
    // What follows on what is known makes that longer; with a gap between, it stands alone.
    const follows = to >= (cover ?? Number.MAX_SAFE_INTEGER) - 1;
    const begins = follows ? cover : to + 1;
    const asked = this.#book.now;
    const found: string[] = [];
    let before = begins;
    for (let more = true; more; ) {
      const page: OutputOf<"thread.list"> = await this.#port.engine().call("thread.list", { group, ...(before !== undefined && { before }) });
      for (const info of page.threads) this.#book.learn(group, info, asked);
      const from = page.next ?? 0;
      const threads = page.threads.map(({ thread }) => thread);
      this.#book.only(group, threads, from, before ?? Number.MAX_SAFE_INTEGER, asked);
      found.push(...threads);
      before = from;
      more = page.next !== undefined && from > downTo;
      if (follows) this.#covers.set(group, from);
      this.#port.emit("threads", { group });
    }
    if (!follows) this.#stretches.set(group, [...(this.#stretches.get(group) ?? []), { from: before ?? 0, to }].slice(-STRETCHES_MAX));
    if (cover === undefined && follows) found.push(...(await this.#readUnknown(group)));
    await this.#readLast(group, found);
  }

  /** Threads that the user has joined, on whichever device, and that nobody has told this one of. */
  async #readUnknown(group: UserId): Promise<string[]> {
    const unknown = new Set(this.#book.unknownOf(group));
    const found: string[] = [];
    let before: number | undefined;
    while (unknown.size > 0) {
      const asked = this.#book.now;
      const page: OutputOf<"thread.list"> = await this.#port.engine().call("thread.list", { group, joined: true, ...(before !== undefined && { before }) });
      for (const info of page.threads) {
        this.#book.learn(group, info, asked, true);
        if (unknown.delete(info.thread)) found.push(info.thread);
      }
      before = page.next;
      if (before === undefined) break;
    }
    return found;
  }

  async #readJoined(group: UserId): Promise<void> {
    await this.#readLast(group, await this.#readUnknown(group));
  }

  async #readLast(group: UserId, threads: readonly string[]): Promise<void> {
    for (let at = 0; at < threads.length; at += GROUP_LIMITS.threadsPerCall) {
      const asked = this.#book.now;
      const answer = await this.#port.engine().call("thread.last", { group, threads: threads.slice(at, at + GROUP_LIMITS.threadsPerCall) });
      for (const one of answer.threads) this.#book.learnLast(one, asked);
    }
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
      for (const [of, all] of changed) void handled(this.#readLast(of, [...all]));
    }, LAST_MS);
  }
}
