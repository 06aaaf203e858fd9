import { type FanOutPlan, leafOf } from "../../../src/domain/channel/relay-plan.ts";
import type { Seated } from "../../../src/domain/leaf/attendance.ts";
import { Leaf, type LeafPorts } from "../../../src/domain/leaf/leaf.ts";
import type { Missed, Push, Up, UpAnswer } from "../../../src/domain/leaf/messages.ts";

/** A leaf whose hub is the test. */
export class LeafUnderTest {
  readonly leaf: Leaf<string>;
  now = 1_000;
  readonly ups: { readonly call: Up<string>; answer(answer: UpAnswer<string>): void }[] = [];
  readonly kept: FanOutPlan[] = [];
  readonly deadlines: number[] = [];
  readonly pauses: { readonly ms: number; end(): void }[] = [];

  constructor(index: number, plan?: FanOutPlan, connected: Iterable<Seated> = []) {
    const ports: LeafPorts<string> = {
      now: () => this.now,
      random: () => 0,
      up: (call) => new Promise((resolve) => this.ups.push({ call, answer: resolve })),
      missed: (): Promise<Missed> => Promise.reject(new Error("nobody asks")),
      background: () => undefined,
      pause: (ms) => new Promise((resolve) => this.pauses.push({ ms, end: resolve })),
      deadline: (at) => this.deadlines.push(at),
      keep: (plan) => this.kept.push(plan),
      learned: () => undefined,
    };
    this.leaf = new Leaf<string>({ type: "message", name: "room" }, index, "leaf life", ports, { silenceMs: 90_000 }, plan, connected);
  }
}

/** A member's socket, and what became of it. */
export class SeatUnderTest implements Seated {
  readonly via = "socket";
  readonly write = true;
  readonly frames: string[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  expires: number | undefined;
  readonly user: string;
  readonly device: string;
  readonly generation: number;

  constructor(user: string, device = "d", generation = 1) {
    this.user = user;
    this.device = device;
    this.generation = generation;
  }

  send(frame: string | ArrayBuffer | Uint8Array): void {
    if (typeof frame === "string") this.frames.push(frame);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  expiresAt(): number | undefined {
    return this.expires;
  }
}

export const planOf = (version: number, leaves: number): FanOutPlan => ({ version, leaves, relays: 0, spreadMs: 300, former: [] });

export const pushOf = (plan: FanOutPlan, more: Partial<Push<string>> = {}): Push<string> => ({
  ...{ plan, life: "hub life", epoch: "epoch", after: 0, upTo: 0, sure: true, reset: false, parts: [], controls: [], roll: [], members: 1 },
  ...more,
});

/** Somebody whose place is leaf `from` among the first number of leaves and leaf `to` among the second. */
export function userWho(from: number, among: number, to: number, amongThen: number): string {
  for (let n = 0; ; n++) if (leafOf(`user${n}`, among) === from && leafOf(`user${n}`, amongThen) === to) return `user${n}`;
}
