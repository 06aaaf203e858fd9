import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Env } from "../../env.ts";
import { logLine, messageOf } from "../../log.ts";
import { timeScale } from "../../time-scale.ts";
import type { Call, CallReply } from "../../trust.ts";
import { channelObject, parseObjectName } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import { type TableShape, Tables } from "../shell/tables.ts";

const ROOM_LIST_TABLES = {
  room: { is: "(room TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID" },
  super_admin: { is: "(user TEXT PRIMARY KEY) WITHOUT ROWID" },
  broadcast: { is: "(n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, said TEXT NOT NULL, after TEXT NOT NULL)" },
} satisfies Readonly<Record<string, TableShape>>;
type Table = keyof typeof ROOM_LIST_TABLES;

type ListOperation = Extract<OperationName, `rooms.${string}`>;
type Handlers = { readonly [Op in ListOperation]: (list: RoomList, input: InputOf<Op>, call: Call) => Result<object, WireError> };

type BroadcastRow = { n: number; key: string; said: string; after: string };
interface Broadcast {
  readonly input: InputOf<"rooms.broadcast">;
  readonly settings: BroughtSettings;
}

/** Rooms that one turn of the alarm speaks in, and calls at once. */
const ROOMS_PER_TURN = 256;
const CALLS_AT_ONCE = 16;
const RETRY_MS = 1_000;

/** An app's rooms by name, its super admins, and what is to be said in all rooms: a row until the last has heard it. */
export class RoomList {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #app: string;
  readonly #tables: Tables<Table>;

  constructor(ctx: DurableObjectState, env: Env, objectName: string) {
    const name = parseObjectName(objectName);
    if (name?.kind !== "directory") throw new TypeError("this object's name is not a directory's");
    this.#ctx = ctx;
    this.#env = env;
    this.#app = name.app;
    this.#tables = new Tables(ctx.storage.sql, ROOM_LIST_TABLES);
    // The platform may have dropped the alarm.
    if (this.#owed() !== undefined) this.#wakeIn(0);
  }

  run({ op, input, ...call }: Call): CallReply {
    const handler = (Object.hasOwn(handlers, op) ? handlers[op as ListOperation] : undefined) as Handlers["rooms.list"] | undefined;
    if (handler === undefined) return { error: wireError("unknown_operation") };
    const answer = handler(this, input as InputOf<"rooms.list">, { op, input, ...call });
    return answer.ok ? { ok: { ...answer.value } } : { error: answer.error };
  }

  put(room: string, name: string): void {
    this.#tables.write("room", "INSERT OR REPLACE INTO room (room, name) VALUES (?, ?)", room, name);
  }

  drop(room: string): void {
    this.#tables.change("room", "DELETE FROM room WHERE room = ?", room);
  }

  page(after: string, limit: number): { room: string; name: string }[] {
    return this.#tables.read("room", "SELECT room, name FROM room WHERE room > ? ORDER BY room LIMIT ?", after, limit);
  }

  count(table: Table): number {
    return this.#tables.read<{ n: number }>(table, `SELECT count(*) AS n FROM ${table}`)[0]?.n ?? 0;
  }

  isSuperAdmin(user: UserId): boolean {
    return this.#tables.read("super_admin", "SELECT 1 FROM super_admin WHERE user = ?", user).length > 0;
  }

  superAdmins(after: string, limit: number): UserId[] {
    return this.#tables
      .read<{ user: string }>("super_admin", "SELECT user FROM super_admin WHERE user > ? ORDER BY user LIMIT ?", after, limit)
      .map(({ user }) => user);
  }

  appoint(user: UserId, on: boolean): void {
    if (on) this.#tables.write("super_admin", "INSERT OR REPLACE INTO super_admin (user) VALUES (?)", user);
    else this.#tables.change("super_admin", "DELETE FROM super_admin WHERE user = ?", user);
  }

  /** Asked again under its key it is said once, as long as it is not yet said everywhere; after that each room knows the key. */
  broadcast(broadcast: Broadcast): void {
    const { key } = broadcast.input;
    this.#tables.write("broadcast", "INSERT OR IGNORE INTO broadcast (key, said, after) VALUES (?, ?, '')", key, JSON.stringify(broadcast));
    this.#wakeIn(0);
  }

  /** The alarm's turn: some rooms of the oldest broadcast. */
  async due(): Promise<void> {
    const row = this.#owed();
    if (row === undefined) return;
    const rooms = this.page(row.after, ROOMS_PER_TURN);
    const broadcast = JSON.parse(row.said) as Broadcast;
    const heard = await eachBounded(rooms, CALLS_AT_ONCE, ({ room }) => this.#say(room, broadcast));
    const missed = heard.indexOf(false);
    const said = missed === -1 ? rooms : rooms.slice(0, missed);
    const last = said.at(-1);
    if (missed === -1 && rooms.length < ROOMS_PER_TURN) this.#tables.change("broadcast", "DELETE FROM broadcast WHERE n = ?", row.n);
    else if (last !== undefined) this.#tables.change("broadcast", "UPDATE broadcast SET after = ? WHERE n = ?", last.room, row.n);
    if (this.#owed() !== undefined) this.#wakeIn(missed === -1 ? 0 : RETRY_MS * timeScale(this.#env));
  }

  /** False: it could not be asked. What the room says is its own affair. */
  async #say(room: string, { input: { key, from, content, ext }, settings }: Broadcast): Promise<boolean> {
    const input = { room, key, from, content, ...(ext !== undefined && { ext }), broadcast: true };
    const call: Call = { op: "room.send", input, caller: { kind: "server", app: this.#app }, settings };
    const { jurisdiction } = this.#ctx.id;
    const asked = await callRepeatedly(() => channelObject(this.#env, this.#app, { type: "room", name: room }, { jurisdiction }).call(call));
    return asked.ok;
  }

  #owed(): BroadcastRow | undefined {
    return this.#tables.read<BroadcastRow>("broadcast", "SELECT n, key, said, after FROM broadcast ORDER BY n LIMIT 1")[0];
  }

  #wakeIn(ms: number): void {
    // Not awaited: the output gate holds the answer until the alarm is stored.
    void this.#ctx.storage.setAlarm(Date.now() + ms).catch((error: unknown) => logLine("directory.alarm-failed", { message: messageOf(error) }));
  }
}

const handlers: Handlers = {
  "rooms.list": (list, { after = "", limit = ROOM_LIMITS.roomsPage }) => {
    const rooms = list.page(after, limit + 1);
    const given = rooms.slice(0, limit);
    return ok({ rooms: given, total: list.count("room"), ...(rooms.length > limit && { next: given.at(-1)?.room }) });
  },
  "rooms.broadcast": (list, input, { settings }) => {
    if (list.count("broadcast") >= ROOM_LIMITS.roomBroadcasts) {
      return err(wireError("overloaded", { limit: ROOM_LIMITS.roomBroadcasts, retryAfterMs: 60_000, message: "earlier ones are still being said" }));
    }
    list.broadcast({ input, settings });
    return ok({ rooms: list.count("room") });
  },
  "rooms.appoint": (list, { user, on }) => {
    if (on && list.count("super_admin") >= ROOM_LIMITS.roomSuperAdmins)
      return err(wireError("limit_exceeded", { field: "user", limit: ROOM_LIMITS.roomSuperAdmins }));
    list.appoint(user, on);
    return ok({});
  },
  "rooms.super-admins": (list, { after = "", limit = ROOM_LIMITS.roomsPage }) => {
    const users = list.superAdmins(after, limit + 1);
    const given = users.slice(0, limit);
    return ok({ users: given, ...(users.length > limit && { next: given.at(-1) }) });
  },
};
