import type { CallView } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { type CallState, viewOf } from "./call-state.ts";

/** What a user's object says to a call it is told of. */
export interface Heard {
  /** One of the user's devices is connected. */
  readonly online: boolean;
  readonly busy: boolean;
}

export interface TellerPorts {
  /** Undefined: it is forgotten, and there is nothing left to tell. */
  state(): CallState | undefined;
  tell(user: UserId, view: CallView): Promise<Heard>;
  heard(user: UserId, told: CallView, answer: Heard): void;
  failed(user: UserId, error: unknown): void;
}

/**
 * Brings a call's members to its newest version: one call under way per member, some at a time. A view holds everything, so what
 * changes meanwhile goes with the next one. Who cannot be told waits for the alarm.
 */
export class Teller {
  readonly #ports: TellerPorts;
  readonly #atOnce: number;
  readonly #told = new Map<UserId, number>();
  readonly #underWay = new Set<UserId>();
  readonly #failed = new Set<UserId>();

  constructor(ports: TellerPorts, atOnce: number) {
    this.#ports = ports;
    this.#atOnce = atOnce;
  }

  /** Everybody knows the newest version. */
  get done(): boolean {
    return this.#untold().length === 0;
  }

  /** As the last life of this object had left it. */
  assume(told: number): void {
    for (const { user } of this.#ports.state()?.members ?? []) this.#told.set(user, told);
  }

  /** Who could not be told is tried again. */
  forgive(): void {
    this.#failed.clear();
  }

  async tell(): Promise<void> {
    const waiting = this.#untold().filter((user) => !this.#underWay.has(user) && !this.#failed.has(user));
    await Promise.all(waiting.slice(0, Math.max(0, this.#atOnce - this.#underWay.size)).map((user) => this.#tell(user)));
  }

  async #tell(user: UserId): Promise<void> {
    const state = this.#ports.state();
    if (state === undefined) return;
    this.#underWay.add(user);
    const view = viewOf(state);
    try {
      const answer = await this.#ports.tell(user, view);
      this.#told.set(user, view.version);
      this.#ports.heard(user, view, answer);
    } catch (error) {
      this.#failed.add(user);
      this.#ports.failed(user, error);
    } finally {
      this.#underWay.delete(user);
    }
    await this.tell();
  }

  #untold(): UserId[] {
    const state = this.#ports.state();
    if (state === undefined) return [];
    return state.members.map(({ user }) => user).filter((user) => (this.#told.get(user) ?? 0) < state.version);
  }
}
