import { type ChatClient, type ChatStore, type Chats, MemoryStore, openChat } from "../../../src/client/chat/index.ts";
import { ConversationAuthority, type Synced } from "../../../src/domain/conversation/authority.ts";
import { type ChatEntries, changeEntry } from "../../../src/domain/conversation/entries.ts";
import { type ChatMarks, type Report, UserChats } from "../../../src/domain/conversation/user-chats.ts";
import { CHAT_TIMINGS } from "../../../src/protocol/chat-limits.ts";
import { type ConversationRef, conversationName, parseConversationName, parseRefKey, refKey } from "../../../src/protocol/conversation-name.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import type { ConversationEntry } from "../../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { runConversationOperation } from "../../../src/server/objects/conversation/operations.ts";
import { must } from "../../../src/util/assert.ts";
import { ok } from "../../../src/util/result.ts";
import { SqliteConversation } from "../../support/sqlite-conversation.ts";
import { LossyCalls } from "./lossy-calls.ts";

type Input = Record<string, unknown>;
type Output = Record<string, unknown>;

const later = { code: "timeout", message: "nobody said what became of it", retry: "later", retryAfterMs: 500 };

/** A conversation's object: its database outlives it. */
class ConversationHost {
  readonly sqlite = new SqliteConversation();
  readonly #world: World;
  readonly #name: string;
  readonly number: number;
  authority: ConversationAuthority;
  life = 0;
  alarmAt: number | undefined;

  constructor(world: World, name: string, number: number) {
    this.#world = world;
    this.#name = name;
    this.number = number;
    this.authority = this.#start();
  }

  kill(): void {
    this.life += 1;
    this.authority = this.#start();
    if (this.authority.pending) this.alarmAt ??= Date.now();
  }

  ring(): void {
    if (this.alarmAt === undefined || this.alarmAt > Date.now()) return;
    this.alarmAt = undefined;
    this.authority.due();
  }

  #start(): ConversationAuthority {
    const { life } = this;
    const named = must(parseConversationName(this.#name), "a name");
    if (named.type !== "single") throw new Error("a chat of two");
    return new ConversationAuthority({
      store: this.sqlite.store(),
      users: named.users,
      exportMs: CHAT_TIMINGS.chatExportMs,
      retryMs: CHAT_TIMINGS.chatTellMs,
      retryCapMs: CHAT_TIMINGS.chatTellCapMs,
      now: () => Date.now(),
      ref: (user) => ({ type: "single", id: named.users[0] === user ? named.users[1] : named.users[0] }),
      number: async () => ok(this.number),
      refuses: async () => ok(false),
      archived: async () => [],
      growth: { flushMs: 250, pauseMs: 30_000, lifeMs: 1_800_000, later: (ms, run) => void setTimeout(run, ms) },
      archivedUntil: async () => 0,
      archivedAt: async () => [],
      tell: (user, news) =>
        this.#world.call(
          () => this.life === life,
          () => this.#world.user(user),
          (host) => host.chats.hear(news),
        ),
      background: (work) => void work,
      wakeBy: (at) => {
        if (this.life === life) this.alarmAt = Math.min(this.alarmAt ?? at, at);
      },
    });
  }
}

/** What a user's object keeps: rows that outlive it. */
export class Rows implements ChatMarks, ChatEntries {
  readonly #devices = new Set<string>();
  readonly #marks = new Set<string>();
  readonly #entries = new Map<string, ConversationEntry>();
  devices = (): string[] => [...this.#devices];
  addDevice = (device: string): void => void this.#devices.add(device);
  dropDevice = (device: string): void => {
    this.#devices.delete(device);
    for (const mark of this.#marks) if (mark.startsWith(`${device} `)) this.#marks.delete(mark);
  };
  of = (device: string): Set<string> => new Set([...this.#marks].flatMap((mark) => (mark.startsWith(`${device} `) ? mark.slice(device.length + 1) : [])));
  has = (device: string, key: string): boolean => this.#marks.has(`${device} ${key}`);
  add = (device: string, key: string): void => void this.#marks.add(`${device} ${key}`);
  all = (): ConversationEntry[] => [...this.#entries.values()];
  get = (key: string): ConversationEntry | undefined => this.#entries.get(key);
  put = (entry: ConversationEntry): void => void this.#entries.set(refKey(entry.conversation), entry);
  revision = (): number => Math.max(0, ...this.all().map(({ revision }) => revision));
  drop = (first: string, key?: string): void => void (key === undefined ? this.#entries.delete(first) : this.#marks.delete(`${first} ${key}`));
}

/** A user's object, as `ChatDesk` wires it. */
class UserHost {
  readonly name: string;
  readonly #world: World;
  readonly rows = new Rows();
  readonly devices = new Map<string, DeviceHost>();
  chats: UserChats;
  life = 0;
  timerAt: number | undefined;

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.chats = this.#start();
  }

  kill(): void {
    this.life += 1;
    for (const device of this.devices.values()) device.drop();
    this.chats = this.#start();
  }

  tick(): void {
    if (this.timerAt === undefined || this.timerAt > Date.now()) return;
    this.timerAt = undefined;
    this.chats.late(Date.now());
  }

  async run(device: string, op: string, input: Input): Promise<Output> {
    const { life } = this;
    const alive = (): boolean => this.life === life;
    switch (op) {
      case "conversation.list": {
        const behind = [...this.chats.list(device)].map(parseRefKey);
        const since = Number(input.since ?? 0);
        const newer = this.rows.all().filter(({ revision }) => revision > since);
        const entries = newer.sort((a, b) => a.revision - b.revision).slice(0, 2);
        return { entries, revision: entries.at(-1)?.revision ?? since, more: newer.length > entries.length, behind };
      }
      case "conversation.received":
        for (const { conversation, upTo } of input.conversations as { conversation: ConversationRef; upTo: number }[])
          this.chats.received(device, conversation, upTo);
        return {};
      case "conversation.configure":
      case "conversation.remove": {
        const { conversation, ...change } = input as unknown as { conversation: ConversationRef };
        const before = this.rows.revision();
        const changed = changeEntry(this.rows, refKey(conversation), op === "conversation.remove" ? { removed: true } : change, Date.now());
        if (!changed.ok) throw changed.error;
        if (changed.value.revision > before) this.#listed(changed.value);
        return { entry: changed.value };
      }
      case "conversation.sync": {
        const conversations: Synced[] = [];
        const failed: ConversationRef[] = [];
        for (const { conversation, since } of input.conversations as { conversation: ConversationRef; since?: number }[]) {
          try {
            const answer = await this.#world.call(
              alive,
              () => this.#world.conversation(this.name, conversation),
              ({ authority }) => authority.sync(this.name, since),
            );
            if (answer.ok) conversations.push(answer.value);
          } catch {
            failed.push(conversation);
          }
        }
        for (const { conversation, upTo, more } of conversations) this.chats.handed(device, refKey(conversation), upTo, more === true);
        return { conversations, failed };
      }
      default: {
        const conversation = input.conversation as ConversationRef;
        const caller = { kind: "user" as const, app: "", user: this.name, rights: "all" as const, device };
        const { reply } = await this.chats.asks(conversation, async (asking) => {
          try {
            return await this.#world.call(
              alive,
              () => this.#world.conversation(this.name, conversation),
              ({ authority }) =>
                authority.answer(this.name, asking, () =>
                  runConversationOperation(authority, { op: op as "message.send", input, caller, settings: DEFAULT_SETTINGS } as never, Date.now()),
                ),
            );
          } catch {
            return { reply: { error: later as WireError } };
          }
        });
        if ("error" in reply) throw reply.error;
        return reply.ok;
      }
    }
  }

  #listed(entry: ConversationEntry): void {
    for (const device of this.devices.values()) device.push({ name: "conversation.entry", entry });
  }

  #start(): UserChats {
    const { life } = this;
    return new UserChats({
      user: this.name,
      marks: this.rows,
      entries: this.rows,
      ackMs: CHAT_TIMINGS.chatAckMs,
      now: () => Date.now(),
      connected: () => new Set([...this.devices.values()].flatMap(({ id, up }) => (up && this.life === life ? [id] : []))),
      push: (devices, news) => {
        for (const device of devices) this.devices.get(device)?.push({ name: "conversation.news", ...news });
      },
      listed: (entry) => this.#listed(entry),
      report: (ref, report: Report) =>
        this.#world.call(
          () => this.life === life,
          () => this.#world.conversation(this.name, ref),
          ({ authority }) => {
            if (authority.conversation.open) authority.report(this.name, report);
          },
        ),
      background: (work) => void work,
      arm: (at) => {
        if (this.life === life) this.timerAt = at;
      },
    });
  }
}

/** A device: its store outlives its program, unless it is wiped. */
export class DeviceHost {
  readonly id: string;
  readonly user: UserHost;
  readonly #world: World;
  readonly #listeners = { notice: new Set<(notice: never) => void>(), state: new Set<(change: never) => void>(), presence: new Set<(users: never) => void>() };
  readonly #open = new Set<(error: unknown) => void>();
  store: ChatStore = new MemoryStore();
  /** Told of whatever comes to the device. */
  heard: ((answer: unknown) => void) | undefined;
  chats: Chats | undefined;
  up = false;
  /** Rises with each socket: what was on an earlier one is lost. */
  socket = 0;
  #arrives = 0;

  constructor(world: World, user: UserHost, id: string) {
    this.#world = world;
    this.user = user;
    this.id = id;
    user.devices.set(id, this);
  }

  /** The program begins. */
  async start(): Promise<void> {
    this.chats?.close();
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
    this.chats = await openChat(this.client(), { store: this.#program() });
    this.chats.on("error", (error) => this.#world.faults.push(String(error.stack)));
  }

  /** The store as one life of the program has it: once that is over, nothing of it is written any more. */
  #program(): ChatStore {
    const { store } = this;
    let open = true;
    const ifOpen = <T>(work: () => Promise<T>): Promise<T> => (open ? work() : new Promise(() => {}));
    return {
      load: () => store.load(),
      write: (writes) => ifOpen(() => store.write(writes)),
      records: (key, seqs) => ifOpen(() => store.records(key, seqs)),
      page: (key, before, limit) => ifOpen(() => store.page(key, before, limit)),
      newer: (key, after, limit) => ifOpen(() => store.newer(key, after, limit)),
      search: (sought, limit) => ifOpen(() => store.search(sought, limit)),
      close: () => {
        open = false;
      },
    };
  }

  /** As another installation: nothing is left here, and the service does not know it. */
  async wipe(): Promise<void> {
    this.drop();
    this.user.chats.ended(this.id);
    this.store = new MemoryStore();
    await this.start();
  }

  connect(): void {
    if (this.up) return;
    this.user.chats.lost(this.id);
    this.up = true;
    this.socket += 1;
    this.#say("connected");
  }

  drop(): void {
    if (!this.up) return;
    this.up = false;
    this.socket += 1;
    this.user.chats.lost(this.id);
    for (const fail of this.#open) fail(later);
    this.#open.clear();
    this.#say("reconnecting");
  }

  /** In order, and lost with the socket. */
  push(notice: object): void {
    this.#down(() => {
      this.heard?.(notice);
      for (const listener of this.#listeners.notice) listener({ type: "notice", ...structuredClone(notice) } as never);
    });
  }

  #down(arrive: () => void): void {
    if (!this.up) return;
    const { socket } = this;
    this.#arrives = Math.max(this.#arrives, Date.now() + this.#world.delay());
    setTimeout(() => this.socket === socket && this.up && arrive(), this.#arrives - Date.now());
  }

  #say(state: "connected" | "reconnecting"): void {
    for (const listener of this.#listeners.state) listener({ state } as never);
  }

  /** As a program on this device has it. */
  client(): ChatClient {
    const device = this;
    return {
      user: this.user.name,
      get state() {
        return device.up ? ("connected" as const) : ("reconnecting" as const);
      },
      on: (name: "notice" | "state" | "presence", listener: (event: never) => void) => {
        this.#listeners[name].add(listener);
        return () => void this.#listeners[name].delete(listener);
      },
      call: (op: string, input: object) => this.#call(op, structuredClone(input) as Input),
    } as unknown as ChatClient;
  }

  #call(op: string, input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (!this.up) return reject(later);
      const { socket } = this;
      this.#open.add(reject);
      const settle = (answer: () => void): void => {
        this.#down(() => {
          this.#open.delete(reject);
          answer();
        });
      };
      setTimeout(() => {
        if (this.socket !== socket) return;
        this.user.run(this.id, op, input).then(
          (output) =>
            this.socket === socket &&
            settle(() => {
              this.heard?.(output);
              resolve(structuredClone(output));
            }),
          (error: unknown) => this.socket === socket && settle(() => reject(error)),
        );
      }, this.#world.delay());
    });
  }
}

/** Conversations, users and devices around the real code of service and client; with timers that the test moves. */
export class World extends LossyCalls {
  readonly faults: string[] = [];
  readonly conversations = new Map<string, ConversationHost>();
  readonly users = new Map<string, UserHost>();

  user(name: string): UserHost {
    const known = this.users.get(name) ?? new UserHost(this, name);
    this.users.set(name, known);
    return known;
  }

  conversation(user: string, ref: ConversationRef): ConversationHost {
    const name = conversationName(ref, user);
    const known = this.conversations.get(name) ?? new ConversationHost(this, name, this.conversations.size + 1);
    this.conversations.set(name, known);
    return known;
  }

  /** Alarms and timers of objects that are due. */
  tick(): void {
    for (const conversation of this.conversations.values()) conversation.ring();
    for (const user of this.users.values()) user.tick();
  }
}
