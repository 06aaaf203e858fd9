import { ConversationAuthority, type Members, type Synced } from "../../../src/domain/conversation/authority.ts";
import { GroupLeaf } from "../../../src/domain/conversation/group-leaf.ts";
import type { StoredMessage } from "../../../src/domain/conversation/message.ts";
import type { ConversationStore, Unread } from "../../../src/domain/conversation/store.ts";
import type { Asking } from "../../../src/domain/conversation/user-chats.ts";
import type { Shown } from "../../../src/domain/membership/registration.ts";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../../../src/protocol/chat-limits.ts";
import { type ConversationRef, conversationName, type NamedConversation, parseConversationName } from "../../../src/protocol/conversation-name.ts";
import type { News } from "../../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { GroupDesk } from "../../../src/server/objects/conversation/group-desk.ts";
import { isGroupOperation, runGroupOperation } from "../../../src/server/objects/conversation/group-operations.ts";
import { runGroupConversationOperation } from "../../../src/server/objects/conversation/operations.ts";
import { CONVERSATION_SCHEMA } from "../../../src/server/objects/conversation/schema.ts";
import { SqlConversationStore } from "../../../src/server/objects/conversation/sql-conversation-store.ts";
import { ThreadDesk } from "../../../src/server/objects/conversation/thread-desk.ts";
import type { TableSql } from "../../../src/server/objects/shell/tables.ts";
import type { Call, CallReply } from "../../../src/server/trust.ts";
import { must } from "../../../src/util/assert.ts";
import { err, ok, type Result } from "../../../src/util/result.ts";
import { LossyCalls } from "../chat/lossy-calls.ts";
import { Disk } from "../platform/disk.ts";
import { UserHost } from "./user.ts";

/** SQL of an object as the platform gives it. */
function sqlOf(disk: Disk): TableSql {
  const exec = (text: string, ...values: unknown[]) => {
    const rows = disk.exec(text, values);
    return { toArray: () => rows, one: () => must(rows[0], "a row") };
  };
  return { exec } as TableSql;
}

/** The object of a group or a thread, as `ConversationObject` wires it: its database outlives it. */
export class GroupHost {
  readonly #world: World;
  readonly named: Exclude<NamedConversation, { type: "single" }>;
  readonly #number: number;
  readonly #disk = new Disk(() => {});
  #exists = false;
  #store: ConversationStore | undefined;
  life = 0;
  alarmAt: number | undefined;
  authority!: ConversationAuthority;
  group: GroupDesk | undefined;
  thread: ThreadDesk | undefined;

  constructor(world: World, name: string, number: number) {
    this.#world = world;
    this.#number = number;
    const named = must(parseConversationName(name), "a name");
    if (named.type === "single") throw new Error("a group or a thread");
    this.named = named;
    this.#start();
  }

  kill(): void {
    this.life += 1;
    this.#start();
    if (this.authority.pending || this.group?.owes || this.thread?.owes) this.alarmAt ??= Date.now();
  }

  ring(): void {
    if (this.alarmAt === undefined || this.alarmAt > Date.now()) return;
    this.alarmAt = undefined;
    this.authority.due();
    if (this.group?.owes) this.group.pay();
    this.thread?.due();
  }

  messages(): readonly StoredMessage[] {
    return must(this.#store, "a store").after(0, 10_000);
  }

  /** As the database counts it. */
  unread(user: string, from: number): Unread {
    return must(this.#store, "a store").unread(user, from, CHAT_LIMITS.chatUnread);
  }

  ask(call: Call, asking: Asking): Promise<{ reply: CallReply; news?: News }> {
    if (call.caller.kind !== "user") throw new Error("users alone");
    return this.authority.answer(call.caller.user, asking, () => this.#run(call));
  }

  sync(user: string, since: number | undefined): Result<Synced, unknown> {
    return this.authority.conversation.open ? this.authority.sync(user, since) : err({ code: "not_found" });
  }

  #run(call: Call): Promise<CallReply> {
    if (this.thread !== undefined) return this.thread.run(call);
    const desk = must(this.group, "a group");
    return isGroupOperation(call.op) ? runGroupOperation(desk, call) : runGroupConversationOperation(this.authority, desk.group, call, Date.now());
  }

  #start(): void {
    const { life } = this;
    const world = this.#world;
    const alive = (): boolean => this.life === life;
    const sql = sqlOf(this.#disk);
    const { id, type } = this.named;
    const of = (): Members => must(this.group?.group ?? this.thread?.members, "a desk");
    const store = new SqlConversationStore(sql, this.#exists, () => {
      this.#exists = true;
      for (const step of CONVERSATION_SCHEMA) this.#disk.exec(step, []);
    });
    this.#store = store;
    const background = (work: Promise<void>): void => void work;
    const wakeBy = (at: number): void => {
      if (alive()) this.alarmAt = Math.min(this.alarmAt ?? at, at);
    };
    this.authority = new ConversationAuthority({
      store,
      users: [],
      group: { sees: (user, seq) => of().sees(user, seq), entered: (user) => of().entered(user), hears: (user) => of().hears(user) },
      exportMs: CHAT_TIMINGS.chatExportMs,
      retryMs: CHAT_TIMINGS.chatTellMs,
      retryCapMs: CHAT_TIMINGS.chatTellCapMs,
      growth: { flushMs: 250, pauseMs: 30_000, lifeMs: 1_800_000, later: () => {} },
      now: () => Date.now(),
      ref: () => ({ type, id }),
      number: async () => ok(this.#number),
      refuses: async () => ok(false),
      archived: async () => [],
      archivedUntil: async () => 0,
      archivedAt: async () => [],
      tell: (user, news) =>
        world.call(
          alive,
          () => world.user(user),
          (host) => host.hear(news, undefined),
        ),
      // Some of these lives are with leaves, of which each has some two.
      ...(type === "group" &&
        world.leafMembers !== undefined && {
          leaves: {
            hotMembers: 1,
            leafMembers: world.leafMembers,
            tell: (leaf, batch) =>
              world.call(
                alive,
                () => world.leaf(id, leaf),
                (host) => {
                  world.byLeaves += batch.shares.length;
                  return host.leaf.tell(batch);
                },
              ),
          },
        }),
      background,
      wakeBy,
    });
    const toUser = <Answer>(user: string, work: (host: UserHost) => Answer) => world.call(alive, () => world.user(user), work);
    const to = <Answer>(ref: ConversationRef, work: (host: GroupHost) => Answer | Promise<Answer>) => world.call(alive, () => world.conversation(ref), work);
    const common = { conversation: this.authority, now: () => Date.now(), background, wakeBy, retryMs: CHAT_TIMINGS.chatTellMs };
    if (type === "group") {
      this.group = new GroupDesk(sql, {
        ...common,
        membersCap: () => DEFAULT_SETTINGS.groupMembers,
        claims: async () => err({ code: "not_found", message: "no files here", retry: "never" }),
        removeFile: () => {},
        word: (user, { gone }) => toUser(user, (host) => host.gone({ type, id }, gone)),
        threadWord: (thread, n, word) => to({ type: "thread", id: thread }, (host) => must(host.thread, "a thread").take(id, n, word)),
        list: {
          tell: (revision, shown) =>
            world.call(
              alive,
              () => world.list,
              (list) => list.put(id, revision, shown),
            ),
          gatherMs: CHAT_TIMINGS.groupListMs,
          retryMs: CHAT_TIMINGS.chatTellMs,
          retryCapMs: CHAT_TIMINGS.chatTellCapMs,
        },
        lastOf: (thread) => to({ type: "thread", id: thread }, (host) => must(host.thread, "a thread").last()),
      });
      return;
    }
    const ofGroup = (group: string): ConversationRef => ({ type: "group", id: group });
    this.thread = new ThreadDesk(sql, {
      ...common,
      store,
      ask: (group, asked) => to(ofGroup(group), (host) => must(host.group, "a group").asked(id, asked)),
      tellGroup: (group, messages) => to(ofGroup(group), (host) => must(host.group, "a group").threadChanged(id, messages)),
      gone: (user, left) => toUser(user, (host) => host.gone({ type, id }, left)),
    });
  }
}

/** The app's groups as the database lists them. */
class List {
  readonly life = 0;
  readonly rows = new Map<string, { readonly revision: number; readonly shown: Shown }>();

  put(group: string, revision: number, shown: Shown): void {
    const before = this.rows.get(group);
    if (before === undefined || revision > before.revision) this.rows.set(group, { revision, shown });
  }
}

/** A leaf of a group, as `GroupLeafObject` wires it: nothing outlives it. */
export class LeafHost {
  readonly #world: World;
  readonly #group: string;
  readonly #index: number;
  life = 0;
  leaf: GroupLeaf;

  constructor(world: World, group: string, index: number) {
    this.#world = world;
    this.#group = group;
    this.#index = index;
    this.leaf = this.#start();
  }

  kill(): void {
    this.life += 1;
    this.leaf = this.#start();
  }

  #start(): GroupLeaf {
    const { life } = this;
    const alive = (): boolean => this.life === life;
    return new GroupLeaf({
      tell: (user, news) =>
        this.#world.call(
          alive,
          () => this.#world.user(user),
          (host) => host.hear(news, this.#index),
        ),
      report: (reports) =>
        this.#world.call(
          alive,
          () => this.#world.conversation({ type: "group", id: this.#group }),
          ({ authority }) => {
            if (authority.conversation.open) for (const { user, ...report } of reports) authority.report(user, report);
          },
        ),
      background: (work) => void work,
      pause: (ms) => {
        const over = Promise.withResolvers<void>();
        const timer = setTimeout(over.resolve, ms);
        return { over: over.promise, cancel: () => clearTimeout(timer) };
      },
      waitMs: CHAT_TIMINGS.groupLeafMs,
      gatherMs: CHAT_TIMINGS.chatReportMs,
    });
  }
}

/** Groups, their threads and users around the real code of the service, with timers that the test moves. */
export class World extends LossyCalls {
  readonly conversations = new Map<string, GroupHost>();
  readonly users = new Map<string, UserHost>();
  readonly list = new List();
  readonly leaves = new Map<string, LeafHost>();
  byLeaves = 0;
  /** Members of one leaf; undefined: groups have none. */
  readonly leafMembers: number | undefined;

  constructor(random: () => number, leafMembers: number | undefined) {
    super(random);
    this.leafMembers = leafMembers;
  }

  leaf(group: string, index: number): LeafHost {
    const name = `${index} ${group}`;
    const known = this.leaves.get(name) ?? new LeafHost(this, group, index);
    this.leaves.set(name, known);
    return known;
  }

  user(name: string): UserHost {
    const known = this.users.get(name) ?? new UserHost(this, name);
    this.users.set(name, known);
    return known;
  }

  conversation(ref: ConversationRef): GroupHost {
    const name = conversationName(ref, "");
    const known = this.conversations.get(name) ?? new GroupHost(this, name, this.conversations.size + 1);
    this.conversations.set(name, known);
    return known;
  }

  tick(): void {
    for (const conversation of this.conversations.values()) conversation.ring();
    for (const user of this.users.values()) user.tick();
  }
}
