import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { payloadBytes } from "../../protocol/payload.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Published } from "../channel/broadcast.ts";
import type { LeafPublish, Up, UpAnswer } from "./messages.ts";

/** Told of what gets no echo: a refusal, or a repeat. */
export type Answered = (result: Result<Published, WireError>) => void;

export interface UplinkPorts<Settings> {
  up(call: Up<Settings>): Promise<UpAnswer<Settings>>;
  /** What a call carries besides publishes. */
  about(): Omit<Up<Settings>, "publishes">;
  /** Whether there is something to tell besides publishes. */
  owes(): boolean;
  answered(answer: UpAnswer<Settings>, call: Up<Settings>): void;
  background(work: Promise<void>): void;
  pause(ms: number): Promise<void>;
  random(): number;
}

interface Waiting {
  readonly publish: LeafPublish;
  readonly answered: Answered;
  readonly bytes: number;
}

/** One call's worth: far below what a call may carry. */
const CALL_BYTES = 1024 * 1024;
const CALL_MESSAGES = 1024;
const RETRY_MS = 50;
const RETRY_MAX_MS = 2_000;
/** Publishers are told that the outcome is unknown after some twenty seconds; their clients then say it again under the same id. */
const FAILURES_MAX = 15;

/**
 * A leaf's way to the hub: one call at a time, with everything that came meanwhile in the next. A call without an answer is
 * repeated as it was, so each publisher's order stands, and the hub knows repeats by their ids.
 */
export class Uplink<Settings = unknown> {
  readonly #ports: UplinkPorts<Settings>;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #busy = false;
  calls = 0;
  failedCalls = 0;

  constructor(ports: UplinkPorts<Settings>) {
    this.#ports = ports;
  }

  /** Why nothing more can be taken in. */
  publish(publish: LeafPublish, answered: Answered): WireError | undefined {
    const bytes = payloadBytes(publish.data);
    if (this.#waiting.length >= LIMITS.pendingMessages || this.#waitingBytes + bytes > LIMITS.pendingBytes) {
      return wireError("overloaded", { limit: LIMITS.pendingMessages, retryAfterMs: 100, message: "too many messages wait for the channel" });
    }
    this.#waiting.push({ publish, answered, bytes });
    this.#waitingBytes += bytes;
    this.kick();
    return undefined;
  }

  kick(): void {
    if (this.#busy || !this.#owes) return;
    this.#busy = true;
    this.#ports.background(this.#run());
  }

  get #owes(): boolean {
    return this.#waiting.length > 0 || this.#ports.owes();
  }

  async #run(): Promise<void> {
    // After the turn that has something to say: what else it says goes in the same call.
    await Promise.resolve();
    let failures = 0;
    while (this.#owes) {
      const batch = this.#batch();
      const call: Up<Settings> = { ...this.#ports.about(), publishes: batch.map(({ publish }) => publish) };
      this.calls += 1;
      try {
        const answer = await this.#ports.up(call);
        failures = 0;
        this.#drop(batch);
        for (const { index, answer: result } of answer.answers) batch[index]?.answered("ok" in result ? ok(result.ok) : err(result.error));
        this.#ports.answered(answer, call);
      } catch {
        this.failedCalls += 1;
        failures += 1;
        if (failures > FAILURES_MAX) {
          // What has not been told is told with the next call: a member, a ping, an alarm will make one.
          this.#giveUp();
          break;
        }
        await this.#ports.pause(this.#ports.random() * Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** failures));
      }
    }
    this.#busy = false;
  }

  #batch(): Waiting[] {
    let bytes = 0;
    const batch: Waiting[] = [];
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (batch.length === CALL_MESSAGES || (batch.length > 0 && bytes > CALL_BYTES)) break;
      batch.push(waiting);
    }
    return batch;
  }

  #drop(batch: readonly Waiting[]): void {
    this.#waiting.splice(0, batch.length);
    for (const { bytes } of batch) this.#waitingBytes -= bytes;
  }

  /** Whether they have been carried out is not known: only the same id is safe. */
  #giveUp(): void {
    const lost = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { answered } of lost) answered(err(wireError("timeout", { message: "the channel does not answer its leaf" })));
  }
}
