import type { ConversationAuthority, Members } from "../../../domain/conversation/authority.ts";
import { Reading } from "../../../domain/conversation/reading.ts";
import type { ConversationStore } from "../../../domain/conversation/store.ts";
import type { ThreadLeave, ThreadWord } from "../../../domain/membership/threads.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { MessageRecord } from "../../../protocol/messages/conversation.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { Call, CallReply } from "../../trust.ts";
import type { TableSql } from "../shell/tables.ts";
import { type GroupTables, groupTables } from "./membership-tables.ts";
import { actorOf, runConversationOperationAs } from "./operations.ts";
import { OwedWords } from "./owed-words.ts";

/** What somebody wants to do in a thread, as its group has to know it. */
export interface ThreadAsked {
  readonly user: UserId;
  readonly op: string;
  /** Of the message that it is about. */
  readonly author?: UserId | undefined;
}

export interface ThreadDeskPorts {
  readonly conversation: ConversationAuthority;
  readonly store: ConversationStore;
  now(): number;
  /** Whether the group allows it. Throws where it cannot be reached. */
  ask(group: string, asked: ThreadAsked): Promise<ThreadLeave>;
  /** Tells the group that something was said. */
  tellGroup(group: string, messages: number): Promise<void>;
  /** To a user's object: it is in the thread no more, and was up to there. */
  gone(user: UserId, left: number): Promise<void>;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  /** In this life of the object: what is lost with it, the alarm does. */
  later(ms: number, work: () => void): void;
  readonly retryMs: number;
}

interface State {
  readonly group: string;
  /** The last word of the group that was done. */
  readonly n: number;
  readonly ended?: true;
}

/** What the group is asked about each time; the others are one's own affair. */
const ASKED: ReadonlySet<string> = new Set([
  "message.send",
  "message.append",
  "message.edit",
  "message.recall",
  "message.react",
  "message.pin",
  "conversation.typing",
]);
/** What a group's members see that it was done. */
const SEEN: ReadonlySet<string> = new Set(["message.send", "message.recall"]);
const NO_CONVERSATION = wireError("not_found", { field: "conversation" });
const UNREACHED = wireError("unavailable", { field: "conversation", message: "its group cannot be asked now" });
/** Messages among which the last is looked for that all see. */
const LOOKED_AT = 20;

/** A thread's side: it does what its group says, in the group's order, and asks it before anybody says something. */
export class ThreadDesk {
  readonly #ports: ThreadDeskPorts;
  readonly #tables: GroupTables;
  readonly #words: OwedWords<{ readonly gone: number }>;
  readonly #entered = new Map<UserId, number>();
  #state: State | undefined;
  #toldAt = 0;
  #untold = false;

  constructor(sql: TableSql, ports: ThreadDeskPorts) {
    this.#ports = ports;
    this.#tables = groupTables(sql);
    const [row] = this.#tables.read<{ state: string }>("thread_state", "SELECT state FROM thread_state");
    this.#state = row === undefined ? undefined : (JSON.parse(row.state) as State);
    for (const { user, entered } of this.#tables.read<{ user: string; entered: number }>("thread_member", "SELECT user, entered FROM thread_member"))
      this.#entered.set(user, entered);
    this.#words = new OwedWords({ ...ports, tables: this.#tables, table: "group_owed", say: (user, { gone }) => ports.gone(user, gone) });
  }

  get members(): Members {
    return { sees: () => true, entered: (user) => this.#entered.get(user) ?? 0, hears: () => true };
  }

  get owes(): boolean {
    return this.#words.any;
  }

  /** From the group. Words come in order, and one that comes again was done. */
  async take(group: string, n: number, { enter = [], part = [], ended }: ThreadWord): Promise<void> {
    const { conversation } = this.#ports;
    if (!ended) {
      const begun = await conversation.begin();
      if (!begun.ok) throw new Error(begun.error.message);
    }
    if (n <= (this.#state?.n ?? 0)) return;
    for (const user of enter) this.#enter(user);
    this.#part(ended ? [...this.#entered.keys()] : part);
    this.#save({ group, n, ...(ended && { ended }) });
  }

  async run(call: Pick<Call, "op" | "input" | "caller">): Promise<CallReply> {
    const { conversation, now } = this.#ports;
    const actor = actorOf(call);
    const { op } = call;
    const { seq, confirm } = call.input as { readonly seq?: number; readonly confirm?: boolean };
    if (this.#state === undefined || this.#state.ended) return { error: NO_CONVERSATION };
    if (!this.#entered.has(actor.user) && !(actor.server && ASKED.has(op))) return { error: NO_CONVERSATION };
    if (confirm) return { error: wireError("bad_request", { field: "confirm", message: "confirmations are asked for in groups" }) };
    const author = seq === undefined ? undefined : conversation.conversation.authorOf(seq);
    const leave = !actor.server && ASKED.has(op) ? await this.#ask(this.#state.group, { user: actor.user, op, author }) : {};
    if (leave.refused !== undefined) return { error: leave.refused };
    const reply = await runConversationOperationAs(conversation, call, { ...actor, server: actor.server || leave.moderates === true }, now());
    if ("ok" in reply && SEEN.has(op)) this.#changed();
    return reply;
  }

  /** How many messages there are, and the last that everybody sees. */
  last(): { messages: number; last?: MessageRecord } {
    const { conversation, store } = this.#ports;
    if (!conversation.conversation.open) return { messages: 0 };
    const nobody = { user: "", version: 0, hot: false, delivered: 0, read: 0, cleared: 0, refuses: false };
    const reading = new Reading(store, nobody);
    const last = store.before(Number.MAX_SAFE_INTEGER, LOOKED_AT).find(({ recalled, receivers }) => recalled === undefined && receivers === undefined);
    const record = last === undefined ? undefined : reading.record(last);
    return { messages: this.#count(), ...(record !== undefined && { last: record }) };
  }

  /** The alarm's turn. */
  due(): void {
    if (this.#words.any) void this.#words.pay();
    if (this.#untold) this.#tell();
  }

  async #ask(group: string, asked: ThreadAsked): Promise<ThreadLeave> {
    try {
      return await this.#ports.ask(group, asked);
    } catch {
      return { refused: UNREACHED };
    }
  }

  #enter(user: UserId): void {
    if (this.#entered.has(user)) return;
    const { conversation } = this.#ports;
    this.#words.drop(user, "gone");
    const entered = conversation.conversation.head + 1;
    this.#entered.set(user, entered);
    this.#tables.write("thread_member", "INSERT OR REPLACE INTO thread_member (user, entered) VALUES (?, ?)", user, entered);
    conversation.enter([user]);
  }

  #part(users: readonly UserId[]): void {
    const { conversation } = this.#ports;
    for (const user of users) {
      if (!this.#entered.delete(user)) continue;
      this.#tables.change("thread_member", "DELETE FROM thread_member WHERE user = ?", user);
      conversation.part([user]);
      this.#words.owe(user, { gone: conversation.conversation.head });
    }
  }

  /** To the group at once, unless it has just heard; then a moment later. */
  #changed(): void {
    const waitMs = this.#toldAt + GROUP_LIMITS.threadNewsMs - this.#ports.now();
    if (waitMs <= 0) return this.#tell();
    if (!this.#untold)
      this.#ports.later(waitMs, () => {
        if (this.#untold) this.#tell();
      });
    this.#untold = true;
  }

  #tell(): void {
    if (this.#state === undefined || this.#state.ended) return;
    this.#toldAt = this.#ports.now();
    this.#untold = false;
    const telling = this.#ports.tellGroup(this.#state.group, this.#count()).catch(() => {
      this.#untold = true;
    });
    this.#ports.background(telling);
  }

  #count(): number {
    return this.#ports.store.unread("", 0, CHAT_LIMITS.chatUnread).count;
  }

  #save(state: State): void {
    this.#state = state;
    this.#tables.write("thread_state", "INSERT OR REPLACE INTO thread_state (one, state) VALUES (1, ?)", JSON.stringify(state));
  }
}
