import { closeOrder } from "../protocol/close-codes.ts";
import type { Events } from "../protocol/messages/events.ts";
import type { Notice } from "../protocol/messages/notice.ts";
import { type ChannelRef, channelStream } from "../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import { backoffMs } from "./backoff.ts";
import type { ChannelPath, PathHooks } from "./channel-path.ts";
import type { Drop } from "./connection.ts";
import { asError, closedError, localError, WigwagError } from "./error.ts";
import { isResumption, isRidingAdmission } from "./guards.ts";
import type { RequestOptions } from "./requests.ts";
import type { Rider, Session } from "./session.ts";

/** A channel that rides on the session socket: no socket of its own, one hop more. */
export class RidingPath implements ChannelPath, Rider {
  readonly #session: Session;
  readonly #channel: ChannelRef;
  readonly #stream: string;
  readonly #hooks: PathHooks;
  /** Calls off the join or resume that runs, or waits to. */
  #round = new AbortController();
  #cancelRetry = () => {};
  /** Joins and resumes since the last stable time. */
  #tries = 0;
  #joinedAt: number | undefined;

  constructor(session: Session, channel: ChannelRef, hooks: PathHooks) {
    this.#session = session;
    this.#channel = channel;
    this.#stream = channelStream(channel);
    this.#hooks = hooks;
  }

  start(): void {
    this.#session.riders.set(this.#stream, this);
    void this.#join();
  }

  publish(input: InputOf<"channel.publish">, options: RequestOptions): Promise<OutputOf<"channel.publish">> {
    return this.#session.call("channel.publish", input, options);
  }

  ask<Name extends OperationName>(op: Name, input: InputOf<Name>, options: RequestOptions): Promise<OutputOf<Name>> {
    return this.#session.call(op, input, options);
  }

  resume(): void {
    this.#soon(() => void this.#resume());
  }

  acknowledge(upTo: number): void {
    this.#session.link.post({ type: "ack", stream: this.#stream, upTo });
  }

  /** From here on it leaves: a session that comes back must not bring it in again. */
  settled(): Promise<void> {
    this.#callOff();
    this.#session.riders.delete(this.#stream);
    return Promise.resolve();
  }

  wake(): void {}

  stop(drop: Drop): void {
    this.#callOff();
    if (!this.#session.riders.delete(this.#stream)) return;
    this.#hooks.ended(drop);
  }

  frame(events: Events, bytes: number): void {
    this.#hooks.frame(events, bytes);
  }

  notice(notice: Notice): void {
    if (notice.name !== "channel.closed") return this.#hooks.notice(notice);
    const { code, reason } = notice;
    if (closeOrder(code) === "stay-away") return this.stop({ code, reason });
    this.#hooks.interrupted(reason, code);
    this.#soon(() => void this.#join());
  }

  sessionLost(reason: string): void {
    this.#callOff();
    this.#hooks.interrupted(reason);
  }

  sessionOpened(): void {
    void this.#join();
  }

  async #join(): Promise<void> {
    const { signal } = this.#callOff();
    this.#hooks.joining();
    const position = this.#hooks.position();
    try {
      const answer: unknown = await this.#session.call("channel.join", { channel: this.#channel, via: "session", ...(position && { position }) }, { signal });
      if (!isRidingAdmission(answer)) throw localError("internal", { message: "the service answered a join with something else" });
      if (signal.aborted) return;
      this.#joinedAt = this.#session.context.environment.now();
      this.#hooks.joined(answer);
    } catch (thrown) {
      if (!signal.aborted) this.#failed(thrown);
    }
  }

  async #resume(): Promise<void> {
    const position = this.#hooks.position();
    if (position === undefined) return this.#join();
    const { signal } = this.#callOff();
    try {
      const answer: unknown = await this.#session.call("stream.resume", { streams: [{ stream: this.#stream, ...position }] }, { signal });
      const resumed = isResumption(answer) ? answer.streams.find(({ stream }) => stream === this.#stream) : undefined;
      if (resumed === undefined) throw localError("internal", { message: "the service answered a resume with something else" });
      if (!signal.aborted) this.#hooks.resumed(resumed);
    } catch (thrown) {
      if (!signal.aborted) this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    const error = thrown instanceof WigwagError ? thrown : localError("internal", { cause: thrown, message: asError(thrown).message });
    // Who has never been in is told at once; who was in tries to get back in.
    if (error.retry !== "later" || this.#joinedAt === undefined) return this.stop({ reason: error.message, error });
    this.#hooks.failed(error);
    this.#soon(() => void this.#join());
  }

  /** At once after a stable time, else after a growing while; not at all without a session, whose return brings a join. */
  #soon(run: () => void): void {
    const { environment, timings, reconnectSpreadMs } = this.#session.context;
    this.#callOff();
    if (this.#joinedAt !== undefined && environment.now() - this.#joinedAt >= timings.stableMs) this.#tries = 0;
    const rules = { spreadMs: reconnectSpreadMs, baseMs: timings.reconnectSpreadMs, capMs: timings.reconnectCapMs };
    const waitMs = this.#tries === 0 ? 0 : backoffMs(this.#tries, rules, () => environment.random());
    this.#tries += 1;
    this.#cancelRetry = environment.after(waitMs, run);
  }

  #callOff(): AbortController {
    this.#cancelRetry();
    this.#round.abort(closedError(undefined, "called off"));
    this.#round = new AbortController();
    return this.#round;
  }
}
