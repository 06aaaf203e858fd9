import { mayWrite } from "../../../domain/access/rights.ts";
import { type CallAnswer, CallBook } from "../../../domain/call/book.ts";
import type { Invitation } from "../../../domain/call/call-state.ts";
import type { Ask } from "../../../domain/call/ring.ts";
import type { Heard } from "../../../domain/call/teller.ts";
import { offlineAt } from "../../../domain/user/online-status.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { TIMINGS } from "../../../protocol/limits.ts";
import type { CallView } from "../../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { err, type Result } from "../../../util/result.ts";
import { timeScale } from "../../time-scale.ts";
import { within } from "../../within.ts";
import { callObject } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import { CallTable } from "./call-table.ts";
import type { Home } from "./home.ts";
import type { Asker } from "./route.ts";

export const CALLS_DEADLINE = "calls";

/** A user's calls: takes what its devices ask for to the calls, and watches the devices that are in one. What happens is decided in `CallBook`. */
export class CallDesk {
  readonly #home: Home;
  readonly #table: CallTable;
  readonly #book: CallBook;
  readonly #scale: number;

  constructor(home: Home) {
    this.#home = home;
    this.#scale = timeScale(home.env);
    this.#table = new CallTable(home.tables);
    this.#book = new CallBook(home.user, {
      keptMs: TIMINGS.callKeptMs * this.#scale,
      now: () => home.now(),
      pointers: () => this.#table.pointers,
      save: (pointers) => {
        this.#table.save(pointers);
        this.#watch();
      },
      open: (invitation) => this.#call(invitation.call, (stub) => stub.open({ app: home.app, hook: this.#hook(), invitation })),
      ask: ({ call, event }) => this.#call(call, (stub) => stub.ask(home.user, event)),
      notify: (view) => this.#notify(view),
      online: () => home.sessions.connected().size > 0,
    });
  }

  /** After a start: devices that went with the last life have their lease, then the calls they were in hear of it. */
  recover(): void {
    this.#watch();
  }

  async invite({ session, record }: Asker, input: InputOf<"call.invite">): Promise<CallAnswer> {
    const to = [...new Set(input.to)];
    const refused = this.#refuseCallees(record, to);
    if (refused !== undefined) return err(refused);
    const { call, content, channel, exclusive = true } = input;
    const { reachMs = TIMINGS.callReachMs * this.#scale, answerMs = TIMINGS.callAnswerMs * this.#scale } = input;
    const invitation: Invitation = { call, caller: this.#home.user, device: session.device, to, content, channel, exclusive, reachMs, answerMs };
    return this.#book.invite(invitation);
  }

  async add({ record }: Asker, { call, to }: InputOf<"call.add">): Promise<CallAnswer> {
    const refused = this.#refuseCallees(record, to);
    return refused === undefined ? this.#book.ask({ call, event: { kind: "add", user: this.#home.user, to } }) : err(refused);
  }

  ask(ask: Ask): Promise<CallAnswer> {
    return this.#book.ask(ask);
  }

  list(known: readonly string[]): Promise<Result<CallView[], WireError>> {
    return this.#book.list(known);
  }

  /** From a call: it has changed. */
  changed(view: CallView): Promise<Heard> {
    return this.#book.changed(view);
  }

  /** A device's socket is gone: its lease begins, which may end before the silence would have. */
  lost(): void {
    this.#watch();
  }

  /** The device was logged out: it is in no call any more. */
  gone(device: DeviceId): void {
    for (const { call } of this.#book.joined(device)) this.#home.ctx.waitUntil(this.#leave(call, device, "leave"));
  }

  /** The alarm's turn: devices that have been silent, or away, for the lease. */
  async due(): Promise<void> {
    const vanished = this.#book.joined().filter(({ device }) => this.#lastsUntil(device) === undefined);
    await Promise.all(vanished.map(({ call, device }) => this.#leave(call, device, "lost")));
    this.#watch();
  }

  async #leave(call: string, device: DeviceId, kind: "leave" | "lost"): Promise<void> {
    if (!(await this.#book.leave(call, device, kind))) this.#home.deadlines.setNoLater(CALLS_DEADLINE, this.#home.now() + this.#retryMs);
  }

  /** An alarm stands only while this user is in a call. */
  #watch(): void {
    const joined = this.#book.joined();
    if (joined.length === 0) return this.#home.deadlines.clear(CALLS_DEADLINE);
    const ends = joined.map(({ device }) => this.#lastsUntil(device) ?? this.#home.now() + this.#retryMs);
    this.#home.deadlines.setNoLater(CALLS_DEADLINE, Math.min(...ends));
  }

  /** Undefined: it has vanished. */
  #lastsUntil(device: DeviceId): number | undefined {
    const record = this.#home.devices.get(device);
    return record === undefined ? undefined : offlineAt([this.#home.signOf(record)], this.#home.now(), this.#home.times);
  }

  #notify(view: CallView): void {
    const frame = encodeFrame([{ type: "notice", name: "call.changed", call: view }]);
    for (const device of this.#home.sessions.connected()) this.#home.sessions.sendFrame(device, frame);
  }

  #hook(): { url: string; secret: string } | undefined {
    const { pushHookUrl, pushHookSecret } = this.#home.settings;
    return !pushHookUrl || pushHookSecret === undefined ? undefined : { url: pushHookUrl, secret: pushHookSecret };
  }

  #refuseCallees({ rights }: Asker["record"], to: readonly UserId[]): WireError | undefined {
    if (to.includes(this.#home.user)) return wireError("bad_request", { field: "to", message: "to: nobody calls oneself" });
    if (to.every((user) => mayWrite(rights, "users", user))) return undefined;
    return wireError("forbidden", { field: "to", message: "the token does not allow to write to this user" });
  }

  get #retryMs(): number {
    return TIMINGS.callTellMs * this.#scale;
  }

  /** All of these may be repeated. */
  async #call(call: string, work: (stub: ReturnType<typeof callObject>) => Promise<CallAnswer>): Promise<CallAnswer> {
    const { env, app, where } = this.#home;
    const called = await callRepeatedly(() => within(TIMINGS.requestTimeoutMs * this.#scale, work(callObject(env, app, call, where))));
    return called.ok ? called.value : called;
  }
}
