import { DurableObject } from "cloudflare:workers";
import { type CallState, callerOf, type Invitation, memberOf, nextEventAt, openCall, viewOf } from "../../domain/call/call-state.ts";
import type { Ask } from "../../domain/call/ring.ts";
import { expire, transition } from "../../domain/call/transition.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { timeScale } from "../time-scale.ts";
import type { Call, CallReply } from "../trust.ts";
import { within } from "../within.ts";
import { type CallRecord, CallStore } from "./call/call-store.ts";
import { type Heard, Teller } from "./call/teller.ts";
import { userObject } from "./locate.ts";

export type CallAnswer = { readonly ok: CallView } | { readonly error: WireError };

/** The authority of one call: one row, one alarm. What happens is decided in `domain/call`. */
export class CallObject extends DurableObject<Env> {
  readonly #store: CallStore;
  readonly #scale: number;
  readonly #teller: Teller;
  #record: CallRecord | undefined;
  /** When the alarm goes off; undefined: not armed. */
  #armed: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#scale = timeScale(env);
    this.#store = new CallStore(ctx.storage);
    this.#record = this.#store.read();
    this.#teller = new Teller(
      {
        state: () => this.#live().state,
        tell: (user, view) => this.#tell(user, view),
        heard: (user, view, answer) => this.#heard(user, view, answer),
        failed: (_user, error) => logLine("call.untold", { call: this.#live().state.call, message: messageOf(error) }),
      },
      LIMITS.callsAtOnce,
    );
    if (this.#record === undefined) return;
    this.#teller.assume(this.#record.told);
    this.#changed();
  }

  /** The first invitation of this id opens the call; a repeat finds it as it is. */
  open({ app, invitation, hook }: { app: string; invitation: Invitation; hook?: CallRecord["hook"] }): CallAnswer {
    this.#pass();
    if (this.#record === undefined) {
      this.#save({ app, state: openCall(invitation, Date.now()), told: 0, ...(hook === undefined ? {} : { hook }) });
      this.#changed();
    }
    const { state } = this.#live();
    if (callerOf(state).user !== invitation.caller)
      return { error: wireError("conflict", { field: "call", message: "call: this id belongs to another call" }) };
    return { ok: viewOf(state) };
  }

  /** From the object of a user, about its own place in the call, or about the two who have called each other. */
  ask(user: UserId, event: Ask["event"]): CallAnswer {
    this.#pass();
    if (this.#record === undefined || memberOf(this.#record.state, user) === undefined) return { error: noSuchCall() };
    if (event.kind === "look") return { ok: viewOf(this.#record.state) };
    const next = transition(this.#record.state, event, Date.now());
    if (!next.ok) return { error: next.error };
    this.#become(next.value);
    return { ok: viewOf(next.value) };
  }

  /** Operations of servers. */
  call(call: Call): CallReply {
    this.#pass();
    if (this.#record === undefined || this.#record.app !== call.caller.app || call.caller.kind !== "server") return { error: noSuchCall() };
    if (call.op === "call.end") this.#become(must(transitioned(this.#record.state), "a call may always be ended"));
    else if (call.op !== "call.get") return { error: wireError("unknown_operation") };
    return { ok: { call: viewOf(this.#record.state) } };
  }

  override async alarm(): Promise<void> {
    this.#armed = undefined;
    if (this.#record === undefined) return;
    this.#pass();
    const { endedAt } = this.#record.state;
    if (endedAt !== undefined && Date.now() >= endedAt + this.#keptMs) {
      this.#record = undefined;
      await this.#store.clear();
      return;
    }
    if (this.#teller.done && this.#record.told < this.#record.state.version) this.#save({ ...this.#record, told: this.#record.state.version });
    this.ctx.waitUntil(this.#teller.retry());
    this.#arm();
  }

  /** Ends what is over by the clock, before anything else happens. */
  #pass(): void {
    if (this.#record !== undefined) this.#become(expire(this.#record.state, Date.now()));
  }

  #become(state: CallState): void {
    const before = this.#live();
    if (state === before.state) return;
    // What is no news to anybody is not worth a row: after a crash it is found out again.
    if (state.version === before.state.version) this.#record = { ...before, state };
    else {
      this.#save({ ...before, state, told: this.#teller.done ? before.state.version : before.told });
      this.#changed();
    }
  }

  #save(record: CallRecord): void {
    this.#record = record;
    this.#store.write(record);
  }

  #changed(): void {
    this.#arm();
    this.ctx.waitUntil(this.#teller.tell());
  }

  /** The alarm is never later than what comes next; ringing for nothing is cheaper than moving it each time. */
  #arm(): void {
    const { state, told } = this.#live();
    const tellAt = told < state.version ? Date.now() + TIMINGS.callTellMs * this.#scale : Number.POSITIVE_INFINITY;
    const at = Math.min(nextEventAt(state, this.#keptMs) ?? Number.POSITIVE_INFINITY, tellAt);
    if (!Number.isFinite(at) || (this.#armed !== undefined && this.#armed <= at)) return;
    this.#armed = at;
    // Not awaited: the output gate holds everything that leaves until the alarm is stored.
    void this.ctx.storage.setAlarm(at);
  }

  async #tell(user: UserId, view: CallView): Promise<Heard> {
    const where = { jurisdiction: this.ctx.id.jurisdiction };
    return within(TIMINGS.requestTimeoutMs * this.#scale, userObject(this.env, this.#live().app, user, where).callChanged(view));
  }

  #heard(user: UserId, told: CallView, { online, busy }: Heard): void {
    if (memberOf(told, user)?.state !== "calling") return;
    const next = transition(this.#live().state, { kind: "tried", user, online, busy }, Date.now());
    if (next.ok) this.#become(next.value);
  }

  #live(): CallRecord {
    return must(this.#record, "a call");
  }

  get #keptMs(): number {
    return TIMINGS.callKeptMs * this.#scale;
  }
}

function transitioned(state: CallState): CallState | undefined {
  const ended = transition(state, { kind: "end" }, Date.now());
  return ended.ok ? ended.value : undefined;
}

const noSuchCall = (): WireError => wireError("not_found", { message: "there is no such call" });
