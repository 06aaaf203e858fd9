import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Channel, type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { API_KEY, APP, CERTIFICATE, type Killable, startKillable } from "../support/killable.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
const MOST = FULL ? 200 : 80;
const FEW = 8;
const LIMITS = { WIGWAG_CHANNEL_HUB_MEMBERS: "24", WIGWAG_CHANNEL_LEAF_MEMBERS: "12", WIGWAG_TIME_SCALE: "0.1" };
const CHANNEL = "stadium";
const CALL_TIMEOUT_MS = 60_000;

let service: Killable;
beforeAll(async () => {
  service = await startKillable({ ...LIMITS, WIGWAG_CHANNEL_LEAVES_WITHOUT_RELAYS: FULL ? "6" : "64" });
}, 60_000);
afterAll(() => service.end());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, done: () => boolean | Promise<boolean>, ms = 40_000): Promise<void> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; ) {
    if (await done()) return;
    await pause(50);
  }
  throw new Error(`in vain waited for: ${what}`);
}

interface Load {
  readonly plan: { readonly leaves: number; readonly relays: number };
  readonly sockets: number;
  readonly members: number;
  readonly counters: Readonly<Record<string, number>>;
}

async function load(): Promise<Load> {
  const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP };
  const answer = await fetch(`${service.server.url}/v1/channels/message/${CHANNEL}/load`, { headers });
  if (!answer.ok) throw new Error(`no load: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Load;
}

/** A member that notes each message's place. */
class Listener {
  readonly name: string;
  readonly client: Client;
  readonly channel: Channel;
  readonly from: number;
  readonly faults: string[] = [];
  seq: number;
  heard = 0;

  private constructor(name: string, client: Client, channel: Channel) {
    this.name = name;
    this.client = client;
    this.channel = channel;
    this.from = channel.position?.seq ?? 0;
    this.seq = this.from;
    channel.on("message", ({ seq }) => {
      if (seq !== this.seq + 1) this.faults.push(`${name} heard ${seq} after ${this.seq}`);
      this.seq = seq;
      this.heard += 1;
    });
    channel.on("gap", (gap) => this.faults.push(`${name} was told of ${JSON.stringify(gap)}`));
    channel.on("closed", ({ reason }) => reason !== "left" && this.faults.push(`${name} was closed: ${reason}`));
  }

  static async enter(name: string): Promise<Listener> {
    const token = () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: name, expireSeconds: 3600 });
    const client = await connect({ url: service.server.url, app: APP, user: name, token, device: "d", timings: { reconnectCapMs: 1_000 } });
    client.on("error", () => {});
    return new Listener(name, client, await client.join(CHANNEL));
  }

  async leave(): Promise<void> {
    await this.channel.leave();
    this.client.close();
  }
}

/** Says something all the time, and keeps what became of it. */
class Speaker {
  readonly places = new Map<number, string>();
  readonly refused: string[] = [];
  #running = true;
  readonly #done: Promise<void>;

  constructor(listener: Listener, everyMs: number) {
    this.#done = this.#run(listener, everyMs);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run({ name, channel }: Listener, everyMs: number): Promise<void> {
    const under: Promise<void>[] = [];
    for (let n = 0; this.#running; n++) {
      const text = `${name} ${n}`;
      under.push(
        channel.publish(text, { timeoutMs: CALL_TIMEOUT_MS }).then(
          ({ seq }) => void (seq !== undefined && this.places.set(seq, text)),
          (error: unknown) => void this.refused.push(`${text}: ${String(error)}`),
        ),
      );
      await pause(everyMs);
    }
    await Promise.all(under);
  }
}

describe("a channel that outgrows its object", () => {
  it(`[EL3] ${FEW} → ${MOST} → ${FEW} members while messages flow, and kill -9 on the way: nobody misses anything`, { timeout: 180_000 }, async () => {
    const stay: Listener[] = [];
    for (let index = 0; index < FEW; index++) stay.push(await Listener.enter(`stay${index}`));
    const speakers = stay.slice(0, 3).map((listener) => new Speaker(listener, 40));
    expect((await load()).plan.leaves).toBe(0);

    const guests: Listener[] = [];
    for (let index = FEW; index < MOST; index += 8) {
      const batch = Array.from({ length: Math.min(8, MOST - index) }, (_, n) => Listener.enter(`guest${index + n}`));
      guests.push(...(await Promise.all(batch)));
    }
    await until("everybody on leaves", async () => {
      const { plan, sockets } = await load();
      return plan.leaves > 0 && sockets === MOST;
    });
    const grown = await load();
    expect(grown.plan.leaves).toBeGreaterThan(4);
    expect(grown.members).toBe(MOST);

    await pause(500);
    await service.server.kill();
    await service.server.restart();
    await until("everybody back", () => [...stay, ...guests].every(({ channel }) => channel.state === "joined"));
    await pause(1_000);
    const before = stay[0]?.heard ?? 0;
    await until("messages flow again", () => (stay[0]?.heard ?? 0) > before + 20);

    for (const guest of guests) {
      await guest.leave();
      await pause(10);
    }
    await until("the channel is small again", async () => (await load()).plan.leaves === 0);
    await until("everybody is on the hub", async () => (await load()).sockets === 0 && (await load()).members === FEW);
    await pause(500);
    await Promise.all(speakers.map((speaker) => speaker.stop()));
    const refused = speakers.flatMap((speaker) => speaker.refused);
    expect(refused).toEqual([]);
    const places = new Map(speakers.flatMap((speaker) => [...speaker.places]));
    const head = Math.max(...places.keys());
    await until("everything heard", () => stay.every(({ seq }) => seq >= head));
    expect([...stay, ...guests].flatMap(({ faults }) => faults)).toEqual([]);
    for (const listener of stay) expect(listener.heard, listener.name).toBe(listener.seq - listener.from);
    expect(places.size).toBeGreaterThan(300);
    const { counters } = await load();
    console.log(`elastic: ${JSON.stringify({ head, grown, counters })}`);
    for (const { client } of stay) client.close();
  });
});
