import { FrameTape } from "../lib/frame-tape.ts";

/** What was found in some bytes, and how many of them it takes: the rest is the begin of something. */
export interface Parsed<Item> {
  readonly items: readonly Item[];
  readonly used: number;
}

/** Decodes for all clients of one room; see `FrameTape`. */
export class SplitTape<Item> {
  readonly parse: (bytes: Buffer) => Parsed<Item>;
  readonly tape: FrameTape<Parsed<Item>>;

  constructor(parse: (bytes: Buffer) => Parsed<Item>) {
    this.parse = parse;
    this.tape = new FrameTape(parse);
  }
}

/** One client of a protocol whose packets do not keep to WebSocket messages: one may hold many, or end amid one. */
export class SplitReader<Item> {
  readonly #shared: SplitTape<Item>;
  readonly #place = { cursor: 0 };
  #rest: Buffer | undefined;

  constructor(shared: SplitTape<Item>) {
    this.#shared = shared;
  }

  read(bytes: Buffer): readonly Item[] {
    const whole = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    // What begins amid a packet is this client's alone.
    const { items, used } = this.#rest === undefined ? this.#shared.tape.read(this.#place, whole) : this.#shared.parse(whole);
    this.#rest = used === whole.length ? undefined : whole.subarray(used);
    return items;
  }
}
