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
  /** Calls of one lane keep their order, whatever is sent again. */
  readonly lane: string | undefined;
  readonly order: number;
  readonly bytes: number;
  readonly deadline: number;
  /** Given when it is first sent; taken away when the server refuses it, for a refused id is burnt. */
  id: number | undefined;
  /** It was sent before and nobody said what became of it: a later refusal speaks of the repeat only. */
  uncertain: boolean;
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
  /** Lanes in which a refused call waits for its next try; later calls wait behind it. */
  readonly #held = new Map<string, () => void>();
  readonly #lanes = new Map<string, number>();
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
        uncertain: false,
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
    for (const call of again) if (isMessage(call)) this.#post(call);
    for (const call of again) if (!isMessage(call)) this.#post(call);
    this.#pump();
  }

  /** The socket is gone; outcomes of what was sent are unknown. */
  interrupt(): void {
    this.#open = false;
    for (const call of this.#sent.values()) {
      call.cancelSilence();
      call.uncertain = true;
    }
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
    const again = lane !== undefined && isMessage(call) && error.retry === "later" && waitMs !== undefined && environment.now() + waitMs < call.deadline;
    if (!again) return call.settle({ error: new WigwagError(error) });
    call.cancelSilence();
    if (call.id !== undefined) this.#sent.delete(call.id);
    // Where it may have happened only the same id is safe. Any other refusal has burnt it.
    if (error.code === "timeout") call.uncertain = true;
    if (!call.uncertain) call.id = undefined;
    this.#waiting.push(call);
    this.#waiting.sort((a, b) => a.order - b.order);
    this.#held.get(lane)?.();
    this.#held.set(
      lane,
      environment.after(waitMs, () => this.#release(lane)),
    );
  }

  #release(lane: string): void {
    this.#held.delete(lane);
    this.#pump();
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
    this.#port.post({ type: "request", id: call.id, op: call.op, input: call.input });
    call.cancelSilence();
    call.cancelSilence = this.#port.environment.after(this.#port.requestTimeoutMs, () => this.#silent(call));
  }

  /** Nothing pending stays silent: after a time-out it is sent again with the same id, which cannot do it twice. */
  #silent(call: Call): void {
    call.uncertain = true;
    this.#port.silent();
    if (this.#open) this.#post(call);
  }

  #remember(call: Call): void {
    this.#waiting.push(call);
    this.#size += 1;
    this.#bytes += call.bytes;
    if (call.lane !== undefined) this.#lanes.set(call.lane, (this.#lanes.get(call.lane) ?? 0) + 1);
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
    if (call.lane !== undefined) this.#leaveLane(call.lane);
    if (this.#size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    return true;
  }

  #leaveLane(lane: string): void {
    const rest = (this.#lanes.get(lane) ?? 1) - 1;
    if (rest > 0) this.#lanes.set(lane, rest);
    else this.#lanes.delete(lane);
  }
}

/** Publishes and peer messages: their id is also the client id, and they are tried again by themselves. */
const isMessage = (call: Call): boolean => call.op === "channel.publish" || call.op === "peer.send";

function payloadBytes(data: unknown): number {
  if (data instanceof Uint8Array) return data.byteLength;
  return typeof data === "string" ? utf8Bytes(data) : 0;
}
