import { DatabaseSync } from "node:sqlite";
import { type Chats, type OwnChats, openChat, SqliteStore } from "../../../src/client/chat/index.ts";
import { type Client, connect } from "../../../src/client/index.ts";
import { buildToken } from "../../../src/client/token.ts";
import { APP, CERTIFICATE } from "../../lab/app.ts";
import { PlainSocket } from "../../lab/client/plain-socket.ts";
import { pause } from "../../lab/client/stage.ts";
import type { Task } from "../../lab/client/task.ts";
import { CHATTERS } from "./cast.ts";
import { mayHide, type Note } from "./notes.ts";

const LOGIN_RETRY_MS = 300;
/** Between two acts a device goes offline, or comes back, with this chance; offline it writes on. */
const LEAVES = 0.04;
const RETURNS = 0.15;
/** Of the newest messages so many are done things to. */
const RECENT = 12;
const REACTIONS = ["👍", "❤", "x"] as const;
const MARKS = 20;
const EVERYTHING = 100_000;

interface TalkerOptions {
  readonly task: Task;
  readonly user: string;
  readonly device: string;
  /** Where its database is. */
  readonly path: string;
  readonly random: () => number;
  readonly note: (note: Note) => void;
}

/** One device of one user: does whatever can be done in a chat, online and offline, and notes what it was told. */
export class Talker {
  readonly #options: TalkerOptions;
  readonly #chats: OwnChats;
  #client: Client | undefined;
  #comingBack: Promise<void> | undefined;
  #underWay = 0;
  heard = 0;

  private constructor(options: TalkerOptions, chats: OwnChats) {
    this.#options = options;
    this.#chats = chats;
    this.#watch();
  }

  static async open(options: TalkerOptions): Promise<Talker> {
    const talker = new Talker(options, await openChat(options.user, { store: new SqliteStore(new DatabaseSync(options.path)) }));
    for (const outgoing of talker.#chats.outgoing) talker.#follow(outgoing);
    return talker;
  }

  /** Messages without an outcome, and everything else that was asked. */
  get underWay(): number {
    return this.#underWay + this.#chats.outgoing.length;
  }

  get away(): boolean {
    return !this.#chats.connected || !this.#chats.synced;
  }

  async talk(goesOn: () => boolean): Promise<void> {
    const { task, random } = this.#options;
    await this.#connect();
    while (goesOn()) {
      await this.#act();
      await pause(task.paceMs * (0.5 + random()));
      if (this.#client !== undefined && random() < LEAVES) this.#leave();
      else if (this.#client === undefined && random() < RETURNS) void this.#connect();
    }
    await this.#connect();
  }

  /** What it shows of each conversation. */
  async look(): Promise<void> {
    const { user, device, note } = this.#options;
    for (const other of this.#others) {
      const chat = this.#chats.conversation(other);
      const messages = await chat.messages({ limit: EVERYTHING });
      const { unread = 0, entry, receipts = [] } = chat.state ?? {};
      const { activeAt: _, ...shown } = entry ?? { activeAt: 0 };
      const read = Object.fromEntries(receipts.map((receipt) => [receipt.user, receipt.read]).sort());
      note({ is: "view", device, user, with: other, unread, read, entry: entry === undefined ? undefined : (shown as typeof entry), messages });
    }
  }

  close(): void {
    this.#chats.close();
    this.#client?.close();
  }

  get #others(): readonly string[] {
    return CHATTERS.filter((name) => name !== this.#options.user);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#options.random() * items.length)] as Item;
  }

  async #act(): Promise<void> {
    const { user, random } = this.#options;
    const other = this.#pick(this.#others);
    const chat = this.#chats.conversation(other);
    const recent = await chat.messages({ limit: RECENT });
    const seq = recent.length === 0 ? undefined : this.#pick(recent).seq;
    const kind = random();
    if (kind < 0.4 || seq === undefined) return this.#say(other, kind < 0.03);
    if (kind < 0.5) return this.#do(chat.edit(seq, { content: `edited ${Math.floor(random() * 1e6)}` }));
    if (kind < 0.58) return this.#do(chat.recall(seq).then(() => this.#options.note({ is: "recalled", user, with: other, seq })));
    if (kind < 0.7) return this.#do(chat.react(seq, this.#pick(REACTIONS), random() < 0.7));
    if (kind < 0.75) return this.#do(chat.pin(seq, random() < 0.6));
    if (kind < 0.82) return mayHide(user, other) ? this.#do(kind < 0.8 ? chat.remove(seq) : chat.clear()) : undefined;
    if (kind < 0.94) return this.#do(chat.read());
    if (kind < 0.98) return this.#do(chat.configure({ pinned: random() < 0.5, marks: [Math.floor(random() * MARKS)] }));
    return this.#do(chat.leaveList());
  }

  #say(other: string, command: boolean): void {
    const { user, device, note } = this.#options;
    const content = command ? ({ type: "command", action: "nod" } as const) : `${user} on ${device} ${Math.floor(this.#options.random() * 1e9)}`;
    const outgoing = this.#chats.conversation(other).send(content);
    note({ is: "wrote", user, with: other, key: outgoing.key });
    this.#follow(outgoing);
  }

  #follow(outgoing: Chats["outgoing"][number]): void {
    const { user, note } = this.#options;
    const { key, conversation } = outgoing;
    outgoing.sent.then(
      () => note({ is: "sent", user, with: conversation.id, key }),
      (error: unknown) => {
        note({ is: "failed", what: `a message of ${user} to ${conversation.id} was refused for good: ${String(error)}` });
        outgoing.discard();
      },
    );
  }

  /** What the service may refuse: it was recalled meanwhile, say, or there is no connection. */
  #do(work: Promise<unknown>): void {
    this.#underWay += 1;
    const over = (): void => {
      this.#underWay -= 1;
    };
    work.then(over, over);
  }

  #watch(): void {
    const { user, note } = this.#options;
    const recalled = new Set<string>();
    const see = ({
      conversation: { id },
      message: { seq, recalled: by, removed },
    }: {
      conversation: { id: string };
      message: { seq: number; recalled?: object | undefined; removed?: true | undefined };
    }): void => {
      const name = `${id} ${seq}`;
      if (by !== undefined) recalled.add(name);
      // What its user removes as well is not shown either.
      else if (removed === undefined && recalled.has(name)) note({ is: "returned", user, with: id, seq });
    };
    this.#chats.on("message", (told) => {
      this.heard += 1;
      see(told);
    });
    this.#chats.on("changed", see);
    this.#chats.on("error", (error) => note({ is: "failed", what: `${user}: ${error.stack ?? error.message}` }));
  }

  #leave(): void {
    this.#chats.detach();
    this.#client?.close();
    this.#client = undefined;
  }

  #connect(): Promise<void> {
    this.#comingBack ??= this.#login().finally(() => {
      this.#comingBack = undefined;
    });
    return this.#comingBack;
  }

  async #login(): Promise<void> {
    const { task, user, device } = this.#options;
    while (this.#client === undefined) {
      try {
        const client = await connect({
          ...{ url: task.url, app: APP, user, device, WebSocket: PlainSocket },
          token: () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 24 * 3_600 }),
          timings: { scale: task.timeScale, requestTimeoutMs: 10_000, loginTimeoutMs: 12_000, probeMs: 2_500, reconnectCapMs: 1_000 },
        });
        // Without a server no connection can be made: that is what this is about.
        client.on("error", () => {});
        this.#client = client;
        this.#chats.attach(client);
      } catch {
        await pause(LOGIN_RETRY_MS);
      }
    }
  }
}
