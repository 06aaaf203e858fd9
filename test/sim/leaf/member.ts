import type { Publish } from "../../../src/domain/channel/intake.ts";
import { inFull } from "../../../src/protocol/brief.ts";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import type { Frame } from "../../../src/protocol/frame.ts";
import type { Position } from "../../../src/protocol/messages/session.ts";
import { messagesOf } from "../../support/memory-channel.ts";
import type { Seat } from "./room.ts";
import type { Wire, World } from "./world.ts";

export interface Door {
  publish(publish: Publish): void;
  /** Takes a seat in a room; the answer is `taken`. */
  take(id: number, seat: Seat): void;
  gone(goodbye: boolean): void;
}

interface Item {
  readonly seq: number;
  readonly from: string;
  readonly id: number;
  readonly data: string;
}

/** A client, as the SDK is one: it keeps its place, comes back after whatever happens, and says again what has no answer. */
export class Member {
  readonly name: string;
  readonly heard: Item[] = [];
  readonly faults: string[] = [];
  readonly answered: number[] = [];
  /** From which seq on it has to hear everything. */
  from: number | undefined;
  position: Position | undefined;
  moves = 0;
  readonly notices: string[] = [];
  /** It was sent out of a room, and does not come back. */
  isOut = false;
  /** Seats that it was given, and refusals. */
  readonly seats: Seat[] = [];
  readonly refusals: string[] = [];
  readonly #asked = new Map<number, Seat>();
  count = 0;
  readonly #world: World;
  readonly #pending = new Map<number, string>();
  #wire: Wire | undefined;
  #door: Door | undefined;
  #welcomed = false;
  #wanted = true;
  #ids = 0;
  #attempts = 0;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
  }

  get isConnected(): boolean {
    return this.#wire?.open === true && this.#welcomed;
  }

  /** Every other one reads items in short. */
  get brief(): boolean {
    return this.name.charCodeAt(this.name.length - 1) % 2 === 0;
  }

  get pending(): number {
    return this.#pending.size;
  }

  join(): void {
    this.#wanted = true;
    this.#world.connect(this, this.position);
  }

  leave(): void {
    this.#wanted = false;
    const door = this.#door;
    const wire = this.#wire;
    this.#wire = undefined;
    this.#door = undefined;
    wire?.closeUp(() => door?.gone(true));
  }

  publish(): void {
    const id = ++this.#ids;
    this.#pending.set(id, `${this.name} ${id}`);
    this.#send(id);
  }

  /** Asked until there is an answer, also over another connection. */
  take(seat: Seat): void {
    const id = ++this.#ids;
    this.#asked.set(id, seat);
    this.#ask(id);
  }

  connected(wire: Wire, door: Door): void {
    if (!this.#wanted) return wire.closeUp(() => door.gone(true));
    this.#wire = wire;
    this.#door = door;
    this.#welcomed = false;
  }

  refused(): void {
    this.#later();
  }

  closed(wire: Wire, code: number): void {
    // The close is answered; the object hears of it.
    const door = this.#door;
    if (wire !== this.#wire) return;
    wire.up(() => {});
    this.#wire = undefined;
    this.#door = undefined;
    if (wire.closedByServer && wire.at.alive) door?.gone(false);
    if (code === CLOSE.forbidden.code) {
      this.isOut = true;
      this.#wanted = false;
    }
    this.#later();
  }

  frame(wire: Wire, frame: Frame): void {
    if (wire !== this.#wire) return;
    for (const message of messagesOf(frame)) {
      if (this.#wire !== wire) return;
      if (message.type === "welcome") this.#welcome(message as unknown as Welcome);
      else if (message.type === "events") this.#events(message as unknown as EventsMessage);
      else if (message.type === "reply") this.#reply(message);
      else if (message.type === "taken") this.#taken(message as unknown as Taken);
      else if (message.type === "goaway") this.#goAway(wire, Number(message.retryAfterMs));
      else if (message.type === "notice") this.#notice(message);
    }
  }

  #notice(message: Record<string, unknown>): void {
    if (message.name === "channel.count") this.count = Number(message.count);
    else if (message.name === "channel.members") this.notices.push("snapshot");
    else if (Array.isArray(message.users)) for (const user of message.users) this.notices.push(`${String(message.name).slice(8)} ${String(user)}`);
  }

  #welcome({ epoch, seq, recovered, reason }: Welcome): void {
    this.#welcomed = true;
    this.#attempts = 0;
    if (recovered === false) this.faults.push(`${this.name} at ${JSON.stringify(this.position)} was told: ${reason}`);
    if (this.position === undefined) this.from = seq;
    if (this.position === undefined || recovered === false) this.position = { epoch, seq };
    for (const id of this.#pending.keys()) this.#send(id);
    for (const id of this.#asked.keys()) this.#ask(id);
  }

  #ask(id: number): void {
    const seat = this.#asked.get(id);
    const door = this.#door;
    if (seat === undefined || !this.#welcomed) return;
    this.#wire?.up(() => door?.take(id, seat));
    if (seat.passes === true) this.leave();
  }

  #taken({ id, refused }: Taken): void {
    const seat = this.#asked.get(id);
    if (seat === undefined) return;
    if (refused === "unavailable") return void this.#world.scheduler.after(200, "asks again", () => this.#ask(id));
    this.#asked.delete(id);
    if (refused === undefined) this.seats.push(seat);
    else this.refusals.push(refused);
  }

  #events({ epoch, after, upTo, items }: EventsMessage): void {
    const { position } = this;
    if (position === undefined) return;
    if (epoch !== position.epoch || after > position.seq) return this.#back();
    if (upTo <= position.seq) return;
    this.position = { epoch, seq: upTo };
    let expected = Math.max(after, position.seq) + 1;
    for (const item of (inFull(items) ?? []) as Item[]) {
      if (item.seq <= position.seq) continue;
      if (item.seq !== expected++) this.faults.push(`${this.name} got ${item.seq} in the place of ${expected - 1}`);
      this.heard.push(item);
      if (item.from === this.name) this.#settled(item.id);
    }
    if (expected !== upTo + 1) this.faults.push(`${this.name}: a frame up to ${upTo} ends with ${expected - 1}`);
  }

  #reply({ id, error }: Record<string, unknown>): void {
    if (error === undefined) return this.#settled(Number(id));
    // Whatever the reason, it is said again under its id, after a while.
    this.#world.scheduler.after(200, "again", () => this.#send(Number(id)));
  }

  #settled(id: number): void {
    if (this.#pending.delete(id)) this.answered.push(id);
  }

  #goAway(wire: Wire, spreadMs: number): void {
    this.moves += 1;
    this.#world.scheduler.after(this.#world.delay(spreadMs / 2), "goes", () => wire === this.#wire && this.#back());
  }

  /** Closes without a goodbye, and comes back. */
  #back(): void {
    const door = this.#door;
    const wire = this.#wire;
    this.#wire = undefined;
    this.#door = undefined;
    wire?.closeUp(() => door?.gone(false));
    this.#later();
  }

  #later(): void {
    if (!this.#wanted) return;
    const ms = Math.min(2_000, 50 * 2 ** this.#attempts++);
    this.#world.scheduler.after(
      this.#world.delay(ms),
      "comes back",
      () => this.#wanted && this.#wire === undefined && this.#world.connect(this, this.position),
    );
  }

  #send(id: number): void {
    const data = this.#pending.get(id);
    const wire = this.#wire;
    if (data === undefined || wire === undefined || !this.#welcomed) return;
    const door = this.#door;
    wire.up(() => door?.publish({ from: this.name, device: "d", id, data }));
  }
}

interface Taken {
  readonly id: number;
  readonly refused?: string;
}
interface Welcome extends Position {
  readonly recovered?: boolean;
  readonly reason?: string;
}
interface EventsMessage {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  readonly items: readonly Item[];
}
