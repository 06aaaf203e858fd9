import { owner } from "./actor.ts";
import type { Conditions } from "./conditions.ts";
import { AFTER_MS } from "./link.ts";
import type { ObjectHost } from "./object-host.ts";
import type { Scheduler } from "./scheduler.ts";
import { SimulatedResponse, SimulatedWebSocket } from "./sockets.ts";

export interface NetworkPorts {
  readonly scheduler: Scheduler;
  readonly conditions: Conditions;
  readonly random: () => number;
  host(className: string, name: string): ObjectHost;
}

/** Calls between objects. Those of one stub arrive in order; nothing else is promised. */
export class Network {
  readonly #ports: NetworkPorts;

  constructor(ports: NetworkPorts) {
    this.#ports = ports;
  }

  namespace(className: string): object {
    const getByName = (name: string): object => this.#stub(className, name);
    return { getByName, get: (id: { name: string }) => getByName(id.name), idFromName: (name: string) => ({ name, toString: () => name }) };
  }

  /** Ms that a message between two machines takes: mostly little, sometimes so long that another one overtakes it. */
  delay(): number {
    const { random, conditions } = this.#ports;
    return (random() < 0.9 ? 1 + 4 * random() : 60 * random()) * conditions.slowness;
  }

  #stub(className: string, name: string): object {
    const way = new StubWay();
    return new Proxy(
      {},
      {
        get: (_target, method) => {
          // Who awaits a stub must not call it.
          if (typeof method !== "string" || method === "then") return undefined;
          if (method === "name") return name;
          if (method !== "fetch") return (...given: unknown[]) => this.#call(className, name, way, method, structuredClone(given));
          return (input: string | Request, init?: RequestInit) =>
            this.#call(className, name, way, method, [input instanceof Request ? input : new Request(input, init)]);
        },
      },
    );
  }

  #call(className: string, name: string, way: StubWay, method: string, given: readonly unknown[]): Promise<unknown> {
    const caller = owner();
    const { scheduler, random, conditions } = this.#ports;
    const label = `${caller.name} > ${name}.${method}`;
    caller.busy(1);
    return new Promise((resolve, reject) => {
      let open = true;
      const back = (what: string, settle: () => void): void => {
        if (!open) return;
        open = false;
        way.calls.delete(breaks);
        scheduler.after(this.delay(), `${label} ${what}`, () => {
          if (!caller.alive) return;
          caller.busy(-1);
          settle();
        });
      };
      const breaks = (error: unknown): void => back("lost", () => reject(error));
      caller.output(() => {
        if (way.broken !== undefined) return breaks(way.broken);
        way.calls.add(breaks);
        if (random() < conditions.callsLost) return way.breaks(connectionLost());
        way.lastAt = Math.max(way.lastAt + AFTER_MS, scheduler.now + this.delay());
        scheduler.after(way.lastAt - scheduler.now, label, () => {
          // It never came there.
          if (way.broken !== undefined && !open) return;
          this.#ports.host(className, name).serve(method, given, {
            ok: (value) => {
              if (open && random() >= conditions.callsLost) return back("answered", () => resolve(cloned(value)));
              socketOf(value)?.abandon();
              way.breaks(connectionLost());
            },
            failed: (error) => back("failed", () => reject(error)),
            gone: (error) => way.breaks(error),
          });
        });
      });
    });
  }
}

/** The way of one stub to its object: in order, and all that is under way over it fails together. Then it is broken for good. */
class StubWay {
  lastAt = 0;
  broken: Error | undefined;
  readonly calls = new Set<(error: unknown) => void>();

  breaks(error: Error): void {
    this.broken ??= error;
    for (const fails of [...this.calls]) fails(error);
  }
}

const connectionLost = (): Error => Object.assign(new Error("Network connection lost."), { retryable: true });
const cloned = (value: unknown): unknown => (value instanceof Response ? value : structuredClone(value));
const socketOf = (value: unknown) =>
  value instanceof SimulatedResponse && value.webSocket !== undefined ? SimulatedWebSocket.socketOf(value.webSocket) : undefined;
