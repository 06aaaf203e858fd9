import type { Published } from "../../../domain/channel/broadcast.ts";
import type { Channel } from "../../../domain/channel/channel.ts";
import { RecentlySaid, type Said } from "../../../domain/room/said.ts";
import { parseItems } from "../../../domain/stream/page.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { RoomMessage } from "../../../protocol/messages/room.ts";
import { type ChannelRef, channelStream, type DeviceId, type UserId } from "../../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { Priority } from "../../../protocol/priority.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { ROOM_MESSAGE, ROOM_RECALL, readRoomItem, recallPayload, roomPayload } from "../../../protocol/room-payload.ts";
import { ok, type Result } from "../../../util/result.ts";
import { readHistory } from "../../history/read.ts";
import { tailOf } from "./operations.ts";

export interface RoomMessagesPorts {
  readonly app: string;
  readonly db: D1Database | undefined;
  channel(): Channel;
  existing(): Channel | undefined;
  newId(): string;
  isRecalled(id: string): boolean;
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

  /** `written`: in the turn that writes the word of it. */
  recall(id: string, by: { readonly from: UserId; readonly device: DeviceId }, written: () => void): Promise<Result<Published, WireError>> {
    return this.#publish({ ...by, data: recallPayload(id), customType: ROOM_RECALL, priority: "high", store: false }, written);
  }

  async find(id: string): Promise<Result<Said | undefined, WireError>> {
    const known = this.#said().byId(id);
    if (known !== undefined) return ok(known);
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
    return read.ok ? ok({ ...read.value, messages: read.value.messages.filter(({ id }) => !this.#ports.isRecalled(id)) }) : read;
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

  /** After a start, from what the log still holds. */
  #said(): RecentlySaid {
    if (this.#recent !== undefined) return this.#recent;
    const recent = new RecentlySaid();
    this.#recent = recent;
    const pages = this.#ports.existing()?.log.retained(PAGES) ?? [];
    for (const item of pages.flatMap(parseItems)) {
      const said = readRoomItem(item);
      if (said === undefined || !("message" in said)) continue;
      const { key, id, from, ts } = said.message;
      recent.add(key, { id, from, ts });
    }
    return recent;
  }
}

const nameOf = (from: UserId, key: string): string => `${key} ${from}`;
