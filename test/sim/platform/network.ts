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
    const order = { lastAt: 0 };
    return new Proxy(
      {},
      {
        get: (_target, method) => {
          // Who awaits a stub must not call it.
          if (typeof method !== "string" || method === "then") return undefined;
          if (method === "name") return name;
          if (method !== "fetch") return (...given: unknown[]) => this.#call(className, name, order, method, structuredClone(given));
          return (input: string | Request, init?: RequestInit) =>
            this.#call(className, name, order, method, [input instanceof Request ? input : new Request(input, init)]);
        },
      },
    );
  }

  #call(className: string, name: string, order: { lastAt: number }, method: string, given: readonly unknown[]): Promise<unknown> {
    const caller = owner();
    const { scheduler, random, conditions } = this.#ports;
    const label = `${caller.name} > ${name}.${method}`;
    caller.busy(1);
    return new Promise((resolve, reject) => {
      const back = (what: string, settle: () => void): void =>
        void scheduler.after(this.delay(), `${label} ${what}`, () => {
          if (!caller.alive) return;
          caller.busy(-1);
          settle();
        });
      const lost = (): void => back("lost", () => reject(connectionLost()));
      caller.output(() => {
        if (random() < conditions.callsLost) return lost();
        order.lastAt = Math.max(order.lastAt + AFTER_MS, scheduler.now + this.delay());
        scheduler.after(order.lastAt - scheduler.now, label, () =>
          this.#ports.host(className, name).serve(method, given, {
            ok: (value) => {
              if (random() >= conditions.callsLost) return back("answered", () => resolve(cloned(value)));
              socketOf(value)?.abandon();
              lost();
            },
            failed: (error) => back("failed", () => reject(error)),
          }),
        );
      });
    });
  }
}

const connectionLost = (): Error => Object.assign(new Error("Network connection lost."), { retryable: true });
const cloned = (value: unknown): unknown => (value instanceof Response ? value : structuredClone(value));
const socketOf = (value: unknown) =>
  value instanceof SimulatedResponse && value.webSocket !== undefined ? SimulatedWebSocket.socketOf(value.webSocket) : undefined;
