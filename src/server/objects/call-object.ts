import { DurableObject } from "cloudflare:workers";
import { CallAuthority, type CallKept, type CallReply as CallResult } from "../../domain/call/authority.ts";
import type { Invitation } from "../../domain/call/call-state.ts";
import type { Ask } from "../../domain/call/ring.ts";
import type { Heard } from "../../domain/call/teller.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { TIMINGS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import type { Result } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { timeScale } from "../time-scale.ts";
import type { Call, CallReply } from "../trust.ts";
import { within } from "../within.ts";
import { type CallFacts, CallStore } from "./call/call-store.ts";
import { PushHook } from "./call/push-hook.ts";
import { userObject } from "./locate.ts";

/** The runtime around a call: one row, one alarm, RPC. What happens is decided in `CallAuthority`. */
export class CallObject extends DurableObject<Env> {
  readonly #store: CallStore;
  readonly #scale: number;
  readonly #push: PushHook;
  #call: CallAuthority;
  #facts: CallFacts | undefined;
  /** When the alarm goes off; undefined: not known to be armed. */
  #armed: number | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#scale = timeScale(env);
    this.#store = new CallStore(ctx.storage);
    this.#push = new PushHook(env);
    const record = this.#store.read();
    this.#facts = record === undefined ? undefined : { app: record.app, hook: record.hook };
    this.#call = this.#authority(record);
  }

  /** The first invitation of this id opens the call; a repeat finds it as it is. */
  open({ invitation, ...facts }: CallFacts & { readonly invitation: Invitation }): Result<CallView, WireError> {
    this.#facts ??= facts;
    return this.#call.open(invitation);
  }

  /** From the object of a member. */
  ask(user: UserId, event: Ask["event"]): Result<CallView, WireError> {
    return this.#call.ask(user, event);
  }

  /** Operations of servers. */
  async call({ op, caller }: Call): Promise<CallReply> {
    if (caller.kind !== "server") return { error: wireError("forbidden") };
    const answer: CallResult | undefined = op === "call.get" ? this.#call.view() : op === "call.end" ? this.#call.end() : undefined;
    if (answer === undefined) return { error: wireError("unknown_operation") };
    return answer.ok ? { ok: { call: answer.value } } : { error: answer.error };
  }

  override async alarm(): Promise<void> {
    this.#armed = undefined;
    if (!this.#call.due()) return;
    this.#call = this.#authority(undefined);
    this.#facts = undefined;
    await this.#store.clear();
  }

  #authority(kept: CallKept | undefined): CallAuthority {
    return new CallAuthority(
      {
        keptMs: TIMINGS.callKeptMs * this.#scale,
        tellMs: TIMINGS.callTellMs * this.#scale,
        now: () => Date.now(),
        save: (record) => this.#store.write({ ...this.#known(), ...record }),
        wakeBy: (at) => this.#wakeBy(at),
        tell: (user, view) => this.#tell(user, view),
        untold: (_user, error) => logLine("call.untold", { message: messageOf(error) }),
        pushes: () => this.#known().hook !== undefined,
        push: (push) => this.#push.send(this.#known(), push),
        background: (work) => this.ctx.waitUntil(work),
      },
      kept === undefined ? undefined : { state: kept.state, told: kept.told, owed: kept.owed },
    );
  }

  /** A new stub each time: one that has thrown stays broken. */
  #tell(user: UserId, view: CallView): Promise<Heard> {
    const { app } = this.#known();
    return within(TIMINGS.requestTimeoutMs * this.#scale, userObject(this.env, app, user, { jurisdiction: this.ctx.id.jurisdiction }).callChanged(view));
  }

  /** The alarm is never later than what comes next; ringing for nothing is cheaper than moving it each time. */
  #wakeBy(at: number): void {
    if (this.#armed !== undefined && this.#armed <= at) return;
    this.#armed = at;
    // Not awaited: the output gate holds everything that leaves until the alarm is stored.
    void this.ctx.storage.setAlarm(at);
  }

  #known(): CallFacts {
    return must(this.#facts, "a call that was opened");
  }
}
