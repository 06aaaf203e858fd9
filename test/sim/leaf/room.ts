import type { Channel } from "../../../src/domain/channel/channel.ts";
import { RoomKeys } from "../../../src/domain/room/keys.ts";
import { Room } from "../../../src/domain/room/room.ts";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import { MemoryRoomStore } from "../../support/memory-room.ts";

/** What a member asks of its room. */
export interface Seat {
  readonly key: string;
  readonly stays: boolean;
}

/** The room that stands beside a simulated channel, as `RoomDesk` does: it outlives the object's memory. */
export class SimulatedRoom {
  readonly keys: RoomKeys;
  readonly #room: Room;
  readonly #channel: () => Channel;

  constructor(channel: () => Channel, now: () => number) {
    this.#channel = channel;
    const store = new MemoryRoomStore();
    this.keys = new RoomKeys(store, (event) => channel().tell({ type: "notice", name: "room.event", channel: channel().ref, event }));
    this.#room = new Room({
      store,
      now,
      present: {
        has: (user) => channel().hasMember(user) === true,
        get count() {
          return channel().members;
        },
        isSuperAdmin: () => false,
      },
    });
    this.#room.create("the owner", {});
  }

  refuses(user: string): WireError | undefined {
    return this.#room.refuseEntry(user);
  }

  left(users: readonly string[]): void {
    if (users.length > 0) this.keys.left(users);
  }

  /** A server's word: it is out, and gets in by no way. */
  block(user: string): void {
    const done = this.#room.block({ kind: "server" }, [user], true);
    if (!done.ok) throw new Error(done.error.message);
    for (const gone of done.value.went) void this.#channel().expel(gone, { code: CLOSE.forbidden.code, reason: "blocked" });
    this.#channel().settle();
  }

  /** The code of the refusal; undefined: it has its seat. */
  take(user: string, { key, stays }: Seat): string | undefined {
    const refused = this.#room.refuse("setKeys", { kind: "user", user });
    if (refused !== undefined) return refused.code;
    this.keys.set(user, { entries: [{ key, value: user }], force: false, stay: stays });
    this.#channel().settle();
    return undefined;
  }
}
