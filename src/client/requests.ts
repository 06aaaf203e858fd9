import type { WireError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Reply, Request } from "../protocol/messages/request.ts";
import { utf8Bytes } from "../util/text.ts";
import type { Environment } from "./environment.ts";
import { localError, WigwagError } from "./error.ts";
import type { Ids } from "./ids.ts";

export type Output = Record<string, unknown>;

export interface RequestOptions {
  /** In all, waiting for a connection included. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Call {
  readonly op: string;
  readonly input: Record<string, unknown>;
  /** Of a message: those of one lane keep their order, whatever is sent again, and their id is their client id. Anything else has none. */
  readonly lane: string | undefined;
  readonly order: number;
  readonly bytes: number;
  readonly deadline: number;
  /** Given when it is first sent, and kept whatever becomes of it: two ids would be two messages. */
  id: number | undefined;
  cancelSilence: () => void;
  readonly settle: (outcome: { ok: Output } | { error: unknown }) => void;
}

export interface RequestsPort {
  readonly environment: Environment;
  readonly ids: Ids;
  readonly requestTimeoutMs: number;
  post(request: Request): void;
  /** Something that was sent has brought no answer in time: is anybody there? */
  silent(): void;
}

/** The requests of one socket: those that wait for it, and those that wait for their answer. */
export class Requests {
  /** In the order they were made. */
  #waiting: Call[] = [];
  /** By id, in the order they were sent. */
  readonly #sent = new Map<number, Call>();
  /** Lanes in which refused calls wait for their next try, as long as the first of them was told to; later calls wait behind them. */
  readonly #held = new Map<string, () => void>();
  /** The calls of each lane that have no outcome, in order. */
  readonly #lanes = new Map<string, Call[]>();
  readonly #port: RequestsPort;
  readonly #idle: (() => void)[] = [];
  #open = false;
  #closed: WigwagError | undefined;
  #orders = 0;
  #size = 0;
  #bytes = 0;

  constructor(port: RequestsPort) {
    this.#port = port;
  }

  submit(op: string, input: Record<string, unknown>, options: RequestOptions = {}, lane?: string): Promise<Output> {
    const bytes = payloadBytes(input.data);
    if (bytes > LIMITS.payloadBytes) return Promise.reject(localError("too_large", { field: "data", limit: LIMITS.payloadBytes }));
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#size >= LIMITS.outboxRequests) return Promise.reject(localError("overloaded", { field: "outbox", limit: LIMITS.outboxRequests }));
    if (this.#bytes + bytes > LIMITS.outboxBytes) return Promise.reject(localError("overloaded", { field: "outbox", limit: LIMITS.outboxBytes }));
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    return new Promise((resolve, reject) => {
      const { environment, requestTimeoutMs } = this.#port;
      const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
      const abort = () => call.settle({ error: options.signal?.reason });
      const cancelDeadline = environment.after(timeoutMs, () => {
        this.#port.silent();
        call.settle({ error: localError("timeout") });
      });
      const call: Call = {
        op,
        // Whoever sends may use the buffer again at once, as with WebSocket.send.
        input: input.data instanceof Uint8Array ? { ...input, data: new Uint8Array(input.data) } : input,
        lane,
        order: this.#orders++,
        bytes,
        deadline: environment.now() + timeoutMs,
        id: undefined,
        cancelSilence: () => {},
        settle: (outcome) => {
          if (!this.#forget(call)) return;
          cancelDeadline();
          options.signal?.removeEventListener("abort", abort);
          if ("ok" in outcome) resolve(outcome.ok);
          else reject(outcome.error);
        },
      };
      options.signal?.addEventListener("abort", abort);
      this.#remember(call);
      this.#pump();
    });
  }

  /** Whether calls of this lane have no outcome yet. */
  isBusy(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** Resolves when nothing is pending. */
  idle(): Promise<void> {
    return this.#size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** A socket is there: what has an unknown outcome goes first, in its order and with its ids; then the rest. */
  open(): void {
    this.#open = true;
    const again = [...this.#sent.values()].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
    for (const call of again) {
      if (this.#isHeld(call)) this.#wait(call);
      else if (call.lane !== undefined) this.#post(call);
    }
    for (const call of again) if (call.lane === undefined) this.#post(call);
    this.#pump();
  }

  /** The socket is gone; outcomes of what was sent are unknown. */
  interrupt(): void {
    this.#open = false;
    for (const call of this.#sent.values()) call.cancelSilence();
  }

  close(error: WigwagError): void {
    this.interrupt();
    this.#closed = error;
    for (const release of this.#held.values()) release();
    this.#held.clear();
    for (const call of [...this.#sent.values(), ...this.#waiting]) call.settle({ error });
  }

  reply(reply: Reply): void {
    const call = this.#sent.get(reply.id);
    if (call === undefined) return;
    if ("ok" in reply) call.settle({ ok: reply.ok });
    else this.#refused(call, reply.error);
  }

  /** The echo of a publish is its answer. */
  echo(id: number, ok: Output): void {
    this.#sent.get(id)?.settle({ ok });
  }

  /** Ends one call from this side. */
  fail(id: number, error: WigwagError): void {
    this.#sent.get(id)?.settle({ error });
  }

  #refused(call: Call, error: WireError): void {
    const { lane } = call;
    const { environment } = this.#port;
    const waitMs = error.retryAfterMs;
    const again = lane !== undefined && error.retry === "later" && waitMs !== undefined && environment.now() + waitMs < call.deadline;
    if (!again) return call.settle({ error: new WigwagError(error) });
    this.#wait(call);
    if (this.#held.has(lane)) return;
    const release = (): void => {
      this.#held.delete(lane);
      this.#pump();
    };
    this.#held.set(lane, environment.after(waitMs, release));
  }

  /** For its next try, where it stood. */
  #wait(call: Call): void {
    call.cancelSilence();
    if (call.id !== undefined) this.#sent.delete(call.id);
    this.#waiting.push(call);
    this.#waiting.sort((a, b) => a.order - b.order);
  }

  /** Sends what may be sent. */
  #pump(): void {
    if (!this.#open || this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((call) => !this.#isHeld(call));
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((call) => this.#isHeld(call));
    for (const call of ready) this.#post(call);
  }

  #isHeld(call: Call): boolean {
    return call.lane !== undefined && this.#held.has(call.lane);
  }

  #post(call: Call): void {
    call.id ??= this.#port.ids.next();
    this.#sent.set(call.id, call);
    // Whatever was refused, lost or overtaken on its way: it comes in the order of its lane, or not at all.
    const lane = this.#lanes.get(call.lane ?? "");
    const follows = lane?.[lane.lastIndexOf(call) - 1]?.id;
    this.#port.post({ type: "request", id: call.id, op: call.op, input: follows === undefined ? call.input : { ...call.input, follows } });
    call.cancelSilence();
    call.cancelSilence = this.#port.environment.after(this.#port.requestTimeoutMs, () => this.#silent(call));
  }

  /** Nothing pending stays silent: after a time-out it is sent again with the same id, which cannot do it twice. */
  #silent(call: Call): void {
    this.#port.silent();
    if (this.#open) this.#post(call);
  }

  #remember(call: Call): void {
    this.#waiting.push(call);
    this.#size += 1;
    this.#bytes += call.bytes;
    if (call.lane === undefined) return;
    const lane = this.#lanes.get(call.lane);
    if (lane === undefined) this.#lanes.set(call.lane, [call]);
    else lane.push(call);
  }

  /** False if it was settled before. */
  #forget(call: Call): boolean {
    const sent = call.id !== undefined && this.#sent.get(call.id) === call && this.#sent.delete(call.id);
    const at = sent ? -1 : this.#waiting.indexOf(call);
    if (!sent && at < 0) return false;
    if (at >= 0) this.#waiting.splice(at, 1);
    call.cancelSilence();
    this.#size -= 1;
    this.#bytes -= call.bytes;
    const lane = this.#lanes.get(call.lane ?? "");
    lane?.splice(lane.indexOf(call), 1);
    if (lane?.length === 0) this.#lanes.delete(call.lane ?? "");
    if (this.#size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    return true;
  }
}

function payloadBytes(data: unknown): number {
  if (data instanceof Uint8Array) return data.byteLength;
  return typeof data === "string" ? utf8Bytes(data) : 0;
}
