import type { CallMember, CallView, CallEnd as WireEnd } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import type { InputOf } from "../../protocol/operations/catalogue.ts";
import { Emitter } from "../../util/emitter.ts";
import type { Client, Sent } from "../client.ts";
import { CallError } from "./error.ts";
import { SIGNAL_TYPE, type Signal, writeSignal } from "./signal.ts";
import { memberOf, movedIn } from "./view.ts";

export type CallPhase = CallView["phase"];
/** `failed`: the service refused it, or never heard of it; `error` says why. */
export type CallEnd = WireEnd | "failed";

export interface CallEvents {
  changed: Call;
  /** Somebody has answered. */
  active: Call;
  ended: { readonly end: CallEnd; readonly error: Error | undefined };
  /** From another member's device that is in the call. */
  signal: Signal;
  /** A member, oneself included, goes on with another device. */
  moved: { readonly user: UserId; readonly device: DeviceId };
}

type CallOperation = "call.add" | "call.ringing" | "call.accept" | "call.refuse" | "call.leave";
type Extra<Op extends CallOperation> = Omit<InputOf<Op>, "call">;

/** @internal What a call needs of those around it. */
export interface CallPort {
  readonly client: Client;
  take(view: CallView): void;
  /** Something failed, so what is believed may be wrong. */
  doubt(error: unknown): void;
}

/** One call, as the service sees it. The same object from the first ring to the end, also when two calls become one. */
export class Call {
  readonly direction: "outgoing" | "incoming";
  readonly #port: CallPort;
  readonly #emitter: Emitter<CallEvents>;
  #view: CallView;
  #error: Error | undefined;
  #failed = false;
  /** Settles when the service knows the call; never rejects. */
  #placed: Promise<unknown> = Promise.resolve();
  /** The wish to be out of it, until the service has heard it. */
  #parting: (() => Promise<void>) | undefined;

  /** @internal Made by `Calls`. */
  constructor(port: CallPort, view: CallView) {
    this.#port = port;
    this.#view = view;
    this.direction = view.members[0]?.user === port.client.user ? "outgoing" : "incoming";
    this.#emitter = new Emitter((error) => port.client.report(error));
  }

  /** 32 hex digits. Another one if this call is joined with that by which the callee called us. */
  get id(): string {
    return this.#view.call;
  }

  /** Who placed it. */
  get from(): UserId {
    return this.#view.members[0]?.user ?? "";
  }

  get content(): string | undefined {
    return this.#view.content;
  }

  get channel(): string | undefined {
    return this.#view.channel;
  }

  get exclusive(): boolean {
    return this.#view.exclusive;
  }

  /** Unix ms by the service's clock. */
  get startedAt(): number {
    return this.#view.startedAt;
  }

  get phase(): CallPhase {
    return this.#failed ? "ended" : this.#view.phase;
  }

  /** Why it ended. */
  get end(): CallEnd | undefined {
    return this.#failed ? "failed" : this.#view.end;
  }

  /** With the end `failed`. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** The caller first, then the callees as they were called. */
  get members(): readonly CallMember[] {
    return this.#view.members;
  }

  get self(): CallMember | undefined {
    return memberOf(this.#view, this.#port.client.user);
  }

  /** Whether this very device is in the call, and not another one of the user. No longer from `leave` on, whenever that is heard. */
  get joinedHere(): boolean {
    const { self } = this;
    return this.phase !== "ended" && this.#parting === undefined && self?.state === "joined" && self.device === this.#port.client.device;
  }

  /** Whether it waits for this user's answer. */
  get rings(): boolean {
    const state = this.self?.state;
    return this.phase !== "ended" && this.#parting === undefined && (state === "calling" || state === "ringing");
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof CallEvents>(name: Name, listener: (event: CallEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Answers it on this device, or comes late to a call that goes on. */
  accept(response?: string): Promise<void> {
    this.#parting = undefined;
    return this.#ask("call.accept", response === undefined ? {} : { response });
  }

  /** Goes on here with a call that another device of this user is in. */
  takeOver(): Promise<void> {
    this.#parting = undefined;
    return this.#ask("call.accept", { takeOver: true });
  }

  /** For all devices of the user. */
  refuse(response?: string): Promise<void> {
    return this.#part("call.refuse", response === undefined ? {} : { response });
  }

  /** Hangs up; cancels a call that nobody has answered; refuses one that rings here. Said again after a lost connection, until it is heard. */
  leave(): Promise<void> {
    return this.rings ? this.refuse() : this.#part("call.leave", {});
  }

  /** Calls further users into the call. */
  add(users: string | readonly string[]): Promise<void> {
    return this.#ask("call.add", { to: typeof users === "string" ? [users] : [...users] });
  }

  /**
   * To the device with which this member is in the call: an offer, an answer, a candidate. Who was cut off a moment ago gets it
   * on the return; for who does not come back in time it is not kept, and `delivered` is 0.
   */
  signal(user: UserId, data: string | Uint8Array): Promise<Sent> {
    if (!this.joinedHere) return rejected(new CallError(this.phase === "ended" ? "ended" : "not_joined"));
    if (memberOf(this.#view, user) === undefined) return rejected(new CallError("not_member"));
    return handled(this.#port.client.send(user, writeSignal(this.id, data), { ifAbsent: "bridge", customType: SIGNAL_TYPE }));
  }

  /** @internal */
  get version(): number {
    return this.#view.version;
  }

  /** @internal */
  get view(): CallView {
    return this.#view;
  }

  /** @internal */
  placed(outcome: Promise<unknown>): void {
    this.#placed = outcome;
  }

  /** @internal Nothing of it is told anew that was told before: a view that is not newer changes nothing. */
  take(view: CallView): void {
    const before = this.#view;
    if (this.phase === "ended" || (view.call === before.call && view.version <= before.version)) return;
    this.#view = view;
    this.#emitter.emit("changed", this);
    for (const moved of movedIn(before, view)) this.#emitter.emit("moved", moved);
    if (before.phase === "ringing" && view.phase === "active") this.#emitter.emit("active", this);
    if (view.phase === "ended") this.#emitter.emit("ended", { end: view.end ?? "left", error: undefined });
  }

  /** @internal */
  fail(error: Error): void {
    if (this.phase === "ended") return;
    this.#failed = true;
    this.#error = error;
    this.#emitter.emit("changed", this);
    this.#emitter.emit("ended", { end: "failed", error });
  }

  /** @internal */
  hear(signal: Signal): void {
    const state = memberOf(this.#view, signal.from)?.state;
    if (state === "calling" || state === "ringing" || state === "joined") this.#emitter.emit("signal", signal);
  }

  /** @internal Says once more that this user wants to be out of it, if nobody has heard it. */
  partAgain(): boolean {
    if (this.#parting === undefined || this.phase === "ended") return false;
    void handled(this.#parting());
    return true;
  }

  /** @internal */
  acknowledge(): Promise<void> {
    return this.#ask("call.ringing", {});
  }

  #part<Op extends "call.leave" | "call.refuse">(op: Op, extra: Extra<Op>): Promise<void> {
    if (this.phase === "ended") return Promise.resolve();
    const part = async (): Promise<void> => {
      await this.#placed;
      if (this.phase === "ended") return;
      await this.#ask(op, extra).catch((error: unknown) => {
        // Refused for good: it is out of the call already, or never was in it.
        if (isFinal(error) && this.#parting === part) this.#parting = undefined;
        throw error;
      });
      if (this.#parting === part) this.#parting = undefined;
    };
    this.#parting = part;
    return handled(part());
  }

  #ask<Op extends CallOperation>(op: Op, extra: Extra<Op>): Promise<void> {
    const ask = async (): Promise<void> => {
      await this.#placed;
      if (this.phase === "ended") throw this.#error ?? new CallError("ended");
      try {
        const { call } = await this.#port.client.call<CallOperation>(op, { call: this.id, ...extra });
        this.#port.take(call);
      } catch (error) {
        this.#port.doubt(error);
        throw error;
      }
    };
    return handled(ask());
  }
}

/** The same request would fail again. */
export const isFinal = (error: unknown): boolean => !(error instanceof Error && "retry" in error && error.retry !== "never");

/** Who does not wait for the outcome is not troubled by it. */
function handled<T>(outcome: Promise<T>): Promise<T> {
  outcome.catch(() => {});
  return outcome;
}

const rejected = (error: Error): Promise<never> => handled(Promise.reject(error));
