import type { Channel } from "../../../src/domain/channel/channel.ts";
import type { Presence } from "../../../src/domain/channel/members.ts";
import { RoomKeys } from "../../../src/domain/room/keys.ts";
import { Room } from "../../../src/domain/room/room.ts";
import { Whereabouts } from "../../../src/domain/room/whereabouts.ts";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import { MemoryRoomStore } from "../../support/memory-room.ts";

/** What a member asks of its room. */
export interface Seat {
  readonly key: string;
  readonly stays: boolean;
  /** It leaves in the same breath. */
  readonly passes?: boolean;
}

/** The room that stands beside a simulated channel, as `RoomDesk` does: it outlives the object's memory. */
export class SimulatedRoom {
  readonly keys: RoomKeys;
  readonly #room: Room;
  readonly #channel: () => Channel;
  readonly #whereabouts: Whereabouts;

  constructor(channel: () => Channel, now: () => number) {
    this.#channel = channel;
    const store = new MemoryRoomStore();
    this.keys = new RoomKeys(store, (event) => channel().tell({ type: "notice", name: "room.event", channel: channel().ref, event }));
    this.#whereabouts = new Whereabouts(
      () => channel().lookup,
      (user) => this.bars(user) !== undefined,
    );
    this.#room = new Room({
      store,
      now,
      present: {
        has: (user) => this.#whereabouts.has(user),
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

  bars(user: string): WireError | undefined {
    return this.#room.bars(user);
  }

  names(): readonly string[] {
    return this.keys.owners();
  }

  left(users: readonly string[]): void {
    if (users.length > 0) this.keys.left(users);
  }

  /** A server's word: it is out when that is answered, and gets in by no way. False: it has to be asked again. */
  async block(user: string): Promise<boolean> {
    try {
      const release = await this.#whereabouts.hold([user]);
      const done = this.#room.block({ kind: "server" }, [user], true);
      if (!done.ok) throw new Error(done.error.message);
      const out = [...new Set([...done.value.went, ...this.#whereabouts.stragglers([user])])].map((gone) => this.#expel(gone));
      release();
      this.#channel().settle();
      return !(await Promise.all(out)).includes(false);
    } catch {
      return false;
    }
  }

  /** The code of the refusal; undefined: it has its seat. `vouched`: by the leaf that hands it on. */
  async take(user: string, { key, stays }: Seat, vouched?: Presence): Promise<string | undefined> {
    const release = await this.#whereabouts.hold([user], vouched);
    const refused = this.#room.refuse("setKeys", { kind: "user", user });
    if (refused === undefined) {
      this.keys.set(user, { entries: [{ key, value: user }], force: false, stay: stays || !this.#whereabouts.has(user) });
      if (!stays) this.#channel().lookup.list(this.#whereabouts.seatsOf(user));
      this.#channel().hub?.renamed();
      this.#channel().settle();
    }
    release();
    return refused?.code;
  }

  async #expel(user: string): Promise<boolean> {
    const out = this.#channel().expel(user, { code: CLOSE.forbidden.code, reason: "blocked" });
    return out === undefined || (await this.#whereabouts.sendOut(user, out));
  }
}
