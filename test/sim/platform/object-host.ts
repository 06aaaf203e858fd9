import { runAs } from "./actor.ts";
import type { Conditions } from "./conditions.ts";
import { Disk } from "./disk.ts";
import { Instance } from "./instance.ts";
import type { Frame } from "./link.ts";
import { type HeldSockets, objectContext } from "./object-context.ts";
import type { Scheduler } from "./scheduler.ts";
import { type ServerSocket, SimulatedWebSocket, type SocketHost, type WebSocketRequestResponsePair } from "./sockets.ts";
import { EPOCH_MS } from "./world.ts";

export type ObjectClass = new (context: object, env: object) => Readonly<Record<string, unknown>>;

export interface HostPorts {
  readonly scheduler: Scheduler;
  readonly conditions: Conditions;
  readonly env: object;
  readonly random: () => number;
  /** As the process that runs now has loaded it. */
  classOf(): ObjectClass;
  thrown(where: string, error: unknown): void;
}

export interface Served {
  ok(value: unknown): void;
  failed(error: unknown): void;
  /** The object has gone while it worked on it. */
  gone(error: Error): void;
}

/** How often the platform rings an alarm whose handler throws, and after what pause, doubling. */
const ALARM_RETRIES = 6;
const ALARM_RETRY_MS = 2_000;

/** The place of one object: what it has stored, its sockets, and its present life, if it has one. */
export class ObjectHost implements SocketHost {
  readonly name: string;
  /** What its clock shows more than the run's. */
  #skewMs = 0;
  readonly #ports: HostPorts;
  readonly #disk: Disk;
  readonly #sockets = new Set<ServerSocket>();
  readonly #serving = new Set<Served>();
  #pings: WebSocketRequestResponsePair | undefined;
  #instance: Instance | undefined;
  #context: HeldSockets | undefined;
  #cancelAlarm = () => {};
  #armedFor: number | undefined;
  #ringing = false;
  #failedRings = 0;

  constructor(name: string, ports: HostPorts) {
    this.name = name;
    this.#ports = ports;
    this.#disk = new Disk(() => this.#instance?.wrote());
  }

  get isAwake(): boolean {
    return this.#instance !== undefined;
  }

  /** Those that neither side has closed. */
  get openSockets(): number {
    return [...this.#sockets].filter(({ readyState }) => readyState === SimulatedWebSocket.OPEN).length;
  }

  /** Its database, for whoever looks from outside. */
  read(sql: string): Record<string, unknown>[] {
    return this.#disk.exec(sql, []);
  }

  /** A call of one of its methods, `fetch` among them. */
  serve(method: string, given: readonly unknown[], served: Served): void {
    this.#serving.add(served);
    const instance = this.#wake();
    if (instance === undefined) return this.#failAll(new Error("the object could not be made"));
    const answer = (settle: () => void): void => instance.output(() => this.#serving.delete(served) && settle());
    this.#handle(instance, method, given).then(
      (value) => answer(() => served.ok(value)),
      (error: unknown) => answer(() => served.failed(Object.assign(error instanceof Error ? error : new Error(String(error)), { remote: true }))),
    );
  }

  message(socket: ServerSocket, frame: Frame): void {
    if (this.#pings !== undefined && frame === this.#pings.request) {
      socket.pongAt = this.#ports.scheduler.now + this.#skewMs;
      socket.send(this.#pings.response);
      return;
    }
    this.#event("webSocketMessage", socket, [frame]);
  }

  closed(socket: ServerSocket, code: number, reason: string, wasClean: boolean): void {
    this.#sockets.delete(socket);
    this.#event("webSocketClose", socket, [code, reason, wasClean]);
    this.#context?.drop(socket);
  }

  /** Its clock is set. */
  jump(ms: number): void {
    this.#skewMs = ms;
    this.#armedFor = undefined;
    this.#arm();
  }

  /** What of it is in memory goes; its sockets sleep on. Only where nothing is under way. */
  hibernate(): boolean {
    if (this.#instance === undefined || !this.#instance.isIdle || this.#ringing) return false;
    this.#end(this.#instance);
    return true;
  }

  /** Its life ends here: what was not durable has never been, and its connections break. */
  crash(): void {
    const { scheduler, random } = this.#ports;
    if (this.#instance !== undefined) this.#end(this.#instance);
    this.#disk.rollback();
    this.#ringing = false;
    for (const socket of this.#sockets) {
      const { link } = socket;
      socket.accept({ message: () => {}, closed: () => {} });
      if (link !== undefined) link.cut(random() * 100, undefined);
      else socket.abandon();
    }
    this.#sockets.clear();
    this.#pings = undefined;
    this.#failAll(Object.assign(new Error("Network connection lost."), { retryable: true }));
    this.#armedFor = undefined;
    scheduler.note(`${this.name} crashed`);
    this.#arm();
  }

  close(): void {
    if (this.#instance !== undefined) this.#end(this.#instance);
    this.#disk.close();
  }

  #failAll(error: Error): void {
    const serving = [...this.#serving];
    this.#serving.clear();
    for (const { gone } of serving) gone(error);
  }

  #end(instance: Instance): void {
    instance.alive = false;
    this.#instance = undefined;
    this.#context = undefined;
  }

  #wake(): Instance | undefined {
    if (this.#instance !== undefined) return this.#instance;
    const { scheduler, conditions, random, env, classOf, thrown } = this.#ports;
    const instance = new Instance(this.name, {
      scheduler,
      conditions,
      random,
      disk: this.#disk,
      skewMs: () => this.#skewMs,
      committed: () => this.#arm(),
      dies: () => this.crash(),
    });
    this.#instance = instance;
    const context = objectContext({
      name: this.name,
      disk: this.#disk,
      actor: instance,
      sockets: () => [...this.#sockets],
      accept: (socket, tags) => this.#accept(socket, tags),
      answerPings: (pair) => {
        this.#pings = pair;
      },
      synced: () => instance.synced(),
      abort: () => this.crash(),
      thrown,
    });
    this.#context = context;
    try {
      instance.object = runAs(instance, () => new (classOf())(context, env));
      return instance;
    } catch (error) {
      thrown(`${this.name} constructor`, error);
      this.#end(instance);
      this.#disk.rollback();
      return undefined;
    }
  }

  #accept(socket: ServerSocket, tags: readonly string[]): void {
    socket.tags = [...new Set(tags)];
    socket.accept(this);
    this.#sockets.add(socket);
  }

  #event(handler: string, socket: ServerSocket, rest: readonly unknown[]): void {
    const instance = this.#wake();
    if (instance === undefined || this.#context === undefined) return;
    this.#handle(instance, handler, [this.#context.hold(socket), ...rest]).catch((error: unknown) => {
      if (instance.alive) this.#ports.thrown(`${this.name} ${handler}`, error);
    });
  }

  async #handle(instance: Instance, method: string, given: readonly unknown[]): Promise<unknown> {
    instance.busy(1);
    try {
      return await runAs(instance, () => {
        const run = instance.object[method];
        if (typeof run !== "function") throw new TypeError(`${this.name} has no method ${method}`);
        return run.apply(instance.object, given) as unknown;
      });
    } finally {
      instance.busy(-1);
    }
  }

  /** The alarm as it is durable. */
  #arm(): void {
    if (this.#ringing || this.#disk.dirty) return;
    const { due, ringing } = this.#disk.alarm;
    const at = ringing !== undefined ? this.#ports.scheduler.now + this.#pauseMs() : due === undefined ? undefined : due - EPOCH_MS - this.#skewMs;
    if (at === this.#armedFor && ringing === undefined) return;
    this.#cancelAlarm();
    this.#armedFor = at;
    if (at === undefined) return;
    const { scheduler, random } = this.#ports;
    this.#cancelAlarm = scheduler.after(Math.max(0, at - scheduler.now) + random() * 20, `${this.name} alarm`, () => this.#ring());
  }

  #pauseMs(): number {
    return this.#failedRings === 0 ? 0 : ALARM_RETRY_MS * 2 ** (this.#failedRings - 1);
  }

  #ring(): void {
    this.#armedFor = undefined;
    const instance = this.#wake();
    if (instance === undefined) return;
    const { due, ringing } = this.#disk.alarm;
    const at = ringing ?? due;
    if (at === undefined) return;
    this.#ringing = true;
    this.#disk.alarm = ringing === undefined ? { due: undefined, ringing: at } : { due, ringing };
    const over = (ended: () => void): void => {
      if (!instance.alive) return;
      this.#ringing = false;
      ended();
      this.#arm();
    };
    this.#handle(instance, "alarm", [{ retryCount: this.#failedRings, isRetry: this.#failedRings > 0, scheduledTime: at }]).then(
      () => over(() => this.#rang()),
      (error: unknown) => over(() => this.#ringFailed(error)),
    );
  }

  #rang(): void {
    this.#failedRings = 0;
    this.#disk.alarm = { ...this.#disk.alarm, ringing: undefined };
  }

  #ringFailed(error: unknown): void {
    this.#ports.thrown(`${this.name} alarm`, error);
    this.#failedRings += 1;
    if (this.#failedRings > ALARM_RETRIES) this.#rang();
  }
}
