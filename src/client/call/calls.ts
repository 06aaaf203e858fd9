import { LIMITS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import { Emitter } from "../../util/emitter.ts";
import type { Client } from "../client.ts";
import type { PeerMessage } from "../events.ts";
import { Call, type CallPort, isFinal } from "./call.ts";
import { CallError } from "./error.ts";
import { EarlySignals, readSignal, SIGNAL_TYPE } from "./signal.ts";
import { type InviteOptions, newCallId, placedView, UNSEEN } from "./view.ts";

export interface CallsEvents {
  /** A call rings here, and its caller knows it. Once per call, and again if one that was over for this user rings anew. */
  incoming: Call;
  /** Any call of this user, on whatever device. */
  changed: Call;
}

/** After a failure that names no time of its own. */
const ASK_AGAIN_MS = 1_000;
/** What this client has to do about a ringing call: say so, then tell. */
type Ring = "saying" | "said" | "told";

/** The calls of a client's user. One per client: `calls(client)`. */
export class Calls {
  readonly #client: Client;
  readonly #port: CallPort;
  readonly #emitter: Emitter<CallsEvents>;
  readonly #calls = new Map<string, Call>();
  readonly #rings = new Map<Call, Ring>();
  /** Calls that are over, so that late word makes no new ones; true: left by this side, and the service may not know. */
  readonly #over = new Map<string, boolean>();
  readonly #early = new EarlySignals();
  readonly #stop: (() => void)[];
  #asking = false;
  #askAgain = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @internal Made by `calls`. */
  constructor(client: Client) {
    this.#client = client;
    this.#emitter = new Emitter((error) => client.report(error));
    this.#port = { client, take: (view) => this.#take(view), doubt: (error) => this.#doubt(error) };
    this.#stop = [
      client.on("notice", (notice) => notice.name === "call.changed" && this.#take(notice.call)),
      client.on("state", ({ state }) => {
        if (state === "connected") void this.#ask();
        else if (state === "closed") this.close();
      }),
      client.divert(SIGNAL_TYPE, (message) => this.#signal(message)),
    ];
    void this.#ask();
  }

  /** Those that ring or go on. */
  get live(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /** @internal */
  get closed(): boolean {
    return this.#closed;
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof CallsEvents>(name: Name, listener: (event: CallsEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Calls one user or several. What goes wrong ends the call: `failed`, with the `error`. */
  invite(to: string | readonly string[], options: InviteOptions = {}): Call {
    const { content, channel, exclusive, reachMs, answerMs } = options;
    const callees = typeof to === "string" ? [to] : [...to];
    const id = newCallId();
    const call = new Call(this.#port, placedView(id, this.#client, callees, options, this.#client.serverTime()));
    const input = {
      call: id,
      to: callees,
      ...(content !== undefined && { content }),
      ...(channel !== undefined && { channel }),
      ...(exclusive !== undefined && { exclusive }),
      ...(reachMs !== undefined && { reachMs }),
      ...(answerMs !== undefined && { answerMs }),
    };
    const full = this.#calls.size >= LIMITS.callsPerUser;
    if (!full && !this.#closed) this.#calls.set(id, call);
    const answer = full || this.#closed ? Promise.reject(new CallError(full ? "limit_exceeded" : "closed")) : this.#client.call("call.invite", input);
    call.placed(
      answer.then(
        ({ call: view }) => this.#placed(call, view),
        (error: unknown) => this.#failed(call, error),
      ),
    );
    return call;
  }

  /** Stops following; the calls go on without this device knowing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stop) stop();
    clearTimeout(this.#timer);
    for (const call of this.live) this.#failed(call, new CallError("closed"));
  }

  /** The answer to an invitation, which may be another call: that by which the callee called us. */
  #placed(call: Call, view: CallView): void {
    if (view.call !== call.id && this.#calls.get(call.id) === call) this.#goOnAs(call, view.call);
    this.#take(view);
  }

  #failed(call: Call, error: unknown): void {
    this.#forget(call, !isFinal(error));
    call.fail(error instanceof Error ? error : new Error(String(error)));
    this.#emitter.emit("changed", call);
  }

  #take(view: CallView): void {
    if (this.#closed) return;
    const known = this.#calls.get(view.call);
    if (known === undefined) return this.#unknown(view);
    const { into } = view;
    if (view.end === "merged" && into !== undefined && known.direction === "outgoing") return this.#goOnAs(known, into);
    this.#update(known, view);
  }

  #unknown(view: CallView): void {
    if (view.phase === "ended") return;
    const left = this.#over.get(view.call);
    if (left === true) this.#leave(view.call);
    if (left !== undefined) return;
    if (this.#calls.size >= LIMITS.callsPerUser) return;
    const call = new Call(this.#port, view);
    this.#calls.set(view.call, call);
    this.#told(call);
  }

  /** A call that was given up here before the service had answered. */
  #leave(id: string): void {
    this.#over.set(id, false);
    this.#client.call("call.leave", { call: id }).catch((error: unknown) => {
      this.#over.set(id, !isFinal(error));
      this.#doubt(error);
    });
  }

  #update(call: Call, view: CallView): void {
    const { version } = call;
    call.take(view);
    if (call.version !== version) this.#told(call);
  }

  /** What follows from a new view. */
  #told(call: Call): void {
    if (call.phase === "ended") this.#forget(call, false);
    this.#emitter.emit("changed", call);
    if (call.rings) this.#ring(call);
    else this.#rings.delete(call);
    if (call.joinedHere) for (const signal of this.#early.take(call.id)) call.hear(signal);
  }

  /** Two have called each other: the call that was placed here goes on as theirs, whatever became of that until now. */
  #goOnAs(call: Call, into: string): void {
    const theirs = this.#calls.get(into);
    this.#forget(call, false);
    if (this.#over.has(into)) return this.#update(call, { ...call.view, version: call.version + 1, phase: "ended", end: "merged", into });
    this.#calls.set(into, call);
    if (theirs !== undefined && theirs !== call) {
      this.#rings.delete(theirs);
      theirs.take({ ...theirs.view, version: theirs.version + 1, phase: "ended", end: "merged", into });
      this.#emitter.emit("changed", theirs);
    }
    const { view } = theirs ?? call;
    call.take({ ...call.view, call: into, version: UNSEEN + 1, phase: "ringing", members: view.members });
    if (!call.partAgain()) void this.#ask();
  }

  /** The caller hears of it first, so that nobody answers a call that has gone meanwhile. */
  #ring(call: Call): void {
    const ring = this.#rings.get(call);
    if (ring === "saying" || ring === "told") return;
    if (ring === "said") return this.#tell(call);
    this.#rings.set(call, "saying");
    call.acknowledge().then(
      () => this.#said(call),
      (error: unknown) => {
        // Without a connection nobody can answer; the next one brings the call as it stands then.
        if (this.#client.state === "connected" && isFinal(error)) this.#said(call);
        else this.#rings.delete(call);
      },
    );
  }

  #said(call: Call): void {
    if (this.#rings.get(call) !== "saying") return;
    this.#rings.set(call, "said");
    if (call.rings) this.#tell(call);
  }

  #tell(call: Call): void {
    this.#rings.set(call, "told");
    this.#emitter.emit("incoming", call);
  }

  #signal({ from, to, data }: PeerMessage): void {
    const signal = to === undefined ? readSignal(from, data) : undefined;
    if (signal === undefined) return;
    const call = this.#calls.get(signal.call);
    if (call?.joinedHere) call.hear({ from, data: signal.data });
    else if (!this.#over.has(signal.call)) this.#early.hold(signal);
  }

  #forget(call: Call, left: boolean): void {
    if (this.#calls.get(call.id) === call) this.#calls.delete(call.id);
    this.#rings.delete(call);
    this.#early.take(call.id);
    this.#over.set(call.id, left);
    for (const [oldest] of this.#over) {
      if (this.#over.size <= LIMITS.callsRemembered) break;
      this.#over.delete(oldest);
    }
  }

  #doubt(error: unknown): void {
    if (this.#closed || this.#client.state !== "connected") return;
    // What is refused for good rests on something this side has not heard of yet.
    if (isFinal(error)) void this.#ask();
    else this.#askLater(error);
  }

  #askLater(error: unknown): void {
    if (this.#closed || this.#client.state !== "connected") return;
    const named = error instanceof Error && "retryAfterMs" in error && typeof error.retryAfterMs === "number" ? error.retryAfterMs : ASK_AGAIN_MS;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, named);
  }

  /** Asks how things stand; what comes while it asks is newer by its version. */
  async #ask(): Promise<void> {
    if (this.#closed || this.#client.state !== "connected") return;
    this.#askAgain = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#compare(this.live.filter(({ version }) => version > UNSEEN).map(({ id }) => id));
    } catch (error) {
      if (!isFinal(error)) this.#askLater(error);
    }
    this.#asking = false;
    for (const call of this.live) if (!call.partAgain() && call.rings) this.#ring(call);
    if (this.#askAgain) void this.#ask();
  }

  /** What the service no longer knows has ended while nobody listened. */
  async #compare(known: string[]): Promise<void> {
    const { calls } = await this.#client.call("call.list", { known });
    for (const view of calls) this.#take(view);
    const told = new Set(calls.map(({ call }) => call));
    for (const id of known.filter((one) => !told.has(one))) {
      const call = this.#calls.get(id);
      if (call !== undefined) this.#update(call, { ...call.view, version: call.version + 1, phase: "ended", end: "lost" });
    }
  }
}
