import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type Payload, payloadBytes } from "../../protocol/payload.ts";
import type { Priority } from "../../protocol/priority.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Log } from "../stream/log.ts";
import { type Accepted, writerKey } from "../stream/page.ts";
import type { Broadcast, Outcome, Published } from "./broadcast.ts";
import { Gate, type GateCheck } from "./gate.ts";
import type { ChannelLimits } from "./ports.ts";

export interface Publish {
  readonly from: string;
  readonly device: string;
  readonly id: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
  readonly store?: boolean | undefined;
  readonly key?: string | undefined;
  readonly priority?: Priority | undefined;
  /** `writerKey` of from and device, where it is at hand. */
  readonly writer?: string | undefined;
  /** The message before it, where its sender has no answer to that one yet. */
  readonly follows?: number | undefined;
}

export interface IntakeParts {
  readonly log: Log;
  readonly broadcast: Broadcast;
  readonly now: () => number;
  readonly limits: () => Pick<ChannelLimits, "history">;
  /** A message was taken in that is no duplicate, and may yet be refused by the gate. */
  readonly accepted: () => void;
}

/** What a channel takes in: every message once, in the order of its writer, and nothing that cannot be kept. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #gate: Gate;
  /** Times never go back, whatever the clock does. */
  #lastTs: number;

  constructor(parts: IntakeParts, check?: GateCheck) {
    this.#parts = parts;
    this.#gate = new Gate(check);
    this.#lastTs = parts.log.lastTs;
  }

  /** As `Channel.publish`. */
  publish(publish: Publish, outcome: Outcome): Result<Published, WireError> | undefined {
    const { accepted, broadcast, now } = this.#parts;
    const { from, device, id, data, customType, store, key, priority, writer = writerKey(from, device) } = publish;
    const known = this.#known(publish, writer);
    if (known !== undefined) return known;
    const unfit = this.#unfit(publish);
    if (unfit !== undefined) return err(unfit);
    if (priority === "low" && broadcast.hot) return ok(broadcast.leaveOut(publish));
    const full = broadcast.refuse(publish);
    if (full !== undefined) return err(full);
    this.#lastTs = Math.max(this.#lastTs, now());
    const message: Accepted = { from, device, id, ts: this.#lastTs, data, customType, stored: store === true, key, priority, writer };
    let answer: Result<Published, WireError> | undefined;
    let inTurn = true;
    this.#gate.submit(writer, message, (verdict) => {
      if ("pass" in verdict) broadcast.enqueue(verdict.pass, outcome);
      else if (inTurn) answer = err(verdict.refuse);
      else {
        outcome.done?.(err(verdict.refuse));
        outcome.missed?.(err(verdict.refuse));
      }
      if (!inTurn) broadcast.settle();
    });
    inTurn = false;
    accepted();
    return answer;
  }

  /** An id for a server's message: it has no counter of its own. */
  serverId(from: string, device: string): number {
    return Math.max(this.#parts.now(), this.#lastId(writerKey(from, device)) + 1);
  }

  #known({ from, device, id, follows = 0 }: Publish, writer: string): Result<Published, WireError> | undefined {
    const { broadcast, log, now } = this.#parts;
    if (broadcast.lastPendingId(writer) >= id) broadcast.flushAll(now());
    const known = log.check(from, device, id, writer);
    if (known.kind === "new") return follows > 0 && follows > this.#lastId(writer) ? err(wireError("out_of_turn")) : undefined;
    if (known.kind === "burnt") return err(wireError("burnt"));
    return ok({ epoch: log.epoch, ...known.place, duplicate: true });
  }

  /** The highest id of a writer that has come here. */
  #lastId(writer: string): number {
    const { broadcast, log } = this.#parts;
    return Math.max(log.lastId(writer), broadcast.lastPendingId(writer), this.#gate.lastId(writer));
  }

  /** What no state of the channel would let in, or none that soon passes. */
  #unfit({ data, store, priority }: Publish): WireError | undefined {
    const bytes = payloadBytes(data);
    if (bytes > LIMITS.payloadBytes) {
      return wireError("too_large", { field: "data", limit: LIMITS.payloadBytes, message: `a message has at most ${LIMITS.payloadBytes} bytes` });
    }
    if (store !== true) return undefined;
    if (priority === "low") {
      return wireError("bad_request", { field: "priority", message: "priority: what history is to keep may not be left out, so it cannot be low" });
    }
    if (!this.#parts.limits().history) return wireError("forbidden", { field: "store", message: "history is switched off for this app" });
    if (this.#parts.log.backlogBytes > LIMITS.exportBacklogBytes) {
      return wireError("unavailable", { field: "store", limit: LIMITS.exportBacklogBytes, retryAfterMs: 10_000, message: "too much waits for history" });
    }
    return undefined;
  }
}
