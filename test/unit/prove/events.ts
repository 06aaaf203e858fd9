import { check } from "../../../prove/check/check.ts";
import type { CheckOptions } from "../../../prove/check/invariants.ts";
import type { RunEvent, Target, Untimed } from "../../../prove/record/event.ts";

/** A run told in a few words: each word a second after the one before. */
export class Told {
  readonly events: RunEvent[] = [];
  #at = 0;

  note(event: Untimed): this {
    this.#at += 1000;
    this.events.push({ ...event, at: this.#at } as RunEvent);
    return this;
  }

  /** Time passes. */
  pass(ms: number): this {
    this.#at += ms;
    return this;
  }

  listens(device: string, target: Target, seq = 0, epoch = "e"): this {
    return this.note({ is: "listens", device, target, ...(target.startsWith("channel:") && { epoch, seq }) });
  }

  attempt(n: number, { device = "ann/d", target = "channel:room" as Target, ...traits }: Partial<Untimed & { is: "attempt" }> = {}): this {
    return this.note({ is: "attempt", device, target, writer: `${device}>${target}`, n, ...traits });
  }

  ack(n: number, place: Partial<Untimed & { is: "ack" }> = {}): this {
    const { device = "ann/d", target = "channel:room" } = place;
    return this.note({ is: "ack", writer: `${device}>${target}`, n, ...(target.startsWith("channel:") && { epoch: "e", seq: n }), ...place, device, target });
  }

  says(n: number, place: Partial<Untimed & { is: "ack" }> = {}, traits: Partial<Untimed & { is: "attempt" }> = {}): this {
    const { device = "ann/d", target = "channel:room" } = place;
    return this.attempt(n, { ...traits, device, target }).ack(n, { ...place, device, target });
  }

  hears(device: string, n: number, place: Partial<Untimed & { is: "delivery" }> = {}): this {
    const { target = "channel:room", writer = `ann/d>${target}` } = place;
    return this.note({ is: "delivery", n, ...(target.startsWith("channel:") && { epoch: "e", seq: n }), ...place, writer, device, target });
  }

  link(device: string, state: "connected" | "reconnecting" | "closed", target?: Target): this {
    return this.note({ is: "link", device, state, ...(target !== undefined && { target }) });
  }
}

export const run = (): Told => new Told();

/** What is wrong with it, under one rule; and under no other, unless the test says so. */
export function broken(rule: string, told: Told, options: CheckOptions & { readonly others?: readonly string[] } = {}): string[] {
  const { others = [], ...rest } = options;
  const { violations } = check(told.events, rest);
  const strange = violations.filter((one) => one.rule !== rule && !others.includes(one.rule));
  if (strange.length > 0) throw new Error(`more is wrong than was asked for: ${strange.map((one) => `${one.rule}: ${one.what}`).join("; ")}`);
  return violations.filter((one) => one.rule === rule).map(({ what }) => what);
}
