import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { eachBounded } from "../../util/each-bounded.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { Turns } from "../user/turns.ts";
import type { Invitation } from "./call-state.ts";
import { nextPlaceStep, type Placing, placeAnswered } from "./place.ts";
import { forget, learn, livePointers, type Pointer, type Pointers, withoutOld, withPointer } from "./pointers.ts";
import { type Ask, nextRingStep, type Ringing, ringAnswered } from "./ring.ts";
import type { Heard } from "./teller.ts";

export type CallAnswer = Result<CallView, WireError>;

export interface BookPorts {
  /** How long a call that is over is remembered. */
  readonly keptMs: number;
  now(): number;
  pointers(): Pointers;
  /** Nothing leaves before it is durable. */
  save(pointers: Pointers): void;
  /** To the call; each may be repeated. An error with advice to come back means that the outcome is not known. */
  open(invitation: Invitation): Promise<CallAnswer>;
  ask(ask: Ask): Promise<CallAnswer>;
  /** To all connected devices. */
  notify(view: CallView): void;
  online(): boolean;
}

/** A user's side of its calls: what rings here, who is busy, whose device has vanished. The calls themselves decide. */
export class CallBook {
  readonly #me: UserId;
  readonly #ports: BookPorts;
  readonly #turns = new Turns();
  /** Versions the devices here were told of; a repeat after a crash does no harm. */
  readonly #noticed = new Map<string, number>();

  constructor(me: UserId, ports: BookPorts) {
    this.#me = me;
    this.#ports = ports;
  }

  invite(invitation: Invitation): Promise<CallAnswer> {
    return this.#turns.take(invitation.call, () => this.#place({ invitation, confirmed: [], tried: [] }));
  }

  /** One after the other per call: what is said after an invitation comes after it. */
  ask(ask: Ask): Promise<CallAnswer> {
    return this.#turns.take(ask.call, async () => {
      const answer = await this.#ports.ask(ask);
      // Who could not answer a call looks what is there instead.
      if (!answer.ok && answer.error.code === "not_found") this.#save(forget(this.#ports.pointers(), ask.call, this.#ports.now()));
      return this.#heed(answer);
    });
  }

  /** Half an answer looks whole, so one call that cannot be asked fails all. */
  async list(known: readonly string[]): Promise<Result<CallView[], WireError>> {
    const calls = [...new Set([...livePointers(this.#ports.pointers()).map(({ call }) => call), ...known])];
    const answers = await eachBounded(calls, LIMITS.callsAtOnce, (call) => this.ask({ call, event: { kind: "look" } }));
    const views: CallView[] = [];
    for (const answer of answers) {
      if (answer.ok) views.push(answer.value);
      else if (!isDefinite(answer.error)) return answer;
    }
    return ok(views.toSorted((a, b) => a.startedAt - b.startedAt));
  }

  /** A call of this user has changed; where it calls this user, its devices ring, unless it is busy. Throws where that cannot be found out now. */
  async changed(view: CallView): Promise<Heard> {
    const step = await this.#meet(view);
    const busy = step === "busy";
    if (step === "news") {
      this.#learn(view);
      this.#notify(view);
    }
    return { online: this.#ports.online(), busy };
  }

  /** Calls this user is in, with its device; those of one device. */
  joined(device?: DeviceId): (Pointer & { readonly device: DeviceId })[] {
    const inCall = (pointer: Pointer): pointer is Pointer & { readonly device: DeviceId } =>
      pointer.standing === "joined" && pointer.device !== undefined && (device === undefined || pointer.device === device);
    return livePointers(this.#ports.pointers()).filter(inCall);
  }

  /** The device is in this call no longer. False: the call could not be told now. */
  async leave(call: string, device: DeviceId, kind: "leave" | "lost"): Promise<boolean> {
    const told = await this.ask({ call, event: { kind, user: this.#me, device } });
    return told.ok || isDefinite(told.error);
  }

  async #place(start: Placing): Promise<CallAnswer> {
    for (let placing = start; ; ) {
      const step = nextPlaceStep(this.#ports.pointers(), placing, this.#ports.now());
      if (step.kind === "refuse") return err(step.error);
      if (step.kind === "open") {
        if (step.pointer !== undefined) this.#save(withPointer(this.#recent(), step.pointer));
        return this.#follow(this.#heed(await this.#ports.open(placing.invitation)));
      }
      const answer = await this.ask(step.ask);
      if (answer.ok ? step.ask.event.kind === "accept" : !isDefinite(answer.error)) return answer;
      placing = placeAnswered(placing, step.ask);
    }
  }

  /** An invitation that has given way is answered with the call it became. */
  #follow(opened: CallAnswer): Promise<CallAnswer> | CallAnswer {
    const into = opened.ok ? opened.value.into : undefined;
    return into === undefined ? opened : this.ask({ call: into, event: { kind: "look" } });
  }

  async #meet(view: CallView): Promise<"busy" | "news" | "settled"> {
    for (let ringing: Ringing = { view, confirmed: [] }; ; ) {
      const step = nextRingStep(this.#ports.pointers(), ringing, this.#me);
      if (step.kind === "busy") return "busy";
      if (step.kind === "settled") return "settled";
      if (step.kind !== "ask") return "news";
      const answer = await this.ask(step.ask);
      if (!answer.ok && !isDefinite(answer.error)) throw new Error(`a call cannot be asked: ${answer.error.code}`);
      ringing = ringAnswered(ringing, step.ask, answer.ok);
    }
  }

  #heed(answer: CallAnswer): CallAnswer {
    if (answer.ok) this.#learn(answer.value);
    return answer;
  }

  #learn(view: CallView): void {
    this.#save(learn(this.#recent(), view, this.#me, this.#ports.now()));
  }

  #save(next: Pointers): void {
    if (next === this.#ports.pointers()) return;
    this.#ports.save(next);
    for (const call of this.#noticed.keys()) if (!next.has(call)) this.#noticed.delete(call);
  }

  #recent(): Pointers {
    return withoutOld(this.#ports.pointers(), this.#ports.now() - this.#ports.keptMs);
  }

  /** Never what is older than what is known here: nothing rings after its end. */
  #notify(view: CallView): void {
    const known = this.#ports.pointers().get(view.call);
    if (known === undefined || view.version < known.version || view.version <= (this.#noticed.get(view.call) ?? 0)) return;
    this.#noticed.set(view.call, view.version);
    this.#ports.notify(view);
  }
}

/** The call's own word, which will be the same next time. */
const isDefinite = ({ retry }: WireError): boolean => retry === "never";
