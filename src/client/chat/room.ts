import type { Content, Ext } from "../../protocol/messages/conversation.ts";
import type { RoomDetails, RoomEdit, RoomEvent, RoomKey, RoomMessage, RoomPin } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Priority } from "../../protocol/priority.ts";
import { editedMessage, readRoomItem } from "../../protocol/room-payload.ts";
import { toBase64Url } from "../../util/base64url.ts";
import { Emitter } from "../../util/emitter.ts";
import type { Channel } from "../channel.ts";
import type { Client } from "../client.ts";
import type { ChannelState, ModuleNotice } from "../events.ts";
import { KnownKeys } from "./room-keys.ts";

export type { RoomDetails, RoomEdit, RoomEvent, RoomKey, RoomMessage, RoomPin } from "../../protocol/messages/room.ts";

/** What a room needs of a client. */
export type RoomClient = Pick<Client, "user" | "join" | "call" | "on">;

export interface RoomEvents {
  /** Own ones, too. */
  message: RoomMessage;
  recalled: { readonly id: string; readonly by: UserId };
  /** A message says something else now; `message`: as it is, where it is among the last ones here. */
  edited: { readonly edit: RoomEdit; readonly message?: RoomMessage };
  /** Something in the room has changed: details, roles, lists, keys. */
  event: { readonly event: RoomEvent; readonly by?: UserId };
  keys: { readonly keys: ReadonlyMap<string, RoomKey> };
  joined: { readonly users: readonly UserId[] };
  left: { readonly users: readonly UserId[] };
  count: { readonly count: number };
  /** Messages that were missed and will not come: the state is asked for anew. */
  gap: { readonly reason: string };
  state: { readonly state: ChannelState };
  /** Left, removed, blocked, dismissed, or never let in again. */
  closed: { readonly reason: string; readonly code?: number };
  /** Anything of the above that a picture of the room shows. */
  changed: undefined;
  error: Error;
}

export interface RoomSendOptions {
  readonly ext?: Ext;
  readonly priority?: Priority;
  /** Under which a repeat is known; made here otherwise. */
  readonly key?: string;
  /** For these in the room alone, and nobody later: `absent` in the answer names who is not here. */
  readonly receivers?: readonly UserId[];
}

export interface RoomOptions {
  /** How many of the last messages to fetch; 10 unless it says otherwise. */
  readonly last?: number;
}

export type RoomState = OutputOf<"room.get">;
type RoomOperation = Extract<OperationName, `room.${string}`>;
type Of<Op extends RoomOperation> = Omit<InputOf<Op>, "room">;

/** Messages that are kept here. */
const RECENT = 200;
const LAST = 10;
/** Events that say all there is to know. */
const NOT_OF_ONESELF: ReadonlySet<RoomEvent["kind"]> = new Set(["keysChanged", "dismissed", "pinned", "unpinned"]);

/** A chat room that one is in. Made by `openRoom`. */
export class Room {
  readonly name: string;
  readonly #client: RoomClient;
  readonly #channel: Channel;
  readonly #emitter = new Emitter<RoomEvents>((error) => this.#report(error));
  readonly #keys = new KnownKeys();
  readonly #stops: (() => void)[];
  readonly #recalled = new Set<string>();
  /** A page of history that was asked for before may be older than these. */
  readonly #edits = new Map<string, RoomEdit>();
  #recent: readonly RoomMessage[] = [];
  #state: RoomState;
  #asking: Promise<void> | undefined;
  #again = false;

  /** @internal */
  constructor(client: RoomClient, channel: Channel, state: RoomState) {
    this.name = channel.name;
    this.#client = client;
    this.#channel = channel;
    this.#state = state;
    this.#stops = [
      channel.on("message", (item) => this.#heard(item)),
      channel.on("joined", (event) => this.#emitter.emit("joined", event)),
      channel.on("left", (event) => this.#emitter.emit("left", event)),
      channel.on("count", (event) => this.#changed("count", event)),
      channel.on("gap", ({ reason }) => {
        this.#emitter.emit("gap", { reason });
        this.#refresh();
      }),
      channel.on("state", (change) => {
        this.#changed("state", { state: change.state });
        // What was told meanwhile was told to others.
        if (change.state === "joined" && change.previous === "reconnecting") this.#refresh();
      }),
      channel.on("closed", ({ reason, code }) => {
        for (const stop of this.#stops) stop();
        this.#changed("closed", { reason, ...(code !== undefined && { code }) });
      }),
      client.on("notice", (notice) => this.#notice(notice)),
    ];
  }

  get details(): RoomDetails {
    return this.#state.details;
  }
  get owner(): UserId {
    return this.#state.owner;
  }
  get admins(): readonly UserId[] {
    return this.#state.admins;
  }
  /** What one is here. */
  get role(): "owner" | "admin" | "member" {
    return this.#state.role ?? "member";
  }
  /** Whether one may say nothing here, muted oneself or by tag; see `details.allMuted`. */
  get muted(): boolean {
    return this.#state.muted;
  }
  /** On the allow list. */
  get allowed(): boolean {
    return this.#state.allowed;
  }
  get count(): number {
    return this.#channel.count;
  }
  get state(): ChannelState {
    return this.#channel.state;
  }
  get keys(): ReadonlyMap<string, RoomKey> {
    return this.#keys.entries;
  }
  /** The last messages, oldest first, without those recalled. */
  get messages(): readonly RoomMessage[] {
    return this.#recent;
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof RoomEvents>(name: Name, listener: (event: RoomEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Says something. `skipped` in the answer: the room was too busy for its priority. */
  send(content: Content | string, { ext, priority, key = newKey(), receivers }: RoomSendOptions = {}): Promise<OutputOf<"room.send">> {
    return this.call("room.send", {
      key,
      content: contentOf(content),
      ...(ext !== undefined && { ext }),
      ...(priority !== undefined && { priority }),
      ...(receivers !== undefined && { receivers: [...receivers] }),
    });
  }

  /** Lets a message say something else: text and custom messages, and the `ext` of any. */
  edit(id: string, content: Content | string | undefined, ext?: Ext): Promise<OutputOf<"room.edit">> {
    return this.call("room.edit", { id, ...(content !== undefined && { content: contentOf(content) }), ...(ext !== undefined && { ext }) });
  }

  /** Pins a message for everybody, or takes the pin away; all hear of it by `event`. */
  pin(id: string, on = true): Promise<OutputOf<"room.pin">> {
    return this.call("room.pin", { id, on });
  }

  /** The newest pin first. */
  async pins(): Promise<readonly RoomPin[]> {
    return (await this.call("room.pins", {})).pins;
  }

  recall(id: string): Promise<OutputOf<"room.recall">> {
    return this.call("room.recall", { id });
  }

  /** Sets keys; `failed` in the answer names those that are another's. */
  setKeys(entries: Readonly<Record<string, string>>, options: { readonly force?: boolean; readonly stay?: boolean } = {}): Promise<OutputOf<"room.set-keys">> {
    return this.call("room.set-keys", { entries: Object.entries(entries).map(([key, value]) => ({ key, value })), ...options });
  }

  removeKeys(keys: readonly string[], options: { readonly force?: boolean } = {}): Promise<OutputOf<"room.remove-keys">> {
    return this.call("room.remove-keys", { keys: [...keys], ...options });
  }

  history(page: Of<"room.history"> = {}): Promise<OutputOf<"room.history">> {
    return this.call("room.history", page);
  }

  members(page: Of<"room.members"> = {}): Promise<OutputOf<"room.members">> {
    return this.call("room.members", page);
  }

  /** Any operation on this room. */
  call<Op extends RoomOperation>(op: Op, input: Of<Op>): Promise<OutputOf<Op>> {
    const asked = { room: this.name, ...input } as unknown as InputOf<Op>;
    // What ends the room ends its sockets, and would take the answer with them.
    return op === "room.dismiss" ? this.#client.call(op, asked) : this.#channel.ask(op, asked);
  }

  leave(): Promise<void> {
    return this.#channel.leave();
  }

  /** @internal The last messages, and the keys, of somebody who has come in. */
  async begin(last: number): Promise<void> {
    await this.#ask(last);
  }

  #heard(item: Parameters<typeof readRoomItem>[0]): void {
    const heard = readRoomItem(item);
    if (heard === undefined) return;
    if ("recalled" in heard) {
      remember(this.#recalled, heard.recalled);
      this.#keep(this.#recent);
      return this.#changed("recalled", { id: heard.recalled, by: heard.by });
    }
    if ("edit" in heard) {
      this.#edits.set(heard.edit.id, heard.edit);
      for (const [oldest] of this.#edits) if (this.#edits.size > RECENT) this.#edits.delete(oldest);
      this.#keep(this.#recent);
      const message = this.#recent.find(({ id }) => id === heard.edit.id);
      return this.#changed("edited", { edit: heard.edit, ...(message !== undefined && { message }) });
    }
    this.#said(heard.message);
  }

  #said(message: RoomMessage): void {
    this.#keep([...this.#recent, message]);
    this.#changed("message", message);
  }

  #keep(messages: readonly RoomMessage[]): void {
    const unique = new Map(messages.map((message) => [message.id, editedMessage(message, this.#edits.get(message.id))]));
    this.#recent = [...unique.values()].filter(({ id }) => !this.#recalled.has(id)).slice(-RECENT);
  }

  #notice(notice: ModuleNotice): void {
    if (notice.name !== "room.event" && notice.name !== "room.directed") return;
    if (notice.channel.name !== this.name || notice.channel.type !== "room") return;
    if (notice.name === "room.directed") {
      // What is told past the stream may come twice.
      if (!this.#recent.some(({ id }) => id === notice.message.id)) this.#said(notice.message as RoomMessage);
      return;
    }
    const { event, by } = notice;
    if (event.kind === "keysChanged") {
      this.#keys.change(event);
      this.#changed("keys", { keys: this.keys });
    } else if (event.kind === "updated") this.#state = { ...this.#state, details: { ...this.#state.details, ...(event.changed as Partial<RoomDetails>) } };
    this.#changed("event", { event, ...(by !== undefined && { by }) });
    // What it means for oneself, the room says.
    if (!NOT_OF_ONESELF.has(event.kind)) this.#refresh();
  }

  /** One question under way; what happens meanwhile is asked about once more. */
  #refresh(): void {
    if (this.#asking !== undefined) {
      this.#again = true;
      return;
    }
    this.#asking = this.#ask(0)
      .catch((error: unknown) => this.#channel.state === "closed" || this.#report(error))
      .then(() => {
        this.#asking = undefined;
        if (!this.#again || this.#channel.state === "closed") return;
        this.#again = false;
        this.#refresh();
      });
  }

  async #ask(last: number): Promise<void> {
    const [state, keys, page] = await Promise.all([
      this.call("room.get", {}),
      this.call("room.get-keys", {}),
      last > 0 ? this.history({ limit: last }) : { messages: [] },
    ]);
    this.#state = state;
    this.#keys.snapshot(keys.revision, keys.entries);
    this.#keep([...page.messages.toReversed(), ...this.#recent]);
    this.#changed("keys", { keys: this.keys });
  }

  #changed<Name extends keyof RoomEvents>(name: Name, event: RoomEvents[Name]): void {
    this.#emitter.emit(name, event);
    this.#emitter.emit("changed", undefined);
  }

  #report(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (this.#emitter.has("error")) this.#emitter.emit("error", error);
    else console.error(error);
  }
}

/**
 * Comes into a chat room, with its last messages.
 *
 * @example
 * const room = await openRoom(client, "stage");
 * room.on("message", ({ from, content }) => show(from, content));
 * await room.send("Hello, everybody");
 */
export async function openRoom(client: RoomClient, name: string, { last = LAST }: RoomOptions = {}): Promise<Room> {
  const channel = await client.join(name, { type: "room" });
  try {
    const room = new Room(client, channel, await channel.ask("room.get", { room: name }));
    await room.begin(last);
    return room;
  } catch (error) {
    await channel.leave();
    throw error;
  }
}

/** Makes a room that is one's own. */
export async function createRoom(client: RoomClient, name: string, details: Omit<InputOf<"room.create">, "room" | "owner"> = {}): Promise<void> {
  await client.call("room.create", { room: name, ...details });
}

/** As many as there can be messages here that they are about. */
function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  for (const oldest of ids) if (ids.size > RECENT) ids.delete(oldest);
}

const contentOf = (content: Content | string): Content => (typeof content === "string" ? { type: "text", text: content } : content);
const newKey = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
