import type { ConversationAuthority } from "../../../domain/conversation/authority.ts";
import type { MediaClaims, MediaFile } from "../../../domain/media/media-pass.ts";
import { GroupAuthority, type GroupWord } from "../../../domain/membership/authority.ts";
import { NOTHING, told } from "../../../domain/membership/events.ts";
import { Group } from "../../../domain/membership/group.ts";
import type { Registration } from "../../../domain/membership/registration.ts";
import { leaveInThread } from "../../../domain/membership/talk.ts";
import { type ThreadLeave, Threads, type ThreadWord } from "../../../domain/membership/threads.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { MessageRecord } from "../../../protocol/messages/conversation.ts";
import type { UserId } from "../../../protocol/names.ts";
import { ok, type Result } from "../../../util/result.ts";
import type { TableSql } from "../shell/tables.ts";
import { Confirmations } from "./confirmations.ts";
import { type RegistrationDesk, registrationOf } from "./group-registration.ts";
import { type GroupTables, groupTables, MembershipTables } from "./membership-tables.ts";
import { OwedWords } from "./owed-words.ts";
import { SharedFiles } from "./shared-files.ts";
import type { ThreadAsked } from "./thread-desk.ts";
import { ThreadTables } from "./thread-tables.ts";

export interface GroupDeskPorts {
  readonly conversation: ConversationAuthority;
  /** The most members that the app lets a group have. */
  membersCap(): number;
  now(): number;
  /** What a media id says, if it is one. */
  claims(media: string): Promise<Result<MediaClaims, WireError>>;
  removeFile(file: MediaFile): void;
  /** To the object of a user; throws where it cannot be reached. */
  word(user: UserId, word: GroupWord): Promise<void>;
  /** To the object of a thread; the same. */
  threadWord(thread: string, n: number, word: ThreadWord): Promise<void>;
  lastOf(thread: string): Promise<{ messages: number; last?: MessageRecord }>;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  readonly retryMs: number;
  /** The app's list of groups; undefined: there is none. */
  readonly list?: Pick<RegistrationDesk, "tell" | "gatherMs" | "retryMs" | "retryCapMs"> | undefined;
}

/** A group with all it keeps, and the words that it owes to users' objects: rows until those have heard them. */
export class GroupDesk {
  readonly group: Group;
  readonly authority: GroupAuthority;
  readonly store: MembershipTables;
  readonly files: SharedFiles;
  readonly confirmations: Confirmations;
  readonly #ports: GroupDeskPorts;
  readonly #tables: GroupTables;
  readonly #words: OwedWords<GroupWord>;
  readonly threadStore: ThreadTables;
  readonly threads: Threads;
  readonly threadWords: OwedWords<ThreadWord>;
  /** Undefined: there is no database that has the app's list. */
  readonly #registration: Registration | undefined;

  constructor(sql: TableSql, ports: GroupDeskPorts) {
    this.#ports = ports;
    this.#tables = groupTables(sql);
    this.store = new MembershipTables(this.#tables);
    const { store } = this;
    const { conversation } = ports;
    this.group = new Group({ store, membersCap: () => ports.membersCap(), now: () => ports.now(), head: () => conversation.conversation.head });
    const owing = { ...ports, tables: this.#tables };
    this.#words = new OwedWords({ ...owing, table: "group_owed", say: (user, word) => ports.word(user, word) });
    this.threadWords = new OwedWords({ ...owing, table: "thread_owed", say: (thread, word, n) => ports.threadWord(thread, n, word) });
    this.threadStore = new ThreadTables(this.#tables);
    this.threads = new Threads({
      group: this.group,
      store: this.threadStore,
      now: () => ports.now(),
      owe: (thread, word) => this.threadWords.owe(thread, word),
    });
    this.authority = new GroupAuthority({
      group: this.group,
      store,
      conversation,
      threads: this.threads,
      owe: (user, word) => this.#words.owe(user, word),
      forgive: (user) => this.#words.drop(user, "gone"),
      changed: () => this.#registration?.changed(),
    });
    const { list } = ports;
    if (list !== undefined)
      this.#registration = registrationOf(this.#tables, this.group, store, {
        now: () => ports.now(),
        background: (work) => ports.background(work),
        wakeBy: (at) => ports.wakeBy(at),
        ...list,
      });
    this.files = new SharedFiles({
      group: this.group,
      tables: this.#tables,
      now: () => ports.now(),
      claims: (media) => ports.claims(media),
      remove: (file) => ports.removeFile(file),
    });
    this.confirmations = new Confirmations(this.#tables, conversation);
  }

  get owes(): boolean {
    return this.#words.any || this.threadWords.any || this.#registration?.owes === true;
  }

  get conversation(): ConversationAuthority {
    return this.#ports.conversation;
  }

  /** What is owed is said, as far as it can be now. */
  pay(): void {
    void this.#words.pay();
    void this.threadWords.pay();
    this.#registration?.pay();
  }

  /** A thread asks whether somebody may do something in it. */
  asked(thread: string, { user, op, author }: ThreadAsked): ThreadLeave {
    return leaveInThread(this.group, this.threads, thread, { user, op, author });
  }

  /** Something was said in a thread. */
  threadChanged(thread: string, messages: number): void {
    if (this.threadStore.thread(thread) === undefined) return;
    this.authority.carryOut({ kind: "server" }, () => ok({ ...NOTHING, told: [told({ kind: "threadChanged", thread, messages }, "members")] }));
  }

  lastOf(thread: string): ReturnType<GroupDeskPorts["lastOf"]> {
    return this.#ports.lastOf(thread);
  }
}
