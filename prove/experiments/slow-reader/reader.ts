import { WebSocket } from "ws";
import { type Channel, type Client, connect } from "../../../src/client/index.ts";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import { type Address, tokenOf } from "../support/service.ts";

/** Longer than the experiment: a reader that waits for bytes must not take its socket for dead before the service has. */
const PATIENT_MS = 60_000;

/** Compressed, the letters of a test would be no load at all. */
class Uncompressed extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false });
  }
}

/** A member with the real SDK whose way to the service may become narrow. */
export class Reader {
  readonly name: string;
  readonly #client: Client;
  readonly #channel: Channel;
  /** The seq that comes next; undefined until the first. */
  #next: number | undefined;
  #heard = 0;
  #told = 0;
  readonly #gaps: string[] = [];
  readonly #wrong: string[] = [];

  private constructor(name: string, client: Client, channel: Channel) {
    this.name = name;
    this.#client = client;
    this.#channel = channel;
    channel.on("message", ({ seq }) => this.#hear(seq));
    channel.on("gap", ({ reason, from, to }) => {
      this.#gaps.push(`${reason} ${from ?? "?"}-${to ?? "?"}`);
      this.#next = to === undefined ? undefined : to + 1;
    });
    channel.on("state", ({ code }) => {
      if (code === CLOSE.slowReader.code) this.#told += 1;
    });
  }

  static async join(address: Address, user: string, name: string): Promise<Reader> {
    const { url, app } = address;
    const timings = { keepAliveMs: PATIENT_MS, keepAliveDirectMs: PATIENT_MS };
    const client = await connect({ url, app, user, device: "slow", WebSocket: Uncompressed, token: () => tokenOf(address, user), timings });
    client.on("error", () => {});
    return new Reader(user, client, await client.join(name));
  }

  get heard(): number {
    return this.#heard;
  }

  /** How often its socket was closed for being slow. */
  get told(): number {
    return this.#told;
  }

  get gaps(): readonly string[] {
    return this.#gaps;
  }

  /** Repeats and losses it was not told of. */
  get wrong(): readonly string[] {
    return this.#wrong;
  }

  get position(): number {
    return this.#channel.position?.seq ?? -1;
  }

  close(): void {
    this.#client.close();
  }

  #hear(seq: number | undefined): void {
    if (seq === undefined) return;
    if (this.#next !== undefined && seq !== this.#next) this.#wrong.push(`${seq} after ${this.#next - 1}`);
    this.#next = seq + 1;
    this.#heard += 1;
  }
}
