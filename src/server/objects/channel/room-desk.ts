import type { Channel } from "../../../domain/channel/channel.ts";
import type { Actor } from "../../../domain/membership/membership.ts";
import { type KeysWritten, RoomKeys } from "../../../domain/room/keys.ts";
import { RoomPace } from "../../../domain/room/pace.ts";
import { Room, type RoomOutcome } from "../../../domain/room/room.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { RoomEvent } from "../../../protocol/messages/room.ts";
import type { ChannelRef, UserId } from "../../../protocol/names.ts";
import type { Priority } from "../../../protocol/priority.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { ok, type Result } from "../../../util/result.ts";
import { TtlCache } from "../../../util/ttl-cache.ts";
import type { Env } from "../../env.ts";
import { MessageHook } from "../../message-hook.ts";
import type { Call } from "../../trust.ts";
import type { DirectoryObject } from "../directory-object.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import type { ChannelSettings } from "./limits.ts";
import { RoomMessages } from "./room-messages.ts";
import { runRoomOperation } from "./room-operations.ts";
import { RoomTables } from "./room-tables.ts";

/** What a room asks of the app's directory. */
export type RoomDirectory = Pick<DirectoryObject, "putRoom" | "dropRoom" | "isSuperAdmin">;

export interface RoomDeskPorts {
  readonly app: string;
  readonly env: Env;
  readonly db: D1Database | undefined;
  /** Made if it is not there. */
  channel(): Channel;
  existing(): Channel | undefined;
  settings(): ChannelSettings;
  directory(): RoomDirectory;
  now(): number;
  newId(): string;
  background(work: Promise<unknown>): void;
}

const CLOSINGS = 32;
/** Users of whom it is known whether they are super admins, and for how long. */
const STANDINGS = 1_000;
const STANDING_MS = 60_000;

/** A chat room: who is what in it, its lists, its keys, and what may be said, beside the channel that carries it. */
export class RoomDesk {
  readonly room: Room;
  readonly keys: RoomKeys;
  readonly pace = new RoomPace();
  readonly messages: RoomMessages;
  readonly store: RoomTables;
  readonly #ref: ChannelRef;
  readonly #ports: RoomDeskPorts;
  readonly #hook: MessageHook;
  readonly #superAdmins = new TtlCache<UserId, boolean>(STANDINGS);

  constructor(sql: SqlStorage, ref: ChannelRef, ports: RoomDeskPorts) {
    this.#ref = ref;
    this.#ports = ports;
    this.store = new RoomTables(sql);
    const { store } = this;
    const count = (): number => ports.existing()?.members ?? 0;
    this.room = new Room({
      store,
      now: () => ports.now(),
      present: {
        has: (user) => ports.existing()?.hasMember(user) === true,
        get count() {
          return count();
        },
        isSuperAdmin: (user) => this.#superAdmins.get(user, ports.now()) === true,
      },
    });
    this.keys = new RoomKeys(store, (event) => this.#tell(event));
    this.messages = new RoomMessages(ref, {
      ...ports,
      channel: () => ports.channel(),
      existing: () => ports.existing(),
      newId: () => ports.newId(),
      store,
    });
    this.#hook = new MessageHook({ env: ports.env, app: ports.app, now: () => ports.now() }, ROOM_LIMITS.roomHookWaiting);
  }

  get exists(): boolean {
    return this.room.exists;
  }

  get channel(): Channel {
    return this.#ports.channel();
  }

  get settings(): ChannelSettings {
    return this.#ports.settings();
  }

  get now(): number {
    return this.#ports.now();
  }

  /** Why this user does not get in. */
  refuses(user: UserId): WireError | undefined {
    return this.room.refuseEntry(user);
  }

  /** In the turn that writes that they have left. */
  left(users: readonly UserId[]): void {
    if (users.length > 0 && this.exists) this.keys.left(users);
  }

  run(call: Call): Promise<Result<Record<string, unknown>, WireError>> {
    return runRoomOperation(this, call);
  }

  /** What has been decided and written is told, and who is out is sent out. */
  carryOut(by: Actor, outcome: RoomOutcome): Result<{ failed: { user: UserId; message: string }[] }, WireError> {
    if (!outcome.ok) return outcome;
    const { events, went, failed } = outcome.value;
    for (const event of events) this.#tell(event, by);
    for (const user of went) this.#background(this.#ports.existing()?.expel(user, REMOVED));
    this.#ports.existing()?.settle();
    return ok({ failed: [...failed] });
  }

  /** Everybody is sent out. */
  async close(): Promise<void> {
    const channel = this.#ports.existing();
    if (channel === undefined) return;
    channel.settle();
    await eachBounded(channel.users(), CLOSINGS, async (user) => void (await channel.expel(user, DISMISSED)));
  }

  inDirectory<Answer>(work: (directory: RoomDirectory) => Promise<Answer>): Promise<Result<Answer, WireError>> {
    return callRepeatedly(() => work(this.#ports.directory()));
  }

  /** Whether it is a super admin of the app, where nothing in this room says that it may do more than others. */
  async learnStanding(user: UserId): Promise<void> {
    const role = this.room.roleOf(user);
    if (role === "owner" || role === "admin" || this.#superAdmins.get(user, this.now) !== undefined) return;
    const asked = await this.inDirectory((directory) => directory.isSuperAdmin(user));
    // Who cannot be asked about may do what everybody may.
    if (asked.ok) this.#superAdmins.set(user, asked.value, STANDING_MS, this.now);
  }

  get members(): number {
    return this.#ports.existing()?.members ?? 0;
  }

  /** Messages left out since the object started. */
  get dropped(): Readonly<Record<Priority, number>> {
    return { ...(this.#ports.existing()?.counters.dropped ?? { high: 0, normal: 0, low: 0 }) };
  }

  isPresent(user: UserId): boolean {
    return this.#ports.existing()?.hasMember(user) === true;
  }

  membersPage(after: UserId | undefined, limit: number): ReturnType<Channel["membersPage"]> {
    return this.#ports.existing()?.membersPage(after, limit) ?? { members: [], total: 0 };
  }

  /** Keys have changed, and that is to be told. */
  changed(written: KeysWritten): Result<KeysWritten, WireError> {
    this.#ports.existing()?.settle();
    return ok(written);
  }

  get name(): string {
    return this.#ref.name;
  }

  /** One event, to everybody in it. */
  told(by: Actor, event: RoomEvent): Result<object, WireError> {
    this.#tell(event, by);
    this.#ports.existing()?.settle();
    return ok({});
  }

  /** The app's word on what a user is about to say, if it wants to be asked. In the order of each user's messages. */
  checked(from: UserId, call: Call): ReturnType<MessageHook["pass"]> {
    return this.#hook.pass({ from, conversation: { type: "room", id: this.name } }, from, call, this.settings);
  }

  #tell(event: RoomEvent, by?: Actor): void {
    this.#ports.existing()?.tell({ type: "notice", name: "room.event", channel: this.#ref, ...(by?.kind === "user" && { by: by.user }), event });
  }

  #background(work: Promise<unknown> | undefined): void {
    if (work !== undefined) this.#ports.background(work);
  }
}

const REMOVED = { code: CLOSE.forbidden.code, reason: "removed from the room" };
const DISMISSED = { code: CLOSE.forbidden.code, reason: "the room was dismissed" };
