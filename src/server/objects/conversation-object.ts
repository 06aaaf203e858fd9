import { DurableObject } from "cloudflare:workers";
import { type AuthorityPorts, ConversationAuthority, type Members, type Synced } from "../../domain/conversation/authority.ts";
import type { MemberReport } from "../../domain/conversation/group-leaf.ts";
import type { Asking, Report } from "../../domain/conversation/user-chats.ts";
import { verifyMediaPass } from "../../domain/media/media-pass.ts";
import type { ThreadLeave, ThreadWord } from "../../domain/membership/threads.ts";
import { CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import { conversationRef, type NamedConversation, parseConversationName } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { TIMINGS } from "../../protocol/limits.ts";
import type { MessageRecord, News } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../protocol/settings.ts";
import { must } from "../../util/assert.ts";
import { err, type Result } from "../../util/result.ts";
import { sealingOf } from "../access/authenticate.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { removeFile } from "../media/removal.ts";
import { putGroup } from "../storage/group-list.ts";
import { timeScale } from "../time-scale.ts";
import type { Call, CallReply } from "../trust.ts";
import { within } from "../within.ts";
import { ConversationExporter, type Keeping } from "./conversation/export.ts";
import { GroupDesk, type GroupDeskPorts } from "./conversation/group-desk.ts";
import { groupLeafLimits } from "./conversation/group-leaves.ts";
import { isGroupOperation, runGroupOperation } from "./conversation/group-operations.ts";
import { runConversationOperation, runGroupConversationOperation } from "./conversation/operations.ts";
import { CONVERSATION_SCHEMA } from "./conversation/schema.ts";
import { SqlConversationStore } from "./conversation/sql-conversation-store.ts";
import { type ThreadAsked, ThreadDesk } from "./conversation/thread-desk.ts";
import { conversationObject, directoryObject, groupLeafObject, parseObjectName, userObject } from "./locate.ts";
import { callRepeatedly } from "./shell/rpc.ts";
import { migrate, schemaVersion } from "./shell/schema.ts";

/** What a user's object asks of it: the platform's own types of a stub are too deep for the compiler. */
export type ConversationCalls = Pick<ConversationObject, "ask" | "sync" | "report" | "found" | "forget">;

/** What a group and its threads ask of each other. */
type GroupCalls = Pick<ConversationObject, "threadWord" | "threadLast" | "threadAsked" | "threadChanged">;

/** Where it keeps what the alarm needs of the app's settings, unless that is the default. */
const AGE = "ageMs";
const SEARCH = "search";

/** The runtime around a conversation: its database, one alarm, RPC. What happens is decided in `ConversationAuthority`. */
export class ConversationObject extends DurableObject<Env> {
  readonly #app: string;
  readonly #name: string;
  readonly #scale: number;
  readonly #store: SqlConversationStore;
  readonly #authority: ConversationAuthority;
  readonly #exporter: ConversationExporter;
  /** Of a group. */
  readonly #desk: GroupDesk | undefined;
  /** Of a thread. */
  readonly #thread: ThreadDesk | undefined;
  /** Of the app, as the last caller brought it. */
  #membersCap: number = DEFAULT_SETTINGS.groupMembers;
  /** When the alarm goes off; undefined: not known to be armed. */
  #armed: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseObjectName(must(ctx.id.name, "objects are reached by name"));
    if (name?.kind !== "conversation") throw new TypeError("this object's name is not a conversation's");
    const named: NamedConversation = must(parseConversationName(name.conversation), "a conversation's name");
    this.#app = name.app;
    this.#name = name.conversation;
    this.#scale = timeScale(env);
    const { sql } = ctx.storage;
    const exists = schemaVersion(sql) > 0;
    if (exists) migrate(sql, CONVERSATION_SCHEMA);
    this.#store = new SqlConversationStore(sql, exists, () => migrate(sql, CONVERSATION_SCHEMA));
    this.#authority = new ConversationAuthority({
      store: this.#store,
      users: named.type === "single" ? named.users : [],
      ...(named.type !== "single" && { group: this.#members }),
      exportMs: CHAT_TIMINGS.chatExportMs * this.#scale,
      retryMs: CHAT_TIMINGS.chatTellMs * this.#scale,
      retryCapMs: CHAT_TIMINGS.chatTellCapMs * this.#scale,
      growth: {
        flushMs: CHAT_TIMINGS.chatGrowFlushMs * this.#scale,
        pauseMs: CHAT_TIMINGS.chatGrowPauseMs * this.#scale,
        lifeMs: CHAT_TIMINGS.chatGrowLifeMs * this.#scale,
        later: (ms, run) => void setTimeout(run, ms),
      },
      now: () => Date.now(),
      ref: (user) => conversationRef(named, user),
      number: () => callRepeatedly(() => this.#within(directoryObject(env, this.#app, this.#where).number(this.#name))),
      archived: (number, seq, floor, newer, limit) => this.#exporter.read(number, seq, floor, newer, limit),
      archivedUntil: (number, ts, floor) => this.#exporter.newestUntil(number, ts, floor),
      archivedAt: (number, seqs) => this.#exporter.readSome(number, seqs),
      refuses: (user, from) => callRepeatedly(() => this.#within(userObject(env, this.#app, user, this.#where).chatRefuses(from))),
      // A new stub each time: one that has thrown stays broken.
      tell: (user, news) => this.#within(userObject(env, this.#app, user, this.#where).chatNews(news)),
      ...(named.type === "group" && { leaves: this.#leavesOf(named.id) }),
      background: (work) => ctx.waitUntil(work),
      wakeBy: (at) => this.#wakeBy(at),
    });
    this.#exporter = new ConversationExporter(env.DB as D1Database | undefined, this.#app, this.#name, named.type === "single" ? named.users : []);
    if (named.type === "group") {
      this.#desk = new GroupDesk(sql, {
        conversation: this.#authority,
        membersCap: () => this.#membersCap,
        now: () => Date.now(),
        claims: async (media) => {
          const sealing = sealingOf(env);
          return sealing.ok ? verifyMediaPass(media, this.#app, sealing.value.secret, Date.now(), sealing.value.crypto) : sealing;
        },
        removeFile: (file) => {
          if (env.MEDIA !== undefined)
            ctx.waitUntil(removeFile(env.MEDIA, file).catch((error: unknown) => logLine("group.file-kept", { message: messageOf(error) })));
        },
        word: (user, word) => this.#within(userObject(env, this.#app, user, this.#where).groupWord(named.id, word)),
        threadWord: (thread, n, word) => this.#threadWithin(thread, (stub) => stub.threadWord(named.id, n, word)),
        lastOf: (thread) => this.#threadWithin(thread, (stub) => stub.threadLast()),
        background: (work) => ctx.waitUntil(work),
        wakeBy: (at) => this.#wakeBy(at),
        retryMs: CHAT_TIMINGS.chatTellMs * this.#scale,
        list: this.#groupList(named.id),
      });
    }
    if (named.type === "thread") {
      const ofGroup = (group: string) => conversationObject(env, this.#app, `group:${group}`, this.#where) as unknown as GroupCalls;
      this.#thread = new ThreadDesk(sql, {
        conversation: this.#authority,
        store: this.#store,
        now: () => Date.now(),
        ask: (group, asked) => this.#within(ofGroup(group).threadAsked(named.id, asked)),
        tellGroup: (group, messages) => this.#within(ofGroup(group).threadChanged(named.id, messages)),
        gone: (user, left) => this.#within(userObject(env, this.#app, user, this.#where).threadGone(named.id, left)),
        background: (work) => ctx.waitUntil(work),
        wakeBy: (at) => this.#wakeBy(at),
        retryMs: CHAT_TIMINGS.chatTellMs * this.#scale,
      });
    }
    // The platform may have dropped the alarm.
    if (this.#authority.pending || this.#desk?.owes || this.#thread?.owes) ctx.waitUntil(this.#heal());
  }

  /** An operation by a server, from the entry Worker. */
  async call(call: Call): Promise<CallReply> {
    this.#learn(call);
    return this.#run(call);
  }

  /** An operation by a user, from the object of that user, which knows whether it may: `news` is for its devices. */
  async ask(call: Call, asking: Asking): Promise<{ reply: CallReply; news?: News }> {
    this.#learn(call);
    const run = (): Promise<CallReply> => this.#run(call);
    return call.caller.kind === "user" ? this.#authority.answer(call.caller.user, asking, run) : { reply: await run() };
  }

  /** What a device of this user lacks. */
  async sync(user: UserId, since: number | undefined): Promise<Result<Synced, WireError>> {
    if (!this.#authority.conversation.open) return err(wireError("not_found", { field: "conversation" }));
    return this.#authority.sync(user, since);
  }

  /** Messages as a user sees them now, of those it may see, with the conversation's number. */
  async found(user: UserId, seqs: readonly number[]): Promise<{ number: number; records: MessageRecord[] } | undefined> {
    const { conversation } = this.#authority;
    return conversation.open ? { number: conversation.meta.number, records: await this.#authority.records(user, seqs) } : undefined;
  }

  /** A user blocks the other, or does so no longer. */
  async refuse(user: UserId, refuses: boolean): Promise<void> {
    this.#authority.refuse(user, refuses);
  }

  /** A user is deleted: what was said stays with the others, and whoever comes under that id hears of what is said from then on. */
  async forget(user: UserId): Promise<void> {
    if (this.#desk !== undefined) this.#desk.authority.forget(user);
    // In a thread it is as long as in the group.
    else if (this.#thread === undefined) this.#authority.forget(user);
  }

  /** Of a thread: what its group wants of it. */
  async threadWord(group: string, n: number, word: ThreadWord): Promise<void> {
    await this.#thread?.take(group, n, word);
  }

  async threadLast(): Promise<{ messages: number; last?: MessageRecord }> {
    return this.#thread?.last() ?? { messages: 0 };
  }

  /** Of a group: whether somebody may do something in a thread of it. */
  async threadAsked(thread: string, asked: ThreadAsked): Promise<ThreadLeave> {
    return this.#desk?.asked(thread, asked) ?? { refused: wireError("not_found", { field: "conversation" }) };
  }

  async threadChanged(thread: string, messages: number): Promise<void> {
    this.#desk?.threadChanged(thread, messages);
  }

  /** What a user's devices have. */
  async report(user: UserId, report: Report): Promise<void> {
    if (this.#authority.conversation.open) this.#authority.report(user, report);
  }

  /** The same of several, from a leaf. */
  async reports(reports: readonly MemberReport[]): Promise<void> {
    if (this.#authority.conversation.open) for (const { user, ...report } of reports) this.#authority.report(user, report);
  }

  override async alarm(): Promise<void> {
    this.#armed = undefined;
    this.#authority.due();
    if (this.#desk?.owes) this.#desk.pay();
    this.#thread?.due();
    const { conversation } = this.#authority;
    if (!conversation.open) return;
    this.#desk?.confirmations.prune(this.#store.after(0, 1)[0]?.seq ?? conversation.head + 1);
    const againMs = await this.#exporter.run(conversation, this.#store, this.#keeping, Date.now());
    if (againMs !== undefined) this.#wakeBy(Date.now() + againMs);
  }

  #run(call: Call): Promise<CallReply> {
    if (this.#thread !== undefined) return this.#thread.run(call);
    if (this.#desk === undefined) return runConversationOperation(this.#authority, call, Date.now());
    return isGroupOperation(call.op) ? runGroupOperation(this.#desk, call) : runGroupConversationOperation(this.#authority, this.#desk.group, call, Date.now());
  }

  /** What the app wants of its messages: read by the alarm, to which nobody brings it. */
  get #keeping(): Keeping {
    const { kv } = this.ctx.storage;
    return { ageMs: kv.get<number>(AGE) ?? DEFAULT_SETTINGS.historyAgeMs, search: kv.get<boolean>(SEARCH) ?? DEFAULT_SETTINGS.chatSearch };
  }

  #learn({ settings }: Call): void {
    this.#authority.conversation.rules = { recallMs: settings.chatRecallMs, editMs: settings.chatEditMs, messageBytes: settings.chatMessageBytes };
    // Nothing is removed, or found no more, on the strength of defaults.
    if (settings.unknown) return;
    this.#membersCap = settings.groupMembers;
    const { ageMs, search } = this.#keeping;
    if (settings.historyAgeMs !== ageMs) this.ctx.storage.kv.put(AGE, settings.historyAgeMs);
    if (settings.chatSearch !== search) this.ctx.storage.kv.put(SEARCH, settings.chatSearch);
  }

  get #members(): Members {
    const of = (): Members => must(this.#desk?.group ?? this.#thread?.members, "a desk");
    return { sees: (user, seq) => of().sees(user, seq), entered: (user) => of().entered(user), hears: (user) => of().hears(user) };
  }

  get #where() {
    return { jurisdiction: this.ctx.id.jurisdiction };
  }

  #leavesOf(group: string): AuthorityPorts["leaves"] {
    const limits = groupLeafLimits(this.env);
    return limits && { ...limits, tell: (leaf, batch) => this.#within(groupLeafObject(this.env, this.#app, group, leaf, this.#where).tell(batch)) };
  }

  /** Where the app's groups are listed; not in a bare workerd, which has no database. */
  #groupList(id: string): GroupDeskPorts["list"] {
    const db = this.env.DB as D1Database | undefined;
    return (
      db && {
        tell: (revision, shown) => this.#within(putGroup(db, this.#app, id, revision, shown)),
        gatherMs: CHAT_TIMINGS.groupListMs * this.#scale,
        retryMs: CHAT_TIMINGS.chatTellMs * this.#scale,
        retryCapMs: CHAT_TIMINGS.chatTellCapMs * this.#scale,
      }
    );
  }

  #threadWithin<Answer>(thread: string, work: (stub: GroupCalls) => Promise<Answer>): Promise<Answer> {
    return this.#within(work(conversationObject(this.env, this.#app, `thread:${thread}`, this.#where) as unknown as GroupCalls));
  }

  #within<Answer>(work: Promise<Answer>): Promise<Answer> {
    return within(TIMINGS.requestTimeoutMs * this.#scale, work);
  }

  async #heal(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) this.#wakeBy(Date.now());
  }

  /** The alarm is never later than what comes next; ringing for nothing is cheaper than moving it each time. */
  #wakeBy(at: number): void {
    if (this.#armed !== undefined && this.#armed <= at) return;
    this.#armed = at;
    // Not awaited: the output gate holds everything that leaves until the alarm is stored.
    void this.ctx.storage.setAlarm(at).catch((error: unknown) => logLine("conversation.alarm-failed", { message: messageOf(error) }));
  }
}
