import type { Channel } from "../../../domain/channel/channel.ts";
import type { MemberLookup } from "../../../domain/channel/member-lookup.ts";
import type { Presence } from "../../../domain/channel/members.ts";
import type { Actor } from "../../../domain/membership/membership.ts";
import { type KeysWritten, RoomKeys } from "../../../domain/room/keys.ts";
import { RoomPace } from "../../../domain/room/pace.ts";
import { Room, type RoomOutcome } from "../../../domain/room/room.ts";
import { Whereabouts } from "../../../domain/room/whereabouts.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { RoomEvent } from "../../../protocol/messages/room.ts";
import type { ChannelRef, UserId } from "../../../protocol/names.ts";
import type { Priority } from "../../../protocol/priority.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { TtlCache } from "../../../util/ttl-cache.ts";
import type { Env } from "../../env.ts";
import { MessageHook } from "../../message-hook.ts";
import type { Call } from "../../trust.ts";
import type { DirectoryObject } from "../directory-object.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import { fromLeaves } from "./from-leaves.ts";
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
  readonly #whereabouts: Whereabouts;

  constructor(sql: SqlStorage, ref: ChannelRef, ports: RoomDeskPorts) {
    this.#ref = ref;
    this.#ports = ports;
    this.store = new RoomTables(sql);
    const { store } = this;
    const count = (): number => ports.existing()?.members ?? 0;
    this.#whereabouts = new Whereabouts(
      () => ports.existing()?.lookup,
      (user) => this.room.isListed("block", user),
    );
    this.room = new Room({
      store,
      now: () => ports.now(),
      present: {
        has: (user) => this.#whereabouts.has(user),
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
      seatsOf: (user) => this.#whereabouts.seatsOf(user),
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

  /** Why this user does not get in. Who is in does, also into a full room; that may have to be asked of a leaf. */
  async refuses(user: UserId): Promise<WireError | undefined> {
    const refused = this.room.refuseEntry(user);
    if (refused?.code !== "limit_exceeded") return refused;
    const found = await this.#find([user]);
    if (!found.ok) return found.error;
    const again = this.room.refuseEntry(user);
    found.value();
    return again;
  }

  /** The same of one that comes to a leaf, by what the list says. */
  turnsAway(user: UserId): WireError | undefined {
    return this.room.refuseEntry(user);
  }

  /** Why this user may not be in: who is counted is not looked at again. */
  bars(user: UserId): WireError | undefined {
    return this.room.bars(user);
  }

  /** Users whose going has to be known, however many there are. */
  names(): readonly UserId[] {
    return this.exists ? this.keys.owners() : [];
  }

  /** In the turn that writes that they have left. */
  left(users: readonly UserId[]): void {
    if (users.length > 0 && this.exists) this.keys.left(users);
  }

  /** `vouched`: where the caller sits, by the word of the leaf that hands its request on. */
  async run(call: Call, vouched?: Presence): Promise<Result<Record<string, unknown>, WireError>> {
    const found = this.#find(concernedBy(call), vouched);
    // Where nobody has to be asked it is done in this turn, with what else a frame brings.
    const held = found instanceof Promise ? await found : found;
    if (!held.ok) return held;
    try {
      return await runRoomOperation(this, call);
    } finally {
      held.value();
    }
  }

  /** What has been decided and written is told, and who is out is sent out: by then no leaf has it any more. */
  async carryOut(
    by: Actor,
    outcome: RoomOutcome,
    { concerned = [] }: { readonly concerned?: readonly UserId[] } = {},
  ): Promise<Result<{ failed: { user: UserId; message: string }[] }, WireError>> {
    if (!outcome.ok) return outcome;
    const { events, went, failed } = outcome.value;
    for (const event of events) this.#tell(event, by);
    const out = [...new Set([...went, ...this.#whereabouts.stragglers(concerned)])].map((user) => this.#expel(user));
    this.#ports.existing()?.settle();
    return (await Promise.all(out)).includes(false) ? NOT_OUT : ok({ failed: [...failed] });
  }

  /** Everybody is sent out. False: a leaf does not answer. */
  async close(): Promise<boolean> {
    const channel = this.#ports.existing();
    channel?.settle();
    return (await channel?.expelAll(DISMISSED)) !== false;
  }

  async #expel(user: UserId): Promise<boolean> {
    const out = this.#ports.existing()?.expel(user, REMOVED);
    return out === undefined || (await this.#whereabouts.sendOut(user, out));
  }

  /** Finds out who of these is here; what it gives ends that. */
  #find(users: readonly UserId[], vouched?: Presence): Result<() => void, WireError> | Promise<Result<() => void, WireError>> {
    const held = this.#whereabouts.hold(users, vouched);
    return held instanceof Promise ? fromLeaves(() => held) : ok(held);
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
    return this.#whereabouts.has(user);
  }

  async membersPage(after: UserId | undefined, limit: number): Promise<Result<Awaited<ReturnType<MemberLookup["page"]>>, WireError>> {
    const channel = this.#ports.existing();
    return channel === undefined ? ok({ members: [], total: 0 }) : fromLeaves(() => channel.lookup.page(after, limit));
  }

  /** Keys have changed, and that is to be told. Their owner is known by name from this turn on, so that its going is. */
  changed(owner: UserId, written: KeysWritten): Result<KeysWritten, WireError> {
    const channel = this.#ports.existing();
    if (this.names().includes(owner)) channel?.lookup.list(this.#whereabouts.seatsOf(owner));
    channel?.hub?.renamed();
    channel?.settle();
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
}

/** Whose being here an operation goes by: who asks, and whom it names. */
function concernedBy({ caller, input }: Call): UserId[] {
  const { users = [], receivers = [], member, owner, from } = input as Naming;
  const one = [caller.kind === "user" ? caller.user : undefined, member, owner, from];
  return [...users, ...receivers, ...one.flatMap((user) => user ?? [])];
}

interface Naming {
  readonly users?: readonly UserId[];
  readonly receivers?: readonly UserId[];
  readonly member?: UserId;
  readonly owner?: UserId;
  readonly from?: UserId;
}

const NOT_OUT = err(wireError("unavailable", { retryAfterMs: 1_000, message: "it is done, but a leaf does not answer that may still have them: ask again" }));

const REMOVED = { code: CLOSE.forbidden.code, reason: "removed from the room" };
const DISMISSED = { code: CLOSE.forbidden.code, reason: "the room was dismissed" };
