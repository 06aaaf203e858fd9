import type { FanOutPlan } from "../channel/relay-plan.ts";
import type { HubChannel, HubPorts } from "./hub-ports.ts";

/**
 * When members are told by name who comes and goes: not while the plan has them counted, nor until every leaf has named its own,
 * and then only a lease later: who was on the way from one leaf to another is back by then, and nobody takes it for a joiner.
 */
export class Names {
  readonly #channel: Pick<HubChannel, "counted" | "leaseMs" | "name" | "settle">;
  readonly #ports: Pick<HubPorts, "now" | "deadline">;
  #armedFor: number | undefined;

  constructor(channel: Pick<HubChannel, "counted" | "leaseMs" | "name" | "settle">, ports: Pick<HubPorts, "now" | "deadline">) {
    this.#channel = channel;
    this.#ports = ports;
  }

  /** The plan, or what leaves have said, may be another. */
  watch(plan: FanOutPlan): void {
    const { counted } = this.#channel;
    if (isCounting(plan, counted)) return counted.unname();
    if (counted.isNamed) return;
    const latest = this.#ports.now() + this.#channel.leaseMs();
    // One that is further off was set by a clock that has been set back since.
    if (counted.namesFrom === undefined || counted.namesFrom > latest) counted.nameFrom(latest);
    if (this.#armedFor === counted.namesFrom) return;
    this.#armedFor = counted.namesFrom;
    this.#ports.deadline("names", counted.namesFrom);
  }

  due(plan: FanOutPlan): void {
    this.#armedFor = undefined;
    const { counted } = this.#channel;
    if (isCounting(plan, counted) || counted.isNamed) return;
    if (counted.namesFrom === undefined || counted.namesFrom > this.#ports.now()) return this.watch(plan);
    this.#channel.name();
    this.#channel.settle();
  }
}

const isCounting = (plan: FanOutPlan, counted: HubChannel["counted"]): boolean => plan.counted === true || counted.some;
