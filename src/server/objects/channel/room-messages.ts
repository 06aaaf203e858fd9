import type { Published } from "../../../domain/channel/broadcast.ts";
import type { Channel } from "../../../domain/channel/channel.ts";
import type { Presence } from "../../../domain/channel/members.ts";
import { RecentlySaid, type Said } from "../../../domain/room/said.ts";
import type { RoomStore } from "../../../domain/room/store.ts";
import { parseItems } from "../../../domain/stream/page.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { RoomEdit, RoomMessage } from "../../../protocol/messages/room.ts";
import { type ChannelRef, channelStream, type DeviceId, type UserId } from "../../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { Priority } from "../../../protocol/priority.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { editedMessage, editPayload, ROOM_EDIT, ROOM_MESSAGE, ROOM_RECALL, readRoomItem, recallPayload, roomPayload } from "../../../protocol/room-payload.ts";
import { ok, type Result } from "../../../util/result.ts";
import { readHistory } from "../../history/read.ts";
import { tailOf } from "./operations.ts";

export interface RoomMessagesPorts {
  readonly app: string;
  readonly db: D1Database | undefined;
  channel(): Channel;
  existing(): Channel | undefined;
  newId(): string;
  readonly store: Pick<RoomStore, "isRecalled" | "edited">;
  /** Of a receiver who stands in no list. */
  seatsOf(user: UserId): readonly Presence[];
}

export interface Saying {
  readonly from: UserId;
  readonly device: DeviceId;
  readonly said: Omit<RoomMessage, "id" | "from" | "ts">;
  readonly priority: Priority;
  readonly store: boolean;
}

type Sent = OutputOf<"room.send">;
type HistoryPage = OutputOf<"room.history">;

/** Pages of the log that are read again after a start. */
const PAGES = 1_000;
/** Pages of history that are looked through for one message. */
const SEARCHED = 10;

/** The messages of a room in its channel's stream and in history. */
export class RoomMessages {
  readonly #ref: ChannelRef;
  readonly #ports: RoomMessagesPorts;
  readonly #underWay = new Map<string, Promise<Result<Sent, WireError>>>();
  /** Edits and recalls that are accepted and not yet written. */
  readonly #edits = new Map<string, RoomEdit>();
  readonly #recalls = new Set<string>();
  #recent: RecentlySaid | undefined;

  constructor(ref: ChannelRef, ports: RoomMessagesPorts) {
    this.#ref = ref;
    this.#ports = ports;
  }

  /** What became of it, if it was said before. */
  repeated(from: UserId, key: string): Promise<Result<Sent, WireError>> | undefined {
    const known = this.#said().repeated(from, key);
    if (known !== undefined) return Promise.resolve(ok({ id: known.id, ts: known.ts, duplicate: true as const }));
    return this.#underWay
      .get(nameOf(from, key))
      ?.then((sent) => (sent.ok && sent.value.id !== undefined ? ok({ ...sent.value, duplicate: true as const }) : sent));
  }

  async say({ from, device, said, priority, store }: Saying): Promise<Result<Sent, WireError>> {
    const id = this.#ports.newId();
    const name = nameOf(from, said.key);
    const publishing = this.#publish({ from, device, data: roomPayload({ id, ...said }), customType: ROOM_MESSAGE, priority, store }).then(
      (published): Result<Sent, WireError> => {
        this.#underWay.delete(name);
        if (!published.ok) return published;
        const { ts } = published.value;
        if (ts === undefined) return ok({ skipped: true });
        this.#said().add(said.key, { id, from, ts });
        return ok({ id, ts });
      },
    );
    this.#underWay.set(name, publishing);
    return publishing;
  }

  /** To those of its receivers who are here, and to its sender's own devices. It stands in no stream. */
  direct(from: UserId, said: Omit<RoomMessage, "id" | "from" | "ts"> & { readonly receivers: readonly UserId[] }, ts: number): Sent {
    const id = this.#ports.newId();
    const message: RoomMessage = { id, from, ts, ...said, receivers: [...said.receivers] };
    const users = [...new Set([from, ...said.receivers])];
    const notice = { type: "notice", name: "room.directed", channel: this.#ref, message } as const;
    const reached = new Set(this.#ports.channel().tellUsers(users, notice, (user) => this.#ports.seatsOf(user)));
    this.#said().add(said.key, { id, from, ts });
    const absent = said.receivers.filter((user) => !reached.has(user));
    return { id, ts, ...(absent.length > 0 && { absent }) };
  }

  /** `written`: in the turn that writes the word of it. */
  async recall(id: string, by: { readonly from: UserId; readonly device: DeviceId }, written: () => void): Promise<Result<Published, WireError>> {
    this.#recalls.add(id);
    const done = await this.#publish({ ...by, data: recallPayload(id), customType: ROOM_RECALL, priority: "high", store: false }, written);
    this.#recalls.delete(id);
    return done;
  }

  /** The same of an edit. One that comes before it is written goes on from it. */
  async edit(edit: RoomEdit, by: { readonly from: UserId; readonly device: DeviceId }, written: () => void): Promise<Result<Published, WireError>> {
    this.#edits.set(edit.id, edit);
    const done = await this.#publish({ ...by, data: editPayload(edit), customType: ROOM_EDIT, priority: "high", store: false }, written);
    if (this.#edits.get(edit.id) === edit) this.#edits.delete(edit.id);
    return done;
  }

  /** Recalled, or about to be. */
  isGone(id: string): boolean {
    return this.#recalls.has(id) || this.#ports.store.isRecalled(id);
  }

  /** As it is after its edits. */
  asEdited(message: RoomMessage): RoomMessage {
    return editedMessage(message, this.#edits.get(message.id) ?? this.#ports.store.edited(message.id));
  }

  /** As it was said: one that the stream still holds, or history. */
  async read(id: string): Promise<Result<RoomMessage | undefined, WireError>> {
    for (const item of this.#retained()) {
      const said = readRoomItem(item);
      if (said !== undefined && "message" in said && said.message.id === id) return ok(said.message);
    }
    return this.#inHistory(id);
  }

  async find(id: string): Promise<Result<Said | undefined, WireError>> {
    const known = this.#said().byId(id);
    return known === undefined ? this.#inHistory(id) : ok(known);
  }

  async #inHistory(id: string): Promise<Result<RoomMessage | undefined, WireError>> {
    let cursor: string | undefined;
    for (let page = 0; page < SEARCHED; page++) {
      const read = await this.#read({ limit: ROOM_LIMITS.roomPage, cursor });
      if (!read.ok) return read;
      const found = read.value.messages.find((message) => message.id === id);
      if (found !== undefined) return ok(found);
      cursor = read.value.next;
      if (cursor === undefined) break;
    }
    return ok(undefined);
  }

  async history(input: Omit<InputOf<"room.history">, "room">): Promise<Result<HistoryPage, WireError>> {
    const read = await this.#read(input);
    return read.ok ? ok({ ...read.value, messages: this.#shown(read.value.messages) }) : read;
  }

  #shown(messages: readonly RoomMessage[]): RoomMessage[] {
    const { store } = this.#ports;
    return messages.filter(({ id }) => !store.isRecalled(id)).map((message) => editedMessage(message, store.edited(message.id)));
  }

  async #read({ limit = 50, cursor, order }: Omit<InputOf<"room.history">, "room">): Promise<Result<HistoryPage, WireError>> {
    const { app, db } = this.#ports;
    const existing = this.#ports.existing();
    const tail = existing === undefined ? [] : tailOf(existing).items;
    const read = await readHistory(db, app, channelStream(this.#ref), tail, { limit, cursor, order });
    if (!read.ok) return read;
    const messages = read.value.messages.flatMap((item) => {
      const said = readRoomItem(item);
      return said !== undefined && "message" in said ? [said.message] : [];
    });
    return ok({ messages, ...(read.value.next !== undefined && { next: read.value.next }) });
  }

  #publish(
    { from, device, data, customType, priority, store }: Omit<Saying, "said"> & { readonly data: string; readonly customType: string },
    written: () => void = () => undefined,
  ): Promise<Result<Published, WireError>> {
    const channel = this.#ports.channel();
    return new Promise((resolve) => {
      const id = channel.serverId(from, device);
      const answered = channel.publish({ from, device, id, data, customType, priority, store }, { written, done: resolve });
      if (answered !== undefined) resolve(answered);
      else channel.settle();
    });
  }

  #retained() {
    return (this.#ports.existing()?.log.retained(PAGES) ?? []).flatMap(parseItems);
  }

  /** After a start, from what the log still holds. */
  #said(): RecentlySaid {
    if (this.#recent !== undefined) return this.#recent;
    const recent = new RecentlySaid();
    this.#recent = recent;
    for (const item of this.#retained()) {
      const said = readRoomItem(item);
      if (said === undefined || !("message" in said)) continue;
      const { key, id, from, ts } = said.message;
      recent.add(key, { id, from, ts });
    }
    return recent;
  }
}

const nameOf = (from: UserId, key: string): string => `${key} ${from}`;
