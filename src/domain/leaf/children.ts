import { type FanOutPlan, relayOf } from "../channel/relay-plan.ts";
import type { ChannelState, Control, PageText, Part, Push, PushAnswer } from "./messages.ts";
import { Parts } from "./parts.ts";

export interface ChildrenPorts<Settings> {
  /** One call to a child. A call that fails may have been carried out. */
  call(child: ChildName, push: Push<Settings>): Promise<PushAnswer>;
  /** Everything after `seq`, from the log; undefined where it is not all there. */
  pagesAfter(seq: number): PageText[] | undefined | Promise<PageText[] | undefined>;
  /** What a child's new life has to know. */
  state(): ChannelState<Settings> | undefined;
  members(): number;
  /** News of a child, with every answer. Leaves of which it does not have the whole list are returned. */
  heard(child: ChildName, answer: PushAnswer): readonly number[];
  /** A child that cannot be reached for so long that its members have to be taken for lost. */
  unreachable(child: ChildName): void;
  background(work: Promise<void>): void;
  pause(ms: number): Promise<void>;
  random(): number;
}

/** A leaf by its number, a relay by `r` and its number. */
export type ChildName = string;

/** Whom the hub calls for a leaf. */
export const childOf = (leaf: number, { relays }: FanOutPlan): ChildName => (relays > 0 ? `r${relayOf(leaf, relays)}` : String(leaf));

interface Child {
  readonly name: ChildName;
  /** The last part it has. */
  no: number;
  /** Where it stands; undefined: it has not said yet. */
  seq: number | undefined;
  life: string | undefined;
  version: number;
  /** Whether it, and all below it, have confirmed what they have. */
  settled: boolean;
  controls: { readonly control: Control; readonly told: (reached: boolean) => void }[];
  roll: readonly number[];
  busy: boolean;
  failures: number;
}

export interface ChildrenCounters {
  calls: number;
  failedCalls: number;
  parts: number;
  bytes: number;
  resends: number;
  resets: number;
}

/** A call carries about so much: a leaf sends all of it as one frame. */
const CALL_BYTES = 256 * 1024;
const CALL_CONTROLS = 1024;
const RETRY_MS = 50;
const RETRY_MAX_MS = 2_000;
/** With pauses that double: some ten seconds. */
const FAILURES_MAX = 9;

/**
 * The children of a hub or relay: one call in flight to each, with everything that came since its last answer. A child says
 * with every answer where it stands, and the next call starts there: what got lost, what came twice and who has forgotten
 * everything need no cases of their own.
 */
export class Children<Settings = unknown> {
  readonly counters: ChildrenCounters = { calls: 0, failedCalls: 0, parts: 0, bytes: 0, resends: 0, resets: 0 };
  readonly #ports: ChildrenPorts<Settings>;
  readonly #children = new Map<ChildName, Child>();
  readonly #parts = new Parts();
  #life: string;
  #plan: FanOutPlan;
  #epoch: string;
  #head: number;

  constructor(ports: ChildrenPorts<Settings>, at: { readonly life: string; readonly plan: FanOutPlan; readonly epoch: string; readonly head: number }) {
    this.#ports = ports;
    this.#life = at.life;
    this.#plan = at.plan;
    this.#epoch = at.epoch;
    this.#head = at.head;
  }

  get size(): number {
    return this.#children.size;
  }

  get lastNo(): number {
    return this.#parts.lastNo;
  }

  get head(): number {
    return this.#head;
  }

  /** Whether every child has confirmed everything. */
  get settled(): boolean {
    return [...this.#children.values()].every((child) => !this.#needs(child) && child.settled);
  }

  /** Where a child stood last. */
  standOf(name: ChildName): number | undefined {
    return this.#children.get(name)?.seq;
  }

  /** Exactly these are children from now on. Nobody is called yet. */
  follow(plan: FanOutPlan, names: readonly ChildName[]): void {
    this.#plan = plan;
    const wanted = new Set(names);
    for (const [name, child] of this.#children) {
      if (wanted.has(name)) continue;
      this.#children.delete(name);
      // Nobody is there any more.
      for (const { told } of child.controls) told(true);
    }
    for (const name of wanted) {
      if (!this.#children.has(name)) this.#children.set(name, newChild(name));
    }
  }

  /** Another life of the hub, or another epoch of its stream: numbers begin anew. */
  restart(life: string, epoch: string, head: number): void {
    this.#life = life;
    this.#epoch = epoch;
    this.#head = head;
    this.#parts.clear();
    for (const child of this.#children.values()) {
      child.no = 0;
      child.seq = undefined;
    }
  }

  push(page: PageText | undefined, notices: readonly string[], skipped: number): void {
    this.#parts.add(page, notices, skipped);
    this.#moved(page);
  }

  /** A part that the hub has numbered. */
  pass(part: Part): void {
    this.#parts.take(part);
    this.#moved(part.page);
  }

  /** The stream stands there, whatever was passed. */
  advance(head: number): void {
    this.#head = Math.max(this.#head, head);
  }

  /** Resolves when these children have it, or cannot be reached: whether all could be. */
  control(control: Control, names: readonly ChildName[]): Promise<boolean> {
    const told = names.flatMap((name) => {
      const child = this.#children.get(name);
      if (child === undefined) return [];
      const done = new Promise<boolean>((resolve) => child.controls.push({ control, told: resolve }));
      this.#kick(child);
      return [done];
    });
    return Promise.all(told).then((reached) => !reached.includes(false));
  }

  /** Asks for the whole list of a leaf's members. */
  wantRoll(name: ChildName, leaves: readonly number[]): void {
    const child = this.#children.get(name);
    if (child === undefined) return;
    child.roll = [...new Set([...child.roll, ...leaves])];
    this.#kick(child);
  }

  /** Calls also those whose own children had not confirmed everything when they said so. */
  sync(): void {
    for (const child of this.#children.values()) if (!child.settled) child.version = 0;
    this.tell();
  }

  /** Calls whoever has not confirmed what there is; also those that were given up. */
  tell(): void {
    for (const child of this.#children.values()) this.#kick(child);
  }

  #moved(page: PageText | undefined): void {
    if (page !== undefined) this.#head = page.last;
    this.tell();
  }

  #needs(child: Child): boolean {
    return (
      child.no < this.#parts.lastNo ||
      child.seq === undefined ||
      child.seq < this.#head ||
      child.controls.length > 0 ||
      child.roll.length > 0 ||
      child.life === undefined ||
      child.version < this.#plan.version
    );
  }

  #kick(child: Child): void {
    if (child.busy || !this.#needs(child)) return;
    child.busy = true;
    this.#ports.background(this.#drain(child));
  }

  async #drain(child: Child): Promise<void> {
    // After the turn that has something to say: what else it says goes in the same call.
    await Promise.resolve();
    while (this.#children.get(child.name) === child && this.#needs(child)) {
      const before = standing(child);
      if (await this.#call(child)) {
        // One that answers and does not move is no better than one that does not answer.
        if (standing(child) !== before || !this.#needs(child)) child.failures = 0;
        else child.failures += 1;
      } else child.failures += 1;
      if (child.failures > FAILURES_MAX) {
        this.#giveUp(child);
        break;
      }
      if (child.failures > 0) await this.#ports.pause(this.#ports.random() * Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** child.failures));
    }
    child.busy = false;
  }

  async #call(child: Child): Promise<boolean> {
    this.counters.calls += 1;
    try {
      const { push, told } = await this.#compose(child);
      const answer = await this.#ports.call(child.name, push);
      for (const done of told) done(true);
      child.controls.splice(0, told.length);
      this.#answered(child, push, answer);
      return true;
    } catch {
      this.counters.failedCalls += 1;
      return false;
    }
  }

  async #compose(child: Child): Promise<{ push: Push<Settings>; told: ((reached: boolean) => void)[] }> {
    const { after, parts, reset } = await this.#following(child);
    const controls = child.controls.slice(0, CALL_CONTROLS);
    this.counters.parts += parts.length;
    const upTo = parts.findLast(({ page }) => page !== undefined)?.page?.last ?? after;
    // A plan moves users to leaves that were not told what had been taken from them.
    const state = child.life === undefined || child.version < this.#plan.version ? this.#ports.state() : undefined;
    return {
      push: {
        plan: this.#plan,
        life: this.#life,
        epoch: this.#epoch,
        after,
        upTo,
        sure: child.seq !== undefined && !reset,
        reset,
        parts,
        controls: controls.map(({ control }) => control),
        ...(state !== undefined && { state }),
        roll: child.roll,
        members: this.#ports.members(),
      },
      told: controls.map(({ told }) => told),
    };
  }

  async #following(child: Child): Promise<{ after: number; parts: Part[]; reset: boolean }> {
    // Nobody knows where it stands: it is offered what is here, and says.
    if (child.seq === undefined) {
      const here = this.#parts.after(child.no, Number.POSITIVE_INFINITY) ?? [];
      const parts = this.#fitting(here);
      const first = parts.find(({ page }) => page !== undefined)?.page;
      return { after: first === undefined ? this.#head : first.first - 1, parts, reset: false };
    }
    const kept = this.#parts.after(child.no, child.seq);
    if (kept !== undefined && (kept.some(({ page }) => page !== undefined) || child.seq === this.#head))
      return { after: child.seq, parts: this.#fitting(kept), reset: false };
    this.counters.resends += 1;
    const no = this.#parts.lastNo;
    const notices = this.#parts.noticesAfter(child.no);
    const pages = await this.#ports.pagesAfter(child.seq);
    if (pages !== undefined) {
      const parts = pages.map((page): Part => ({ no: child.no, page, notices: [] }));
      return { after: child.seq, parts: this.#fitting([...parts, { no, notices }]), reset: false };
    }
    this.counters.resets += 1;
    return { after: this.#head, parts: [{ no, notices }], reset: true };
  }

  /** As many as a call carries; one at least. */
  #fitting(parts: readonly Part[]): Part[] {
    let bytes = 0;
    const fitting: Part[] = [];
    for (const part of parts) {
      bytes += part.page?.bytes ?? 0;
      if (fitting.length > 0 && bytes > CALL_BYTES) break;
      fitting.push(part);
      this.counters.bytes += part.page?.bytes ?? 0;
    }
    return fitting;
  }

  #answered(child: Child, push: Push<Settings>, answer: PushAnswer): void {
    // Of a life that has ended meanwhile.
    if (push.life !== this.#life || push.epoch !== this.#epoch) return;
    const known = child.life === answer.life;
    child.life = known || push.state !== undefined ? answer.life : undefined;
    child.version = answer.version;
    child.settled = answer.settled;
    child.seq = answer.epoch === this.#epoch ? answer.seq : undefined;
    child.no = Math.max(child.no, answer.no);
    child.roll = child.roll.filter((leaf) => !push.roll.includes(leaf));
    const unknown = this.#ports.heard(child.name, answer);
    if (unknown.length > 0) child.roll = [...new Set([...child.roll, ...unknown])];
  }

  /** Its members come back, and it registers anew; or the next call reaches it. */
  #giveUp(child: Child): void {
    for (const { told } of child.controls.splice(0)) told(false);
    child.failures = 0;
    child.life = undefined;
    child.seq = undefined;
    child.no = this.#parts.lastNo;
    this.#ports.unreachable(child.name);
  }
}

const standing = ({ no, seq, life, version, controls, roll }: Child): string => [no, seq, life, version, controls.length, roll.length].join();

const newChild = (name: ChildName): Child => ({
  name,
  no: 0,
  seq: undefined,
  life: undefined,
  version: 0,
  settled: false,
  controls: [],
  roll: [],
  busy: false,
  failures: 0,
});
