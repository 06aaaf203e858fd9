import type { RunEvent } from "../../../prove/record/event.ts";
import { CALM, type Conditions } from "../platform/conditions.ts";
import type { Platform } from "../platform/platform.ts";
import type { Scheduler } from "../platform/scheduler.ts";
import type { Device } from "./device.ts";

export interface NemesisPorts {
  readonly scheduler: Scheduler;
  readonly platform: Platform;
  readonly devices: readonly Device[];
  readonly random: () => number;
  note(event: RunEvent): void;
}

/** Of all calls between objects, where that goes on all the time. */
const LOST = 0.2;
const DAY_MS = 86_400_000;

/** Does something bad now and then, as its seed says, until it is stopped. */
export class Nemesis {
  readonly #ports: NemesisPorts;
  readonly #kinds: readonly (() => void)[];
  readonly #everyMs: number;
  #stopped = false;

  constructor(ports: NemesisPorts) {
    this.#ports = ports;
    const { random } = ports;
    const all = [
      () => this.#cut(),
      () => this.#halfOpen(),
      () => this.#stall(),
      () => this.#slowReader(),
      () => this.#hibernate(),
      () => this.#killObject(),
      () => this.#killProcess(),
      () => this.#deaths(),
      () => this.#lostCalls(),
      () => this.#database(),
      () => this.#slowness(),
      () => this.#serviceClock(),
      () => this.#clientClock(),
      () => this.#killDevice(),
    ];
    // Each run has its own few kinds of faults: many of one kind find what a little of everything covers up.
    const few = all.filter(() => random() < 0.4);
    this.#kinds = few.length === 0 ? all : few;
    this.#everyMs = 200 + 3_000 * random() ** 2;
  }

  start(): void {
    this.#next();
  }

  /** From now on, until it is stopped or has other plans for calls. */
  losesCalls(): void {
    this.#note("calls lost", JSON.stringify({ callsLost: LOST }), 60_000);
    this.#ports.platform.conditions.callsLost = LOST;
  }

  stop(): void {
    this.#stopped = true;
    const { platform, devices } = this.#ports;
    Object.assign(platform.conditions, CALM);
    for (const host of platform.hosts) host.jump(0);
    for (const { machine } of devices) machine.skewMs = 0;
    for (const link of platform.liveLinks()) link.heal();
  }

  #next(): void {
    const { scheduler, random } = this.#ports;
    scheduler.after(this.#everyMs * 2 * random(), "nemesis", () => {
      if (this.#stopped) return;
      this.#pick(this.#kinds)?.();
      this.#next();
    });
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#ports.random() * from.length)];
  }

  #note(name: string, detail?: string, forMs?: number): void {
    const at = this.#ports.scheduler.now;
    this.#ports.note({ is: "fault", at, name, ...(detail !== undefined && { detail }), ...(forMs !== undefined && { until: at + forMs }) });
  }

  /** A share of `ms`, mostly a small one. */
  #some(ms: number): number {
    return ms * this.#ports.random() ** 2;
  }

  #cut(): void {
    const link = this.#pick(this.#ports.platform.liveLinks());
    if (link === undefined) return;
    this.#note("cut", link.name);
    link.cut(this.#some(300), this.#ports.random() < 0.7 ? this.#some(20_000) : undefined);
  }

  #halfOpen(): void {
    const link = this.#pick(this.#ports.platform.liveLinks());
    if (link === undefined) return;
    const which = this.#ports.random();
    this.#note("half-open", link.name);
    if (which < 0.7) link.blacken("up");
    if (which > 0.3) link.blacken("down");
  }

  #stall(): void {
    const link = this.#pick(this.#ports.platform.liveLinks());
    if (link === undefined) return;
    const ms = this.#some(30_000);
    this.#note("stall", link.name, ms);
    link.stall(this.#ports.random() < 0.5 ? "up" : "down", ms);
  }

  #slowReader(): void {
    const link = this.#pick(this.#ports.platform.liveLinks());
    if (link === undefined) return;
    this.#note("slow reader", link.name);
    link.slow("down", 0.05 + this.#some(8));
  }

  #hibernate(): void {
    const { platform, random } = this.#ports;
    const all = random() < 0.3;
    const some = platform.hosts.filter(({ isAwake }) => isAwake && (all || random() < 0.5));
    const asleep = some.filter((host) => host.hibernate());
    if (asleep.length > 0) this.#note("evict", asleep.map(({ name }) => shortName(name)).join());
  }

  #killObject(): void {
    const host = this.#pick(this.#ports.platform.hosts);
    if (host === undefined) return;
    this.#note("kill object", shortName(host.name));
    host.crash();
  }

  #killProcess(): void {
    const ms = this.#some(3_000);
    this.#note("kill process", undefined, ms);
    this.#ports.platform.crash(ms);
  }

  #deaths(): void {
    this.#during("kill after write", { deathsAfterWrite: 0.01 + this.#some(0.2) }, 3_000);
  }

  #lostCalls(): void {
    this.#during("calls lost", { callsLost: 0.02 + this.#some(0.4) }, 6_000);
  }

  #database(): void {
    this.#during("D1", this.#ports.random() < 0.5 ? { databaseRefuses: true } : { databaseLost: 0.3 }, 15_000);
  }

  #slowness(): void {
    this.#during("slow", { slowness: 1 + this.#some(40) }, 5_000);
  }

  #during(name: string, conditions: Partial<Conditions>, most: number): void {
    const { platform, scheduler } = this.#ports;
    const ms = this.#some(most);
    this.#note(name, JSON.stringify(conditions), ms);
    Object.assign(platform.conditions, conditions);
    scheduler.after(ms, `${name} over`, () => {
      if (this.#stopped) return;
      for (const key of Object.keys(conditions)) Object.assign(platform.conditions, { [key]: CALM[key as keyof Conditions] });
    });
  }

  #serviceClock(): void {
    const host = this.#pick(this.#ports.platform.hosts);
    if (host === undefined) return;
    const ms = this.#jump();
    this.#note("service clock", `${shortName(host.name)} ${ms}`);
    host.jump(ms);
  }

  #clientClock(): void {
    const device = this.#pick(this.#ports.devices);
    if (device === undefined) return;
    const ms = this.#jump();
    this.#note("client clock", `${device.name} ${ms}`);
    device.machine.skewMs = ms;
  }

  #jump(): number {
    const { random } = this.#ports;
    return Math.round((random() < 0.5 ? DAY_MS : 60_000) * (2 * random() - 1));
  }

  #killDevice(): void {
    const device = this.#pick(this.#ports.devices.filter(({ client }) => client !== undefined));
    if (device === undefined) return;
    this.#note("device killed", device.name);
    device.die(this.#ports.random() < 0.7 ? this.#some(30_000) : undefined);
  }
}

const shortName = (name: string): string => name.slice(name.indexOf(":") + 1);
