import { mayWrite } from "../../../domain/access/rights.ts";
import { type Invitation, isRung, memberOf } from "../../../domain/call/call-state.ts";
import { nextPlaceStep, type Placing, placeAnswered } from "../../../domain/call/place.ts";
import { forget, learn, livePointers, type Pointers, withoutOld, withPointer } from "../../../domain/call/pointers.ts";
import { type Ask, nextRingStep, type Ringing, ringAnswered } from "../../../domain/call/ring.ts";
import { offlineAt, type Sign } from "../../../domain/user/online-status.ts";
import { Turns } from "../../../domain/user/turns.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { CallView } from "../../../protocol/messages/call.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { timeScale } from "../../time-scale.ts";
import { within } from "../../within.ts";
import type { Heard } from "../call/teller.ts";
import type { CallAnswer } from "../call-object.ts";
import { callObject } from "../locate.ts";
import { classifyRpcError, pauseBeforeRetry } from "../shell/rpc.ts";
import { CallTable } from "./call-table.ts";
import type { Home } from "./home.ts";
import type { Asker } from "./route.ts";

export const CALLS_DEADLINE = "calls";
const RPC_ATTEMPTS = 3;
/** A vanished member whose call could not be told. */
const RETRY_MS = 2_000;

type View = Result<{ call: CallView }, WireError>;

/** A user's side of its calls: what rings here, who is busy, whose device has vanished. The calls themselves decide. */
export class CallDesk {
  readonly #home: Home;
  readonly #table: CallTable;
  readonly #turns = new Turns();
  readonly #scale: number;
  /** Versions the devices here were told of; a repeat after a crash does no harm. */
  readonly #noticed = new Map<string, number>();

  constructor(home: Home) {
    this.#home = home;
    this.#table = new CallTable(home.sql);
    this.#scale = timeScale(home.env);
  }

  get #pointers(): Pointers {
    return this.#table.pointers;
  }

  /** After a start: devices that went with the last life have their lease, then the calls they were in are told. */
  recover(): void {
    this.#watch();
  }

  // ---- what this user's devices ask for

  async invite(asker: Asker, input: InputOf<"call.invite">): Promise<View> {
    const to = [...new Set(input.to)];
    const refused = this.#refuseCallees(asker, to);
    if (refused !== undefined) return err(refused);
    const invitation: Invitation = {
      call: input.call,
      caller: this.#home.user,
      device: asker.session.device,
      to,
      content: input.content,
      channel: input.channel,
      exclusive: input.exclusive ?? true,
      reachMs: input.reachMs ?? TIMINGS.callReachMs * this.#scale,
      answerMs: input.answerMs ?? TIMINGS.callAnswerMs * this.#scale,
    };
    return this.#turns.take(input.call, () => this.#place({ invitation, confirmed: [], tried: [] }));
  }

  async add(asker: Asker, { call, to }: InputOf<"call.add">): Promise<View> {
    const refused = this.#refuseCallees(asker, to);
    return refused === undefined ? this.act({ call, event: { kind: "add", user: this.#home.user, to } }) : err(refused);
  }

  /** One after the other per call: what is said after an invitation comes after it. */
  act(ask: Ask): Promise<View> {
    return this.#turns.take(ask.call, () => this.#ask(ask));
  }

  /** Half an answer looks whole, so one call that cannot be asked fails all. */
  async list(known: readonly string[]): Promise<Result<CallView[], WireError>> {
    const calls = [...new Set([...livePointers(this.#pointers).map(({ call }) => call), ...known])];
    const answers = await eachBounded(calls, LIMITS.callsAtOnce, (call) => this.act({ call, event: { kind: "look" } }));
    const views: CallView[] = [];
    for (const answer of answers) {
      if (answer.ok) views.push(answer.value.call);
      else if (!isDefinite(answer.error)) return answer;
    }
    return ok(views.toSorted((a, b) => a.startedAt - b.startedAt));
  }

  // ---- what calls tell

  /** A call of this user has changed; where it calls this user, its devices ring, unless it is busy. Throws where that cannot be found out now. */
  async changed(view: CallView): Promise<Heard> {
    const { user, sessions } = this.#home;
    const step = await this.#meet(view);
    const member = memberOf(view, user);
    const settled = step === "known" && member !== undefined && isRung(member) && !this.#pointers.has(view.call);
    if (step !== "busy" && !settled) {
      this.#learn(view);
      this.#notify(view);
    }
    return { online: sessions.connected().size > 0, busy: step === "busy" };
  }

  // ---- devices that vanish

  /** The device has logged out, or was logged out: it is in no call any more. */
  gone(device: DeviceId): void {
    for (const { call } of this.#joined(device)) this.#home.ctx.waitUntil(this.#leave(call, device, "leave"));
  }

  /** The alarm's turn: devices that have been silent, or away, for the lease. */
  async due(): Promise<void> {
    const now = this.#home.now();
    for (const { call, device } of this.#joined()) {
      if (device !== undefined && this.#lastsUntil(device, now) === undefined) await this.#leave(call, device, "lost");
    }
    this.#watch();
  }

  #joined(device?: DeviceId) {
    return livePointers(this.#pointers).filter((pointer) => pointer.standing === "joined" && (device === undefined || pointer.device === device));
  }

  async #leave(call: string, device: DeviceId, kind: "leave" | "lost"): Promise<void> {
    const told = await this.act({ call, event: { kind, user: this.#home.user, device } });
    if (!told.ok && !isDefinite(told.error)) this.#home.deadlines.setNoLater(CALLS_DEADLINE, this.#home.now() + RETRY_MS);
  }

  /** An alarm stands only while this user is in a call. */
  #watch(): void {
    const now = this.#home.now();
    const joined = this.#joined();
    if (joined.length === 0) return this.#home.deadlines.clear(CALLS_DEADLINE);
    const ends = joined.map(({ device }) => (device === undefined ? now : (this.#lastsUntil(device, now) ?? now + RETRY_MS)));
    this.#home.deadlines.setNoLater(CALLS_DEADLINE, Math.min(...ends));
  }

  /** Undefined: it has vanished. */
  #lastsUntil(device: DeviceId, now: number): number | undefined {
    const { sessions, devices, times } = this.#home;
    const socket = sessions.socket(device);
    const session = socket === undefined ? undefined : sessions.of(socket);
    const record = devices.get(device);
    if (record === undefined) return undefined;
    const sign: Sign =
      socket === undefined || session === undefined
        ? { kind: "lost", lostAt: record.seenAt }
        : { kind: "connected", heardAt: sessions.heardAt(socket), keepAliveMs: session.keepAliveMs };
    return offlineAt([sign], now, times);
  }

  // ---- inside

  async #place(start: Placing): Promise<View> {
    let placing = start;
    for (;;) {
      const step = nextPlaceStep(this.#pointers, placing, this.#home.now());
      if (step.kind === "refuse") return err(step.error);
      if (step.kind === "open") {
        if (step.pointer !== undefined) this.#save(withPointer(withoutOld(this.#pointers, this.#home.now() - TIMINGS.callKeptMs * this.#scale), step.pointer));
        return this.#follow(await this.#open(placing.invitation));
      }
      const answer = await this.#turns.take(step.ask.call, () => this.#ask(step.ask));
      if (answer.ok && step.ask.event.kind === "accept") return answer;
      if (!answer.ok && !isDefinite(answer.error)) return answer;
      placing = placeAnswered(placing, step.ask);
    }
  }

  async #open(invitation: Invitation): Promise<View> {
    return this.#heed(invitation.call, await this.#rpc(invitation.call, (stub) => stub.open({ app: this.#home.app, invitation })));
  }

  /** An invitation that has given way is answered with the call it became. */
  async #follow(opened: View): Promise<View> {
    if (!opened.ok || opened.value.call.into === undefined) return opened;
    const { into } = opened.value.call;
    return this.#turns.take(into, () => this.#ask({ call: into, event: { kind: "look" } }));
  }

  async #meet(view: CallView): Promise<"busy" | "ring" | "known"> {
    let ringing: Ringing = { view, confirmed: [] };
    for (;;) {
      const step = nextRingStep(this.#pointers, ringing, this.#home.user);
      if (step.kind !== "ask") return step.kind;
      const answer = await this.act(step.ask);
      if (!answer.ok && !isDefinite(answer.error)) throw new Error(`a call cannot be asked: ${answer.error.code}`);
      ringing = ringAnswered(ringing, step.ask, answer.ok);
    }
  }

  async #ask({ call, event }: Ask): Promise<View> {
    const answer = await this.#rpc(call, (stub) => stub.ask(this.#home.user, event));
    // Whoever could not answer it looks what is there instead.
    if (event.kind !== "accept" && "error" in answer && answer.error.code === "not_found") this.#save(forget(this.#pointers, call, this.#home.now()));
    return this.#heed(call, answer);
  }

  #heed(_call: string, answer: CallAnswer): View {
    if ("error" in answer) return err(answer.error);
    this.#learn(answer.ok);
    return ok({ call: answer.ok });
  }

  #learn(view: CallView): void {
    this.#save(learn(this.#pointers, view, this.#home.user, this.#home.now()));
  }

  #save(next: Pointers): void {
    if (next === this.#pointers) return;
    this.#table.save(next);
    for (const call of this.#noticed.keys()) if (!next.has(call)) this.#noticed.delete(call);
    this.#watch();
  }

  #notify(view: CallView): void {
    const known = this.#pointers.get(view.call);
    if (known === undefined || view.version < known.version || view.version <= (this.#noticed.get(view.call) ?? 0)) return;
    this.#noticed.set(view.call, view.version);
    const frame = encodeFrame([{ type: "notice", name: "call.changed", call: view }]);
    for (const device of this.#home.sessions.connected()) this.#home.sessions.sendFrame(device, frame);
  }

  #refuseCallees({ record }: Asker, to: readonly string[]): WireError | undefined {
    if (to.includes(this.#home.user)) return wireError("bad_request", { field: "to", message: "to: nobody calls himself" });
    if (to.every((user) => mayWrite(record.rights, "users", user))) return undefined;
    return wireError("forbidden", { field: "to", message: "the token does not allow to write to this user" });
  }

  /** All of these may be repeated; each attempt goes over a fresh stub. */
  async #rpc(call: string, work: (stub: ReturnType<typeof callObject>) => Promise<CallAnswer>): Promise<CallAnswer> {
    const { env, app, where } = this.#home;
    for (let attempt = 1; ; attempt++) {
      try {
        return await within(TIMINGS.requestTimeoutMs * this.#scale, work(callObject(env, app, call, where)));
      } catch (error) {
        const failure = classifyRpcError(error);
        if (!failure.retry || attempt >= RPC_ATTEMPTS) return { error: failure.error };
        await pauseBeforeRetry(attempt);
      }
    }
  }
}

/** The call's own word, which will be the same next time. */
const isDefinite = ({ retry }: WireError): boolean => retry === "never";
