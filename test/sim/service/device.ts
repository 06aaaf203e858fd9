import type { RunEvent, Target } from "../../../prove/record/event.ts";
import type { Recorder } from "../../../prove/record/recorder.ts";
import type { Call, Calls } from "../../../src/client/call/index.ts";
import type { Channel, Client } from "../../../src/client/index.ts";
import { ClientMachine, type MachinePorts } from "../platform/client-machine.ts";
import { APP, type ClientProgram, type Less } from "./programs.ts";

export interface DevicePorts extends MachinePorts {
  readonly program: ClientProgram;
  readonly random: () => number;
  token(user: string, less?: Less): string;
  /** When whoever answers a call by its first ring does so: the devices of a user may do it at once. */
  answersAfterMs(call: string): number | undefined;
  /** A connection to a channel of its own, with the ticket for it. */
  admitted(device: Device, channel: string, url: string, protocols: readonly string[]): void;
  note(event: RunEvent): void;
}

export interface DevicePlan {
  readonly user: string;
  readonly name: string;
  /** Its channels ride on the session's socket. */
  readonly riding: boolean;
}

/** Longer than any outage of a run, or as short as the SDK's own. */
const PATIENCE_MS = 60_000;

/** One device and its program, which may be killed and started again. */
export class Device {
  readonly user: string;
  readonly name: string;
  readonly channels = new Map<string, Channel>();
  client: Client | undefined;
  calls: Calls | undefined;
  recorder: Recorder;
  readonly #ports: DevicePorts;
  readonly #plan: DevicePlan;
  #machine: ClientMachine;
  #life = 0;
  /** What its token does not allow. */
  #less: Less | undefined;
  #trespassed = false;
  /** Resolves when this life of the program ends: nothing that it has begun will have an outcome. */
  #death = Promise.withResolvers<void>();

  constructor(plan: DevicePlan, ports: DevicePorts) {
    this.user = plan.user;
    this.name = `${plan.user}/${plan.name}`;
    this.#plan = plan;
    this.#ports = ports;
    this.#machine = this.#newMachine();
    this.recorder = this.#newRecorder();
  }

  get riding(): boolean {
    return this.#plan.riding;
  }

  get machine(): ClientMachine {
    return this.#machine;
  }

  get isConnected(): boolean {
    return this.client?.state === "connected";
  }

  /** Tries once. */
  async login(): Promise<void> {
    const { program, token } = this.#ports;
    const machine = this.#machine;
    const { user, name, riding } = this.#plan;
    this.#allow();
    const options = {
      url: "http://wigwag",
      app: APP,
      user,
      token: () => token(user, this.#less),
      device: name,
      singleSocket: riding,
      transport: machine.transport,
    };
    try {
      const client = await this.#unlessKilled(machine.run(() => program.connectIn(machine, { ...options, timings: { reconnectCapMs: 5_000 } })));
      if (client === undefined) return;
      machine.run(() => this.#follow(client));
    } catch {
      // Nobody answered in time: whoever wants to be there tries again.
    }
  }

  async join(name: string): Promise<void> {
    const { client, recorder, channels } = this;
    if (client === undefined || channels.has(name)) return;
    const machine = this.#machine;
    try {
      const channel = await this.#unlessKilled(machine.run(() => client.join(name)));
      if (channel === undefined || client.state === "closed" || channels.has(name)) return;
      channels.set(name, channel);
      machine.run(() => {
        recorder.follow(channel);
        channel.on("closed", () => channels.get(name) === channel && channels.delete(name));
      });
    } catch {
      // Not joined in time.
    }
  }

  async leave(name: string): Promise<void> {
    const channel = this.channels.get(name);
    if (channel === undefined) return;
    // From here on it may be out: the others may hear of it before it does.
    this.recorder.note({ is: "leaves", device: this.name, target: `channel:${name}` });
    await this.does(() => channel.leave());
  }

  async publish(name: string, store: boolean): Promise<void> {
    const { client, recorder } = this;
    if (client === undefined) return;
    if (this.#less !== undefined && targetOf(this.#less) === `channel:${name}`) this.#trespassed = true;
    await this.does(() => recorder.publish(client, name, { ...(store && { store }), ...this.#patience(), ...this.#size() }));
  }

  async send(to: string, ifAbsent: "keep" | "bridge" | "drop", store: boolean, size?: number): Promise<void> {
    const { client, recorder } = this;
    if (client === undefined) return;
    await this.does(() =>
      recorder.send(client, to, { ifAbsent, ...(store && { store }), ...this.#patience(), ...this.#size(), ...(size !== undefined && { size }) }),
    );
  }

  /** Its program does something; undefined, if it is killed meanwhile. */
  does<T>(what: () => Promise<T>): Promise<T | undefined> {
    return this.#unlessKilled(this.#machine.run(what));
  }

  /** The same for what has its outcome at once. */
  run<T>(what: () => T): T {
    return this.#machine.run(what);
  }

  /** Its token is replaced by one that says less. Undefined, if it cannot be said whether the service has taken it. */
  async narrow(less: Less): Promise<void> {
    const { client } = this;
    if (client === undefined || this.#less !== undefined) return;
    this.#less = less;
    // From here on it may be out of there: the others may hear of it before it does.
    if (less.startsWith("nothing")) this.recorder.note({ is: "leaves", device: this.name, target: targetOf(less) });
    const renewed = await this.does(() => client.renewToken(this.#ports.token(this.user, less)).then(() => true));
    // From here on nothing of it may be taken or told. Before that it is under way, and afterwards it may have all again.
    if (renewed !== true || this.#less !== less || this.client !== client) return;
    this.recorder.note({ is: "rights", device: this.name, target: targetOf(less), read: !less.startsWith("nothing"), write: false });
  }

  /** It gets all its rights again. Where it has tried to say what it may not, that must not be taken after all: so it logs in anew. */
  async widen(): Promise<void> {
    const { client } = this;
    if (this.#less === undefined) return;
    if (this.#trespassed) return this.logout();
    this.#allow();
    if (client !== undefined) await this.does(() => client.renewToken(this.#ports.token(this.user)));
  }

  #allow(): void {
    if (this.#less === undefined) return;
    this.recorder.note({ is: "rights", device: this.name, target: targetOf(this.#less), read: true, write: true });
    this.#less = undefined;
    this.#trespassed = false;
  }

  async logout(): Promise<void> {
    const { client } = this;
    if (client === undefined) return;
    // As with a leave: the others may hear of it before it is told that it is out.
    for (const name of this.channels.keys()) this.recorder.note({ is: "leaves", device: this.name, target: `channel:${name}` });
    await this.does(() => client.logout());
  }

  /** The process is killed; another one starts, with nothing in its memory. */
  die(noticedAfterMs: number | undefined): void {
    this.#machine.switchOff(noticedAfterMs);
    this.recorder.note({ is: "died", device: this.name });
    this.#death.resolve();
    this.#death = Promise.withResolvers();
    this.#life += 1;
    this.client = undefined;
    this.calls = undefined;
    this.channels.clear();
    this.#machine = this.#newMachine();
    this.recorder = this.#newRecorder();
  }

  async #unlessKilled<T>(work: Promise<T>): Promise<T | undefined> {
    const { promise } = this.#death;
    return Promise.race([work, promise.then(() => undefined)]);
  }

  #follow(client: Client): void {
    this.client = client;
    this.recorder.watch(client);
    client.on("error", () => {});
    client.on("state", ({ state }) => {
      if (state === "closed" && this.client === client) this.client = undefined;
    });
    this.calls = this.#ports.program.calls(client);
    this.calls.on("changed", (call) => this.#see(call));
    this.calls.on("incoming", (call) => this.#rings(call));
  }

  #see({ id, version, phase, end, members }: Call): void {
    // What the SDK makes of a call by itself says nothing of how the call stands: of one that merged, another one goes on under its id.
    if (end === "failed" || end === "lost" || end === "merged") return;
    this.recorder.note({
      is: "call",
      device: this.name,
      call: id,
      version,
      phase,
      end,
      members: members.map(({ user, state, device }) => ({ user, state, device })),
    });
  }

  #rings(call: Call): void {
    const { random } = this.#ports;
    const what = random();
    if (what < 0.2) return;
    const { recorder } = this;
    const afterMs = random() * 3_000;
    this.#machine.after(this.#ports.answersAfterMs(call.id) ?? afterMs, () => {
      if (!call.rings) return;
      if (what < 0.4) return void call.refuse().catch(() => {});
      call.accept().then(
        () => recorder.note({ is: "answered", device: this.name, call: call.id }),
        () => {},
      );
    });
  }

  #patience(): { timeoutMs?: number } {
    return this.#ports.random() < 0.5 ? { timeoutMs: PATIENCE_MS } : {};
  }

  #size(): { size?: number } {
    return this.#ports.random() < 0.05 ? { size: Math.floor(20_000 * this.#ports.random()) } : {};
  }

  #newMachine(): ClientMachine {
    const opens = (url: string, protocols: readonly string[]): void => {
      const { pathname, searchParams } = new URL(url);
      if (pathname === "/v1/channel") this.#ports.admitted(this, searchParams.get("name") ?? "", url, protocols);
    };
    return new ClientMachine(`${this.name}~${this.#life}`, { ...this.#ports, opens });
  }

  #newRecorder(): Recorder {
    const { scheduler, note, program } = this.#ports;
    return new program.Recorder({ device: this.name, note, now: () => scheduler.now, ...(this.#life > 0 && { life: this.#life }) });
  }
}

const targetOf = (less: Less): Target => `channel:${less.slice(less.lastIndexOf(" ") + 1)}`;
