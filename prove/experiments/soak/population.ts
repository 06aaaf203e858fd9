import { inParallel, pause } from "../../../bench/load/parallel.ts";
import { type Call, calls } from "../../../src/client/call/index.ts";
import { type Channel, type Client, connect } from "../../../src/client/index.ts";
import { randomFrom } from "../../../test/support/random.ts";
import { Recorder } from "../../record/recorder.ts";
import { journal, now } from "../support/journal.ts";
import { type Address, tokenOf } from "../support/service.ts";
import { answerQuestions } from "../support/side-process.ts";

export interface PopulationOptions extends Address {
  readonly seed: number;
  readonly users: number;
  /** Where its events go. */
  readonly journal: string;
}

/** `churn`: live for so long. `finish`: everybody comes once more, takes what waits, and logs out. */
export type Errand = { readonly is: "churn"; readonly seconds: number } | { readonly is: "finish" };

export interface Deeds {
  readonly lives: number;
  readonly acts: number;
  readonly calls: number;
  readonly failed: number;
}

const DEVICES = ["phone", "web"] as const;
/** Logins at a time. */
const ALIVE = 10;
const ACTS_PER_LIFE = 12;
const PAUSE_MS = { least: 30, most: 250 };
/** Channels that are always there, beside those that are made and forgotten. */
const STANDING_CHANNELS = 6;
/** Lives that make a channel of their own: each is a file for ever, if an empty one. */
const OWN_CHANNEL_SHARE = 0.15;
const CALL_MS = 1_500;
/** Who hears nothing for so long has nothing waiting. */
const DRAINED_MS = 500;

/** People who come, do something, and go, with the real SDK. */
class Population {
  readonly #options: PopulationOptions;
  readonly #random: () => number;
  readonly #note: ReturnType<typeof journal>;
  readonly #recorders = new Map<string, Recorder>();
  readonly #busy = new Set<string>();
  #channels = 0;
  #deeds = { lives: 0, acts: 0, calls: 0, failed: 0 };

  constructor(options: PopulationOptions) {
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#note = journal(options.journal);
  }

  async churn(seconds: number): Promise<Deeds> {
    const end = performance.now() + seconds * 1000;
    const live = async (): Promise<void> => {
      while (performance.now() < end) await this.#live(this.#absent(), end);
    };
    await Promise.all(Array.from({ length: ALIVE }, live));
    return this.#deeds;
  }

  /** Also those who have never come: somebody may have written to them. */
  async finish(): Promise<Deeds> {
    await inParallel(this.#options.users, ALIVE, async (index) => {
      for (const device of DEVICES) await this.#drain(`user-${index}/${device}`);
    });
    return this.#deeds;
  }

  async #drain(name: string): Promise<void> {
    const client = await this.#enter(name);
    let heardAt = performance.now();
    client.on("message", () => {
      heardAt = performance.now();
    });
    while (performance.now() - heardAt < DRAINED_MS) await pause(DRAINED_MS / 5);
    await this.#logout(client, name);
  }

  async #live(name: string, end: number): Promise<void> {
    this.#deeds.lives += 1;
    try {
      const client = await this.#enter(name);
      calls(client).on("incoming", (call) => this.#answer(call));
      const channels = await this.#join(client, this.#recorderOf(name));
      for (let act = 0; act < ACTS_PER_LIFE && performance.now() < end; act++) {
        await this.#act(client, this.#recorderOf(name), channels).catch(() => this.#failed());
        await pause(PAUSE_MS.least + this.#random() * (PAUSE_MS.most - PAUSE_MS.least));
      }
      if (this.#random() < 0.5) for (const channel of channels) await channel.leave();
      if (this.#random() < 0.4) await this.#logout(client, name);
      else client.close();
    } catch {
      this.#failed();
    } finally {
      this.#busy.delete(name);
    }
  }

  async #act(client: Client, recorder: Recorder, channels: readonly Channel[]): Promise<void> {
    this.#deeds.acts += 1;
    const dice = this.#random();
    const channel = channels[Math.floor(this.#random() * channels.length)];
    const other = this.#anybody();
    if (channel !== undefined && dice < 0.55) return recorder.publish(channel, channel.name);
    if (dice < 0.8) return recorder.send(client, other);
    if (dice < 0.85) return this.#call(client, other);
    const value = String(this.#deeds.acts);
    if (dice < 0.9) return void (await client.call("user-metadata.subscribe", { user: other }));
    if (dice < 0.94) return void (await client.call("presence.subscribe", { users: [other] }));
    if (dice < 0.96) return void (await client.call("user-attributes.set", { lifetime: "login", attributes: [{ key: "act", value }] }));
    if (channel === undefined) return;
    await client.call("channel-attributes.set", { channel: { type: channel.type, name: channel.name }, attributes: [{ key: "act", value }] });
  }

  async #call(client: Client, other: string): Promise<void> {
    if (other === client.user) return;
    this.#deeds.calls += 1;
    const call = calls(client).invite(other);
    await pause(CALL_MS);
    if (call.phase !== "ended") await call.leave();
  }

  #answer(call: Call): void {
    const answered = this.#random() < 0.7 ? call.accept() : call.refuse();
    answered.catch(() => this.#failed());
  }

  async #join(client: Client, recorder: Recorder): Promise<Channel[]> {
    const names = [`standing-${Math.floor(this.#random() * STANDING_CHANNELS)}`];
    if (this.#random() < OWN_CHANNEL_SHARE) names.push(`own-${++this.#channels}`);
    const joined: Channel[] = [];
    for (const name of names) {
      const channel = await client.join(name);
      recorder.follow(channel);
      joined.push(channel);
    }
    return joined;
  }

  async #enter(name: string): Promise<Client> {
    const [user = "", device = ""] = name.split("/");
    const { url, app } = this.#options;
    const client = await connect({ url, app, user, device, token: () => tokenOf(this.#options, user) });
    client.on("error", () => {});
    this.#recorderOf(name).watch(client);
    return client;
  }

  async #logout(client: Client, name: string): Promise<void> {
    await client.logout();
    this.#recorderOf(name).note({ is: "leaves", device: name, target: `user:${client.user}` });
  }

  #recorderOf(device: string): Recorder {
    const known = this.#recorders.get(device);
    if (known !== undefined) return known;
    const made = new Recorder({ device, note: this.#note, now });
    this.#recorders.set(device, made);
    return made;
  }

  #failed(): void {
    this.#deeds.failed += 1;
  }

  #anybody(): string {
    return `user-${Math.floor(this.#random() * this.#options.users)}`;
  }

  /** Somebody who is not there. */
  #absent(): string {
    for (;;) {
      const name = `${this.#anybody()}/${DEVICES[Math.floor(this.#random() * DEVICES.length)]}`;
      if (this.#busy.has(name)) continue;
      this.#busy.add(name);
      return name;
    }
  }
}

answerQuestions<PopulationOptions, Errand>((options) => {
  const population = new Population(options);
  return (errand) => (errand.is === "churn" ? population.churn(errand.seconds) : population.finish());
});
