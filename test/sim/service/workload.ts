import type { Scheduler } from "../platform/scheduler.ts";
import type { Device } from "./device.ts";
import type { Less } from "./programs.ts";
import type { Thief } from "./thief.ts";

export interface WorkloadPorts {
  readonly scheduler: Scheduler;
  readonly channels: readonly string[];
  readonly users: readonly string[];
  /** Where nothing is to be kept. */
  readonly fleeting: readonly string[];
  readonly random: () => number;
}

/** Above what a slow reader may have outstanding. */
const FLOOD = { large: 45, bytes: 32_000, small: 80 };

/** What the people do with their devices: each at its own pace, and whatever it is, many things at once. */
export class Workload {
  readonly #ports: WorkloadPorts;
  readonly #under = new Set<Promise<void>>();
  #over = false;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  /** Begins nothing new. */
  end(): void {
    this.#over = true;
  }

  /** Resolves when everything that was begun has its outcome. */
  async outcomes(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  async live(device: Device): Promise<void> {
    const { random } = this.#ports;
    const pace = 100 + 1_500 * random() ** 2;
    await this.#enter(device);
    while (!this.#over) {
      await this.pause(pace * 2 * random());
      if (this.#over) return;
      if (device.client === undefined) await this.#enter(device);
      else this.#doSomething(device);
    }
  }

  /** Takes rights from a device, and gives them back. */
  async renew(devices: readonly Device[], random: () => number): Promise<void> {
    while (!this.#over) {
      await this.pause(200 + 3_000 * random());
      const device = devices[Math.floor(random() * devices.length)];
      const less: Less = `${random() < 0.5 ? "nothing of" : "no writing to"} ${this.#ports.channels[Math.floor(random() * this.#ports.channels.length)] ?? ""}`;
      if (this.#over || device === undefined) return;
      this.#begin(device.narrow(less));
      await this.pause(500 + 4_000 * random());
      this.#begin(device.widen());
    }
  }

  /** More for one device, which is away, than it is handed at once; and more when it is back. */
  async flood(devices: readonly Device[], kill: (device: Device) => void, random: () => number): Promise<void> {
    await this.pause(1_000 + 3_000 * random());
    const away = devices[Math.floor(random() * devices.length)];
    const by = devices.find(({ user }) => user !== away?.user);
    if (this.#over || away === undefined || by === undefined) return;
    kill(away);
    for (let count = 0; count < FLOOD.large; count++) this.#begin(by.send(away.user, "keep", false, FLOOD.bytes));
    for (let count = 0; count < FLOOD.small && !this.#over; count++) {
      await this.pause(60 * random());
      this.#begin(by.send(away.user, "keep", false));
    }
  }

  /** Channels grow and shrink: many leave one at once, or log out, and come back after a while. */
  async surge(devices: readonly Device[], random: () => number): Promise<void> {
    while (!this.#over) {
      await this.pause(500 + 3_000 * random());
      const name = this.#channel();
      const some = devices.filter(() => random() < 0.7);
      const out = random() < 0.3;
      for (const device of some) {
        await this.pause(30 * random());
        if (this.#over) return;
        this.#begin(out ? device.logout() : device.leave(name));
      }
      await this.pause(6_000 * random() ** 2);
      if (this.#over) return;
      for (const device of some) this.#begin(device.join(name));
    }
  }

  /** Somebody leaves a channel, while the others have much to say, and is back before all that has been told everywhere. */
  async hop(devices: readonly Device[], random: () => number): Promise<void> {
    while (!this.#over) {
      await this.pause(2_000 * random());
      const device = devices[Math.floor(random() * devices.length)];
      const name = this.#channel();
      if (this.#over || device === undefined) return;
      this.#begin(device.leave(name).then(() => device.join(name)));
      for (const other of devices) {
        if (random() < 0.5) this.#begin(other.publish(name, false));
        await this.pause(10 * random());
      }
    }
  }

  /** Has devices thrown out. */
  async strike(devices: readonly Device[], thief: Thief, random: () => number): Promise<void> {
    while (!this.#over) {
      await this.pause(1_000 + 5_000 * random());
      const device = devices[Math.floor(random() * devices.length)];
      if (this.#over || device === undefined) return;
      this.#begin(thief.strike(device));
    }
  }

  /** Logs in, however long it takes, and joins what it wants to hear. */
  async #enter(device: Device): Promise<void> {
    for (let tries = 0; device.client === undefined; tries++) {
      if (tries > 0) await this.pause(500);
      await device.login();
      if (this.#over && tries > 20) return;
    }
    await Promise.all(this.#ports.channels.filter(() => this.#ports.random() < 0.7).map((name) => device.join(name)));
  }

  /** Whoever is not there any more comes back: the run ends with everybody, and with all their rights. */
  async gather(devices: readonly Device[]): Promise<void> {
    await Promise.all(devices.map((device) => device.widen()));
    await Promise.all(devices.map((device) => device.client === undefined && this.#enter(device)));
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#ports.scheduler.after(ms, "pause", resolve));
  }

  #begin(work: Promise<unknown>): void {
    const under = work.then(
      () => void this.#under.delete(under),
      () => void this.#under.delete(under),
    );
    this.#under.add(under);
  }

  #doSomething(device: Device): void {
    const { random } = this.#ports;
    const what = random() * 100;
    const store = random() < 0.5;
    const burst = random() < 0.2 ? 1 + Math.floor(5 * random()) : 1;
    if (what < 45) {
      const name = this.#channel();
      for (let count = 0; count < burst; count++) this.#begin(device.publish(name, store && !this.#ports.fleeting.includes(name)));
    } else if (what < 80) {
      const to = this.#other(device.user);
      const ifAbsent = random() < 0.7 ? "keep" : random() < 0.5 ? "bridge" : "drop";
      for (let count = 0; count < burst; count++) this.#begin(device.send(to, ifAbsent, store));
    } else if (what < 85) this.#begin(device.join(this.#channel()));
    else if (what < 89) this.#begin(device.leave(this.#channel()));
    else if (what < 91) this.#begin(device.logout());
    else if (what < 94) this.#begin(this.#call(device));
    else if (what < 97) this.#begin(this.#watch(device));
    else this.#begin(this.#wake(device));
  }

  async #call(device: Device): Promise<void> {
    const { calls } = device;
    if (calls === undefined || calls.live.length > 2) return;
    const call = device.run(() => calls.invite(this.#other(device.user), { answerMs: 8_000, reachMs: 8_000 }));
    await this.pause(10_000 * this.#ports.random());
    if (device.calls === calls) await device.does(() => call.leave());
  }

  async #watch(device: Device): Promise<void> {
    const { client } = device;
    if (client !== undefined) await device.does(() => client.presence.subscribe([this.#other(device.user)]));
  }

  async #wake(device: Device): Promise<void> {
    const { client } = device;
    if (client !== undefined) device.run(() => client.wake());
  }

  #channel(): string {
    const { channels, random } = this.#ports;
    return channels[Math.floor(random() * channels.length)] ?? "";
  }

  #other(user: string): string {
    const others = this.#ports.users.filter((one) => one !== user);
    return others[Math.floor(this.#ports.random() * others.length)] ?? "";
  }
}
