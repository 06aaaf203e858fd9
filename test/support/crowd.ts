import { type Channel, type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";

export interface CrowdOptions {
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
  readonly apiKey: string;
  readonly log: "durable" | "memory";
}

interface Reader {
  readonly name: string;
  /** As heard, in order. */
  readonly heard: string[];
  /** Places up to which it was told that messages are missing, and why. */
  readonly gaps: string[];
}

interface Publisher {
  readonly name: string;
  readonly client: Client;
  readonly publish: (text: string) => Promise<{ seq?: number | undefined; epoch: string; duplicate?: true | undefined }>;
}

const CHANNEL = "storm";
/** Pauses between two messages: a steady stream below the rate a user has, 60 a second for both kinds together. */
const PUBLISH_EVERY_MS = 30;
const SEND_EVERY_MS = 70;
/** A call may outlive several restarts. */
const CALL_TIMEOUT_MS = 60_000;
const QUIET_MS = 1_500;
const FINISH_MS = 40_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Clients of the real SDK around one channel, and two users who write to each other. It keeps a ledger of what was
 * acknowledged and what was heard, and compares them in the end.
 */
export class Crowd {
  readonly #log: CrowdOptions["log"];
  readonly #clients: Client[] = [];
  readonly #readers: Reader[] = [];
  readonly #channels: Channel[] = [];
  readonly #publishers: Publisher[] = [];
  readonly #acknowledged: { readonly text: string; readonly place: string | undefined }[] = [];
  readonly #refused: string[] = [];
  readonly #sentTo = new Map<string, string[]>();
  readonly #got = new Map<string, string[]>();
  readonly #faults: string[] = [];
  #running = true;
  #work: Promise<void>[] = [];
  #reconnects = 0;

  private constructor(log: CrowdOptions["log"]) {
    this.#log = log;
  }

  static async gather(options: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(options.log);
    await crowd.#configure(options);
    const client = (user: string, singleSocket = false): Promise<Client> => crowd.#connect(options, user, singleSocket);
    const ann = await client("ann");
    const bob = await client("bob", true);
    const cy = await client("cy");
    const reader = await client("reader");
    const rider = await client("rider", true);
    const annThere = await crowd.#join(ann, "ann");
    const bobThere = await crowd.#join(bob, "bob, riding");
    await crowd.#join(reader, "reader");
    await crowd.#join(rider, "rider");
    crowd.#publishers.push(
      { name: "ann", client: ann, publish: (text) => annThere.publish(text, { timeoutMs: CALL_TIMEOUT_MS }) },
      { name: "bob", client: bob, publish: (text) => bobThere.publish(text, { timeoutMs: CALL_TIMEOUT_MS }) },
      // No member: the reply is all it hears.
      { name: "cy", client: cy, publish: (text) => cy.publish(CHANNEL, text, { timeoutMs: CALL_TIMEOUT_MS }) },
    );
    crowd.#hear(ann, "ann");
    crowd.#hear(bob, "bob");
    return crowd;
  }

  start(): void {
    for (const publisher of this.#publishers) this.#work.push(this.#publishOn(publisher));
    const [ann, bob] = this.#publishers;
    if (ann !== undefined) this.#work.push(this.#sendOn(ann, "bob"));
    if (bob !== undefined) this.#work.push(this.#sendOn(bob, "ann"));
  }

  /** Stops sending, waits for every outcome, and until all has been heard, or nothing comes any more. */
  async finish(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#work);
    await this.#everybodyBack();
    // The end of what each publisher says: whoever hears it has everything before it, or was told otherwise.
    for (const { name, publish } of this.#publishers) this.#keep(`${name} end`, await publish(`${name} end`));
    const deadline = performance.now() + FINISH_MS;
    let seen = -1;
    while (performance.now() < deadline) {
      const now = this.#volume();
      if (now === seen && this.#complete()) break;
      seen = now;
      await pause(QUIET_MS);
    }
    for (const client of this.#clients) if (client.state !== "connected") this.#faults.push(`${client.user} has not come back: ${client.state}`);
    for (const client of this.#clients) client.close();
  }

  report(): { faults: string[]; figures: Record<string, number> } {
    this.#checkPlaces();
    for (const reader of this.#readers) this.#checkReader(reader);
    for (const [user, sent] of this.#sentTo) this.#checkPeer(user, sent);
    return {
      faults: [...this.#faults.filter((fault) => fault.includes("gap")), ...this.#faults].slice(0, 20),
      figures: {
        published: this.#acknowledged.length,
        heard: this.#readers.reduce((sum, { heard }) => sum + heard.length, 0),
        sent: [...this.#sentTo.values()].reduce((sum, { length }) => sum + length, 0),
        got: [...this.#got.values()].reduce((sum, { length }) => sum + length, 0),
        refused: this.#refused.length,
        gaps: this.#readers.reduce((sum, { gaps }) => sum + gaps.length, 0),
        reconnects: this.#reconnects,
        faults: this.#faults.length,
      },
    };
  }

  async #configure({ url, app, apiKey, log }: CrowdOptions): Promise<void> {
    const headers = { authorization: `Bearer ${apiKey}`, "x-wigwag-app": app, "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/channels/message/${CHANNEL}`, { method: "PATCH", headers, body: JSON.stringify({ log }) });
    if (!answer.ok) throw new Error(`the channel could not be configured: ${await answer.text()}`);
  }

  async #connect({ url, app, certificate }: CrowdOptions, user: string, singleSocket: boolean): Promise<Client> {
    const token = () => buildToken({ appId: app, certificate, userId: user, expireSeconds: 3600 });
    const client = await connect({ url, app, user, token, singleSocket, device: "d", timings: { reconnectCapMs: 1_000 } });
    client.on("state", ({ state }) => {
      if (state === "reconnecting") this.#reconnects += 1;
      if (state === "closed" && this.#running) this.#faults.push(`${user} was closed`);
    });
    // Without a server no connection can be made: that is what this is about.
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
  }

  async #join(client: Client, name: string): Promise<Channel> {
    const channel = await client.join(CHANNEL);
    const reader: Reader = { name, heard: [], gaps: [] };
    channel.on("message", ({ data }) => reader.heard.push(String(data)));
    channel.on("gap", (gap) => {
      reader.gaps.push(JSON.stringify(gap));
      reader.heard.push("gap");
    });
    this.#readers.push(reader);
    this.#channels.push(channel);
    return channel;
  }

  #hear(client: Client, user: string): void {
    const got: string[] = [];
    this.#got.set(user, got);
    client.on("message", ({ from, data }) => got.push(`${from} ${String(data)}`));
    client.on("truncated", () => this.#faults.push(`${user}'s inbox overflowed`));
  }

  async #publishOn({ name, publish }: Publisher): Promise<void> {
    const under: Promise<void>[] = [];
    for (let n = 0; this.#running; n++) {
      const text = `${name} ${n}`;
      under.push(
        publish(text).then(
          (place) => this.#keep(text, place),
          (error: unknown) => void this.#refused.push(`${text}: ${String(error)}`),
        ),
      );
      await pause(PUBLISH_EVERY_MS);
    }
    await Promise.all(under);
  }

  #keep(text: string, { epoch, seq, duplicate }: { epoch: string; seq?: number | undefined; duplicate?: true | undefined }): void {
    this.#acknowledged.push({ text, place: seq === undefined || duplicate === true ? undefined : `${epoch}.${seq}` });
  }

  async #sendOn({ name, client }: Publisher, to: string): Promise<void> {
    const sent: string[] = [];
    this.#sentTo.set(to, sent);
    const under: Promise<void>[] = [];
    for (let n = 0; this.#running; n++) {
      const text = `peer ${n}`;
      under.push(
        client.send(to, text, { timeoutMs: CALL_TIMEOUT_MS }).then(
          () => void sent.push(`${name} ${text}`),
          (error: unknown) => void this.#refused.push(`${text}: ${String(error)}`),
        ),
      );
      await pause(SEND_EVERY_MS);
    }
    await Promise.all(under);
  }

  async #everybodyBack(): Promise<void> {
    const deadline = performance.now() + FINISH_MS;
    const isBack = () => this.#clients.every(({ state }) => state === "connected") && this.#channels.every(({ state }) => state === "joined");
    while (!isBack() && performance.now() < deadline) await pause(50);
  }

  #volume(): number {
    return this.#readers.reduce((sum, { heard }) => sum + heard.length, 0) + [...this.#got.values()].reduce((sum, { length }) => sum + length, 0);
  }

  #complete(): boolean {
    const heardAll = this.#readers.every(({ heard }) => this.#publishers.every(({ name }) => heard.includes(`${name} end`)));
    return heardAll && [...this.#sentTo].every(([user, sent]) => (this.#got.get(user)?.length ?? 0) >= sent.length);
  }

  /** No (epoch, seq) names two messages. */
  #checkPlaces(): void {
    const places = new Map<string, string>();
    for (const { text, place } of this.#acknowledged) {
      if (place === undefined) continue;
      const other = places.get(place);
      if (other !== undefined && other !== text) this.#faults.push(`"${text}" and "${other}" have the same place ${place}`);
      places.set(place, text);
    }
  }

  #checkReader({ name, heard, gaps }: Reader): void {
    const counts = new Map<string, number>();
    for (const text of heard) counts.set(text, (counts.get(text) ?? 0) + 1);
    if (this.#log === "durable") {
      if (gaps.length > 0) this.#faults.push(`${name} was told of a gap: ${gaps[0]}`);
      for (const { text } of this.#acknowledged) if (!counts.has(text)) this.#faults.push(`${name} never heard "${text}", which was acknowledged`);
      for (const [text, count] of counts) if (count > 1) this.#faults.push(`${name} heard "${text}" ${count} times`);
    } else {
      const lost = this.#acknowledged.filter(({ text }) => !counts.has(text));
      if (lost.length > 0 && gaps.length === 0) this.#faults.push(`${name} lost "${lost[0]?.text}" and was not told`);
    }
    for (const publisher of this.#publishers)
      if (!counts.has(`${publisher.name} end`)) this.#faults.push(`${name} has not come back: it never heard the end of ${publisher.name}`);
    this.#checkOrder(name, heard);
  }

  /** Each publisher's messages rise; over a gap in memory mode an unacknowledged one may come again. */
  #checkOrder(name: string, texts: readonly string[]): void {
    const last = new Map<string, number>();
    for (const text of texts) {
      if (text === "gap") {
        last.clear();
        continue;
      }
      const [who = "", number = ""] = text.split(" ");
      const n = number === "end" ? Number.MAX_SAFE_INTEGER : Number(number);
      if (n <= (last.get(who) ?? -1)) this.#faults.push(`${name} heard "${text}" after ${who} ${last.get(who)}`);
      last.set(who, n);
    }
  }

  #checkPeer(user: string, sent: readonly string[]): void {
    const got = this.#got.get(user) ?? [];
    const counts = new Map<string, number>();
    for (const text of got) counts.set(text, (counts.get(text) ?? 0) + 1);
    for (const text of sent) if (!counts.has(text)) this.#faults.push(`${user} never got "${text}", which was acknowledged`);
    for (const [text, count] of counts) if (count > 1) this.#faults.push(`${user} got "${text}" ${count} times`);
    let last = -1;
    for (const text of got) {
      const n = Number(text.split(" ").at(-1));
      if (n <= last) this.#faults.push(`${user} got "${text}" after ${last}`);
      last = n;
    }
  }
}
