import { randomBytes } from "node:crypto";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { isRecord } from "../../../src/util/record.ts";
import { type Json, RawClient } from "../../../test/support/raw-client.ts";
import { type Address, tokenOf } from "../support/service.ts";
import { frameOf, type Step } from "./frames.ts";
import type { Cast } from "./values.ts";

export type Door = "session" | "direct";

/** Often enough for the shortest time-outs that tests use. */
const PING_MS = 500;
/** The attacker's devices: logins are counted per device, and a user has ten. */
const DEVICES = 8;
const CODES = new Set<string>(Object.keys(ERRORS));
const CLOSES = new Set<number>([...Object.values(CLOSE).map(({ code }) => code), 1000]);

/**
 * A user and a channel whom an attacker shares with people who notice everything: another device of the user he is logged in as, and
 * another member of the channel he is in.
 */
export class Stage {
  readonly cast: Cast;
  readonly #address: Address;
  readonly #attacker: string;
  readonly #member: RawClient;
  readonly #bystander: RawClient;
  readonly #speaker: RawClient;
  readonly #pings: NodeJS.Timeout;
  /** What the attacker's requests came to: `ok`, or the code of the refusal; `closed` for a socket that was. */
  readonly outcomes = new Map<string, number>();
  #spoken = 0;
  #cases = 0;

  private constructor(address: Address, attacker: string, cast: Cast, clients: { member: RawClient; bystander: RawClient; speaker: RawClient }) {
    this.#address = address;
    this.#attacker = attacker;
    this.cast = cast;
    this.#member = clients.member;
    this.#bystander = clients.bystander;
    this.#speaker = clients.speaker;
    const all = Object.values(clients);
    for (const client of all) client.onMessage = (message) => confirm(client, message);
    this.#pings = setInterval(() => {
      for (const client of all) if (client.isOpen) client.raw("ping");
    }, PING_MS);
  }

  static async open(address: Address): Promise<Stage> {
    const tag = randomBytes(4).toString("hex");
    const [attacker, member, speaker] = ["attacker", "member", "speaker"].map((who) => `${who}-${tag}`) as [string, string, string];
    const cast: Cast = { channel: `stage-${tag}`, users: [attacker, member, speaker, `nobody-${tag}`] };
    const bystander = await login(address, attacker, "bystander");
    const there = await joinDirect(address, await login(address, member, "d"), cast.channel);
    return new Stage(address, attacker, cast, { bystander, member: there, speaker: await login(address, speaker, "d") });
  }

  /** Says all of it over one socket; what went wrong, undefined where nothing did. */
  async suffer(door: Door, steps: readonly Step[]): Promise<string | undefined> {
    const session = await login(this.#address, this.#attacker, `d${this.#cases++ % DEVICES}`);
    const client = door === "session" ? session : await joinDirect(this.#address, session, this.cast.channel);
    const wrong: string[] = [];
    client.onMessage = (message) => {
      const code = isRecord(message.error) ? message.error.code : undefined;
      if (message.type === "reply") this.#count(String(code ?? "ok"));
      if (code !== undefined && (!CODES.has(String(code)) || code === "internal")) wrong.push(`answered ${JSON.stringify(message).slice(0, 300)}`);
    };
    for (const step of steps) if (client.isOpen) client.raw(frameOf(step, () => client.nextId()));
    const outcome = await this.#outcome(client, door);
    session.terminate();
    client.terminate();
    return wrong[0] ?? outcome;
  }

  /** Whether those who are there have noticed anything. */
  async notice(): Promise<string | undefined> {
    const data = `spoken ${++this.#spoken}`;
    const { channel } = this.cast;
    this.#speaker.submit("peer.send", { to: this.#attacker, data, ifAbsent: "drop" });
    this.#speaker.submit("channel.publish", { channel: { type: "message", name: channel }, data });
    try {
      await this.#bystander.next((message) => message.type === "message" && message.data === data);
      await this.#member.item((item) => item.data === data);
    } catch (error) {
      return `whoever was there has noticed: ${error instanceof Error ? error.message.slice(0, 300) : error}`;
    }
    for (const { unread, frames } of [this.#bystander, this.#member, this.#speaker]) {
      unread.length = 0;
      frames.length = 0;
    }
    return undefined;
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  close(): void {
    clearInterval(this.#pings);
    for (const client of [this.#member, this.#bystander, this.#speaker]) client.terminate();
  }

  /** The socket answers a last question, or was closed with a code of ours. */
  async #outcome(client: RawClient, door: Door): Promise<string | undefined> {
    const id = client.nextId();
    const [op, input] = door === "session" ? ["user.devices", {}] : ["channel.members", { limit: 1 }];
    if (client.isOpen) client.post({ type: "request", id, op, input });
    try {
      await client.next((message) => message.type === "reply" && message.id === id);
      return undefined;
    } catch (error) {
      if (client.isOpen) return `no answer: ${error instanceof Error ? error.message.slice(0, 300) : error}`;
      const { code, reason } = await client.closed;
      this.#count("closed");
      return CLOSES.has(code) && code !== CLOSE.internal.code ? undefined : `closed with ${code} ${reason}`;
    }
  }
}

/** As a client does: pushed messages, and what was read of a stream. */
function confirm(client: RawClient, message: Json): void {
  if (message.type === "message") client.received(message);
  else if (message.type === "events") client.post({ type: "ack", stream: message.stream, upTo: message.upTo });
}

async function login(address: Address, user: string, device: string): Promise<RawClient> {
  const { url, app } = address;
  const instance = randomBytes(6).toString("hex");
  const query = new URLSearchParams({ app, user, device, kind: "fuzz", instance, keepAlive: "10000" });
  const client = RawClient.withSecret(`${url.replace(/^http/, "ws")}/v1/session?${query}`, await tokenOf(address, user));
  const welcome = await client.nextOf("welcome");
  client.startIds(Number(welcome.firstId));
  return client;
}

async function joinDirect({ url }: Address, session: RawClient, name: string): Promise<RawClient> {
  const { path, ticket } = await session.ok("channel.join", { channel: { type: "message", name }, via: "direct" });
  const client = RawClient.withSecret(`${url.replace(/^http/, "ws")}${path}&keepAlive=30000`, String(ticket));
  await client.nextOf("welcome");
  // A device's ids rise over all its sockets.
  client.startIds(session.nextId() + 1_000);
  return client;
}
