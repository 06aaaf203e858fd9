import type { ConversationRef } from "../../../protocol/conversation-name.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { Chats } from "../chats.ts";
import { codeOf } from "../port.ts";
import { ThreadBook } from "./thread-book.ts";
import { ThreadReader } from "./thread-reader.ts";
import type { Failed, GroupPage, ThreadInfo, ThreadLast, ThreadMember, ThreadPage, ThreadState } from "./types.ts";

/**
 * The threads of a user's groups: always the same object for the same chats. What is said in one goes over
 * `chats.conversation(threads.ref(id))`: kept on the device, sent when it can be, counted as unread, like anything else.
 *
 * @example
 * const threads = threadsOf(chats);
 * const { thread } = await threads.create("birds", seq, "Herons");
 * chats.conversation(threads.ref(thread)).send("I saw two");
 */
export function threadsOf(chats: Chats): Threads {
  return chats.part("threads", () => new Threads(chats));
}

export class Threads {
  readonly #chats: Chats;
  readonly #book: ThreadBook;
  readonly #reader: ThreadReader;

  /** @internal */
  constructor(chats: Chats) {
    this.#chats = chats;
    this.#book = new ThreadBook(chats.modulePort);
    this.#reader = new ThreadReader(chats.modulePort, this.#book);
  }

  /** The conversation of a thread, for those who have joined it. */
  ref(thread: string): ConversationRef {
    return { type: "thread", id: thread };
  }

  /** As it was last known, offline too; undefined: nothing is. */
  of(thread: string): ThreadState | undefined {
    return this.#book.of(thread);
  }

  /** The thread about a message of a group, as far as it is known here. */
  about(group: UserId, seq: number): ThreadState | undefined {
    const id = this.#chats.conversation({ type: "group", id: group }).idOf(seq);
    return id === undefined ? undefined : this.of(id);
  }

  /** Those of a group that are known here, the newest word first. */
  inGroup(group: UserId): readonly ThreadState[] {
    return this.#book.inGroup(group);
  }

  /** Those that the user has joined, of all groups, the newest word first. */
  get mine(): readonly ThreadState[] {
    return this.#book.joined;
  }

  /** Asks for those that the user has joined on another device and of which this one knows nothing yet; `mine` has them then. */
  wantMine(): void {
    this.#reader.wantJoined();
  }

  /** The group of a thread; undefined: not known here. */
  groupOf(thread: string): UserId | undefined {
    return this.#book.groupOf(thread);
  }

  /** Unread messages in the threads of a group. */
  unreadIn(group: UserId): number {
    return this.#chats.conversations.reduce((sum, { conversation: { type, id }, unread }) => {
      return unread > 0 && type === "thread" && this.groupOf(id) === group ? sum + unread : sum;
    }, 0);
  }

  /** Whether a group may have threads of older messages than those that are known here. */
  hasOlder(group: UserId): boolean {
    return this.#reader.hasOlder(group);
  }

  /** As long as somebody looks at a group: its threads are asked for, and so are their last messages when there is something new. Returns the end of it. */
  watch(group: UserId): () => void {
    return this.#reader.watch(group);
  }

  /** Asks for the threads of a group that are about this message and newer ones, up to another if it is named; the event `threads` tells of them. */
  want(group: UserId, downTo?: number, upTo?: number): void {
    this.#reader.want(group, downTo, upTo);
  }

  /** Opens a thread about a message of a group, and joins it. A message has one at most: a second one is a `conflict`. */
  async create(group: UserId, seq: number, name: string): Promise<ThreadState> {
    const asked = this.#book.now;
    const { thread } = await this.#call("thread.create", { group, seq, name });
    this.#book.learn(group, thread, asked, true);
    this.#book.setJoined(thread.thread, true);
    return this.#known(group, thread, true);
  }

  /** What is said in it is told from then on, and what was said before can be read. */
  async join(group: UserId, thread: string): Promise<void> {
    await this.#call("thread.join", { group, thread });
    if (this.of(thread) === undefined) await this.get(group, thread);
    this.#book.setJoined(thread, true);
  }

  async leave(group: UserId, thread: string): Promise<void> {
    await this.#call("thread.leave", { group, thread });
    this.#book.setJoined(thread, false);
  }

  /** For the group's owner and admins. */
  async remove(group: UserId, thread: string, users: readonly UserId[]): Promise<Failed> {
    return (await this.#call("thread.remove", { group, thread, users: [...users] })).failed;
  }

  /** For who has opened it, and the group's owner and admins. */
  async rename(group: UserId, thread: string, name: string): Promise<void> {
    await this.#call("thread.rename", { group, thread, name });
  }

  /** Ends it, for good; for the group's owner and admins. */
  async dismiss(group: UserId, thread: string): Promise<void> {
    await this.#call("thread.dismiss", { group, thread });
    this.#book.forget(thread);
  }

  /** As it is now. */
  async get(group: UserId, thread: string): Promise<ThreadState> {
    const asked = this.#book.now;
    try {
      const { thread: info, joined } = await this.#call("thread.get", { group, thread });
      this.#book.learn(group, info, asked, joined);
      return this.#known(group, info, joined);
    } catch (error) {
      if (codeOf(error) === "not_found" || codeOf(error) === "gone") this.#book.forget(thread);
      throw error;
    }
  }

  /** A page of a group's threads, those of the newest messages first, or of those that the user has joined. The next begins before `next`. */
  async list(group: UserId, page: ThreadPage = {}): Promise<{ readonly threads: readonly ThreadInfo[]; readonly next?: number | undefined }> {
    return this.#call("thread.list", { group, ...page });
  }

  /** Who has joined, by name; the next page begins behind `next`. */
  members(group: UserId, thread: string, page: GroupPage = {}): Promise<{ readonly members: readonly ThreadMember[]; readonly next?: UserId | undefined }> {
    return this.#call("thread.members", { group, thread, ...page });
  }

  /** The last messages of up to 20 threads. `failed` cannot be asked now. */
  async last(group: UserId, threads: readonly string[]): Promise<{ readonly threads: readonly ThreadLast[]; readonly failed: readonly string[] }> {
    const asked = this.#book.now;
    const answer = await this.#call("thread.last", { group, threads: [...threads] });
    for (const one of answer.threads) this.#book.learnLast(one, asked);
    return answer;
  }

  /** What was just answered, though the thread may have ended meanwhile. */
  #known(group: UserId, info: ThreadInfo, joined: boolean): ThreadState {
    return this.of(info.thread) ?? { ...info, group, joined, messages: undefined, last: undefined, unread: 0 };
  }

  #call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#chats.call(op, input);
  }
}
