import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type CallState, callerOf, type Invitation, memberOf, nextEventAt, openCall, viewOf } from "./call-state.ts";
import { type CallPush, type OwedPush, pushesOf, pushOf } from "./pushes.ts";
import type { Ask } from "./ring.ts";
import { type Heard, Teller } from "./teller.ts";
import { expire, transition } from "./transition.ts";

/** What a call keeps. */
export interface CallKept {
  readonly state: CallState;
  /** Everybody has been told of this version. */
  readonly told: number;
  /** What the app's server has yet to hear, in order. At most a ring and its end per member and leg. */
  readonly owed: readonly OwedPush[];
}

export interface CallPorts {
  readonly keptMs: number;
  /** Who could not be told is told again after so long. */
  readonly tellMs: number;
  now(): number;
  /** Nothing leaves before it is durable. */
  save(kept: CallKept): void;
  /** Something is due then; an earlier alarm stays. */
  wakeBy(at: number): void;
  tell(user: UserId, view: CallView): Promise<Heard>;
  untold(user: UserId, error: unknown): void;
  /** The app's server wants to hear of rings that find no device. */
  pushes(): boolean;
  /** Settles when that server has it, or never will. */
  push(push: CallPush): Promise<void>;
  background(work: Promise<unknown>): void;
}

export type CallReply = Result<CallView, WireError>;

/** One call: what happens to it, who has to hear of it, and when it looks at the clock. It lives on in `save`, and is made anew from it after any line. */
export class CallAuthority {
  readonly #ports: CallPorts;
  readonly #teller: Teller;
  #kept: CallKept | undefined;
  #pushing = false;

  constructor(ports: CallPorts, kept: CallKept | undefined) {
    this.#ports = ports;
    this.#kept = kept;
    this.#teller = new Teller(
      {
        state: () => this.#kept?.state,
        tell: (user, view) => ports.tell(user, view),
        heard: (user, view, answer) => this.#heard(user, view, answer),
        failed: (user, error) => ports.untold(user, error),
      },
      LIMITS.callsAtOnce,
    );
    if (kept === undefined) return;
    this.#teller.assume(kept.told);
    this.#follow();
  }

  /** The first invitation of this id opens the call; a repeat finds it as it is. */
  open(invitation: Invitation): CallReply {
    this.#pass();
    if (this.#kept === undefined) this.#write({ state: openCall(invitation, this.#ports.now()), told: 0, owed: [] });
    const { state } = this.#live;
    return callerOf(state).user === invitation.caller ? ok(viewOf(state)) : err(wireError("conflict", { field: "call", message: "call: not a new id" }));
  }

  /** For a member. Who is none does not learn that there is a call. */
  ask(user: UserId, event: Ask["event"]): CallReply {
    this.#pass();
    const state = this.#kept?.state;
    if (state === undefined || memberOf(state, user) === undefined) return noSuchCall();
    if (event.kind === "look") return ok(viewOf(state));
    const next = transition(state, event, this.#ports.now());
    if (!next.ok) return next;
    this.#become(next.value);
    return ok(viewOf(next.value));
  }

  /** For the app itself. */
  view(): CallReply {
    this.#pass();
    return this.#kept === undefined ? noSuchCall() : ok(viewOf(this.#kept.state));
  }

  end(): CallReply {
    this.#pass();
    if (this.#kept === undefined) return noSuchCall();
    const ended = transition(this.#kept.state, { kind: "end" }, this.#ports.now());
    if (ended.ok) this.#become(ended.value);
    return this.view();
  }

  /** The alarm's turn. True: all of it is to be forgotten. */
  due(): boolean {
    this.#pass();
    if (this.#kept === undefined) return false;
    const { state, told, owed } = this.#kept;
    if (state.endedAt !== undefined && this.#ports.now() >= state.endedAt + this.#ports.keptMs) {
      this.#kept = undefined;
      return true;
    }
    if (this.#teller.done && told < state.version) this.#save({ state, told: state.version, owed });
    this.#teller.forgive();
    this.#follow();
    return false;
  }

  /** What is over by the clock ends before anything else happens, however late the alarm is. */
  #pass(): void {
    if (this.#kept !== undefined) this.#become(expire(this.#kept.state, this.#ports.now()));
  }

  #become(state: CallState): void {
    const { state: before, told, owed } = this.#live;
    if (state === before) return;
    // What is no news to anybody is not worth a row: after a crash it is found out again.
    if (state.version === before.version) this.#kept = { state, told, owed };
    else this.#write({ state, told: this.#teller.done ? before.version : told, owed: this.#ports.pushes() ? [...owed, ...pushesOf(before, state)] : [] });
  }

  #write(kept: CallKept): void {
    this.#save(kept);
    this.#follow();
  }

  #save(kept: CallKept): void {
    this.#kept = kept;
    this.#ports.save(kept);
  }

  #follow(): void {
    const { state, told, owed } = this.#live;
    const next = nextEventAt(state, this.#ports.keptMs) ?? Number.POSITIVE_INFINITY;
    const tellAt = told < state.version || owed.length > 0 ? this.#ports.now() + this.#ports.tellMs : Number.POSITIVE_INFINITY;
    const at = Math.min(next, tellAt);
    if (Number.isFinite(at)) this.#ports.wakeBy(at);
    this.#ports.background(this.#teller.tell());
    if (owed.length > 0 && !this.#pushing) this.#ports.background(this.#push());
  }

  /**
   * One after the other: a cancellation never overtakes its ring. That all of them were sent is written once, at the end, so after
   * a crash some may be sent again.
   */
  async #push(): Promise<void> {
    this.#pushing = true;
    try {
      for (let next = this.#kept?.owed[0]; next !== undefined; next = this.#kept?.owed[0]) {
        await this.#ports.push(pushOf(this.#live.state, next));
        if (this.#kept !== undefined) this.#kept = { ...this.#kept, owed: this.#kept.owed.slice(1) };
      }
    } finally {
      this.#pushing = false;
    }
    if (this.#kept !== undefined) this.#save(this.#kept);
  }

  #heard(user: UserId, told: CallView, { online, busy }: Heard): void {
    if (this.#kept === undefined || memberOf(told, user)?.state !== "calling") return;
    const next = transition(this.#kept.state, { kind: "tried", user, online, busy }, this.#ports.now());
    if (next.ok) this.#become(next.value);
  }

  get #live(): CallKept {
    return must(this.#kept, "a call");
  }
}

const noSuchCall = (): CallReply => err(wireError("not_found", { message: "there is no such call" }));
