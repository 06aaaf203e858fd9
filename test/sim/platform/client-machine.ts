import type { DeviceClaim } from "../../../src/client/device.ts";
import type { Environment, HttpAnswer } from "../../../src/client/environment.ts";
import type { Socket, SocketEvents, Transport } from "../../../src/client/transport.ts";
import { type Actor, runAs } from "./actor.ts";
import type { End, Link } from "./link.ts";
import type { Platform } from "./platform.ts";
import type { Scheduler } from "./scheduler.ts";
import { EPOCH_MS, startTimer } from "./world.ts";

export interface MachinePorts {
  readonly scheduler: Scheduler;
  readonly platform: Platform;
  /** Told of each connection that a program opens. */
  opens?(url: string, protocols: readonly string[]): void;
  thrown(where: string, error: unknown): void;
}

/** Where a program with the SDK runs: its clock, its chance, its connections. When it is switched off nothing of it happens any more. */
export class ClientMachine implements Actor, Environment {
  readonly name: string;
  readonly page = undefined;
  alive = true;
  skewMs = 0;
  readonly links = new Set<Link>();
  readonly #ports: MachinePorts;
  readonly #random: () => number;

  constructor(name: string, ports: MachinePorts) {
    this.name = name;
    this.#ports = ports;
    this.#random = ports.scheduler.stream(`client ${name}`);
  }

  output(leave: () => void): void {
    if (this.alive) leave();
  }

  busy(): void {}

  /** Its program does something now. */
  run<T>(what: () => T): T {
    return runAs(this, what);
  }

  /** Without a goodbye: the service may hear of it when its connections break, or never. */
  switchOff(noticedAfterMs: number | undefined): void {
    this.alive = false;
    for (const link of this.links) link.cut(undefined, noticedAfterMs);
  }

  readonly transport: Transport = { open: (url, protocols, events) => this.#open(url, protocols, events) };

  now(): number {
    return Math.floor(EPOCH_MS + this.#ports.scheduler.now + this.skewMs);
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, run: () => void): () => void {
    return startTimer(this.#ports.scheduler, this, run, ms, this.#ports.thrown);
  }

  soon(run: () => void): void {
    queueMicrotask(run);
  }

  uniqueId(): string {
    return Array.from({ length: 16 }, () => Math.floor(this.#random() * 36).toString(36)).join("");
  }

  async post(url: string, body: object): Promise<HttpAnswer> {
    const answer = await this.fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  fetch(url: string, init: RequestInit): Promise<Response> {
    return this.#ports.platform.fetch(new Request(url, init));
  }

  claimDevice(): Promise<DeviceClaim> {
    throw new Error("a client of the simulation has a name");
  }

  #open(url: string, protocols: readonly string[], events: SocketEvents): Socket {
    this.#ports.opens?.(url, protocols);
    const end = new ClientEnd(this, events, () => this.links.delete(link));
    const link = this.#ports.platform.open(url, protocols, end);
    this.links.add(link);
    end.link = link;
    return {
      send: (frame) => end.send(typeof frame === "string" ? frame : frame.slice().buffer),
      close: (code, reason) => end.close(code, reason),
    };
  }
}

/** A browser's WebSocket: it answers a close, and tells of its end once. */
class ClientEnd implements End {
  link: Link | undefined;
  readonly #machine: ClientMachine;
  readonly #events: SocketEvents;
  readonly #gone: () => void;
  #over = false;
  #left = false;

  constructor(machine: ClientMachine, events: SocketEvents, gone: () => void) {
    this.#machine = machine;
    this.#events = events;
    this.#gone = gone;
  }

  send(frame: string | ArrayBuffer): void {
    if (!this.#left && !this.#over) this.link?.up(frame);
  }

  close(code: number, reason: string): void {
    if (this.#left || this.#over) return;
    this.#left = true;
    this.link?.closeUp(code, reason);
  }

  opened(): void {
    this.#tell(() => this.#events.opened());
  }

  message(frame: string | ArrayBuffer): void {
    if (!this.#over) this.#tell(() => this.#events.message(frame));
  }

  closing(code: number, reason: string): void {
    if (!this.#left) this.link?.closeUp(code, reason);
    this.#end(code, reason);
  }

  dropped(): void {
    this.#end(1006, "");
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#gone();
    this.#tell(() => this.#events.closed(code, reason));
  }

  #tell(what: () => void): void {
    if (this.#machine.alive) this.#machine.run(what);
  }
}
