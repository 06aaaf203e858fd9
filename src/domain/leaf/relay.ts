import type { Position } from "../../protocol/messages/session.ts";
import { type FanOutPlan, leavesInUse, leavesOf, NO_LEAVES, relayOf } from "../channel/relay-plan.ts";
import { mergeRevocations } from "../channel/revocations.ts";
import { Children } from "./children.ts";
import { type ChannelState, EVERYBODY, type LeafState, type Missed, type PageText, type Push, type PushAnswer } from "./messages.ts";
import { Tail } from "./tail.ts";

export interface RelayPorts<Settings> {
  now(): number;
  random(): number;
  call(leaf: string, push: Push<Settings>): Promise<PushAnswer>;
  missed(position: Position): Promise<Missed>;
  background(work: Promise<void>): void;
  pause(ms: number): Promise<void>;
}

/** Between a hub and its share of the leaves: hands on what it is handed, and says what they say. It holds no sockets and writes nothing. */
export class Relay<Settings = unknown> {
  readonly #index: number;
  readonly #life: string;
  readonly #ports: RelayPorts<Settings>;
  #children: Children<Settings> | undefined;
  #plan: FanOutPlan = NO_LEAVES;
  #hub: { readonly life: string; no: number } | undefined;
  #at: Position | undefined;
  #tail = new Tail(0);
  #state: ChannelState<Settings> | undefined;
  #members = 0;
  readonly #leaves = new Map<number, LeafState>();

  constructor(index: number, life: string, ports: RelayPorts<Settings>) {
    this.#index = index;
    this.#life = life;
    this.#ports = ports;
  }

  get counters(): Children["counters"] | undefined {
    return this.#children?.counters;
  }

  receive(push: Push<Settings>): PushAnswer {
    if (push.plan.version < this.#plan.version) return this.#answer();
    this.#members = push.members;
    if (push.state !== undefined) this.#state = push.state;
    this.#stand(push);
    const children = this.#childrenOf(push);
    const newer = push.plan.version > this.#plan.version;
    this.#plan = push.plan;
    const own = this.#ownLeaves();
    // Also when those that were being left are empty by now.
    if (newer || own.length !== children.size) {
      for (const leaf of this.#leaves.keys()) if (!own.includes(leaf)) this.#leaves.delete(leaf);
      children.follow(push.plan, own.map(String));
    }
    this.#pass(push, children);
    for (const control of push.controls) {
      const { user, device, generation, refuseUntil } = control;
      if (refuseUntil !== undefined && this.#state !== undefined) {
        const revocations = mergeRevocations(this.#state.revocations, [{ user, device, generation, until: refuseUntil }], this.#ports.now());
        this.#state = { ...this.#state, revocations };
      }
      const leaves = user === EVERYBODY ? own : leavesOf(user, this.#plan, this.#ports.now());
      this.#ports.background(children.control(control, leaves.map(String)).then(() => undefined));
    }
    for (const leaf of push.roll) children.wantRoll(String(leaf), [leaf]);
    children.tell();
    return this.#answer();
  }

  #childrenOf({ life, plan, epoch }: Push<Settings>): Children<Settings> {
    const head = this.#at?.seq ?? 0;
    if (this.#children === undefined) {
      const { call, background, pause, random } = this.#ports;
      this.#children = new Children<Settings>(
        {
          call: (leaf, push) => call.call(this.#ports, leaf, push),
          pagesAfter: (seq) => this.#pagesAfter(seq),
          state: () => this.#state,
          members: () => this.#members,
          heard: (_leaf, answer) => {
            for (const state of answer.leaves) this.#leaves.set(state.leaf, state);
            return [];
          },
          unreachable: (leaf) => {
            const known = this.#leaves.get(Number(leaf));
            if (known !== undefined) this.#leaves.set(known.leaf, { ...known, sockets: 0, gone: true });
          },
          background: (work) => background.call(this.#ports, work),
          pause: (ms) => pause.call(this.#ports, ms),
          random: () => random.call(this.#ports),
        },
        { life, plan, epoch, head },
      );
      this.#hub = { life, no: 0 };
    } else if (this.#hub?.life !== life) {
      this.#hub = { life, no: 0 };
      this.#children.restart(life, epoch, head);
    }
    return this.#children;
  }

  /** Where the relay stands, before what the call brings. */
  #stand({ epoch, after, reset }: Push<Settings>): void {
    if (this.#at !== undefined && this.#at.epoch === epoch && !(reset && after > this.#at.seq)) return;
    this.#at = { epoch, seq: after };
    this.#tail = new Tail(after);
    if (this.#hub !== undefined) this.#children?.restart(this.#hub.life, epoch, after);
  }

  #pass({ parts, after }: Push<Settings>, children: Children<Settings>): void {
    const at = this.#at;
    const hub = this.#hub;
    if (at === undefined || hub === undefined || after > at.seq) return;
    for (const part of parts) {
      const page = part.page !== undefined && part.page.last > (this.#at?.seq ?? 0) ? part.page : undefined;
      const isFresh = part.no > hub.no;
      const notices = isFresh ? part.notices : [];
      hub.no = Math.max(hub.no, part.no);
      if (page === undefined && notices.length === 0) continue;
      if (page !== undefined) {
        this.#tail.add(page);
        this.#at = { epoch: at.epoch, seq: page.last };
      }
      children.pass({ no: part.no, page, notices, skipped: isFresh ? part.skipped : undefined });
    }
  }

  #ownLeaves(): number[] {
    const leaves = Array.from({ length: leavesInUse(this.#plan, this.#ports.now()) }, (_, leaf) => leaf);
    return this.#plan.relays === 0 ? [] : leaves.filter((leaf) => relayOf(leaf, this.#plan.relays) === this.#index);
  }

  async #pagesAfter(seq: number): Promise<PageText[] | undefined> {
    if (this.#tail.reaches(seq)) return this.#tail.after(seq);
    const at = this.#at;
    if (at === undefined) return undefined;
    const missed = await this.#ports.missed({ epoch: at.epoch, seq });
    return "pages" in missed && missed.epoch === at.epoch ? missed.pages.filter((page) => page.last <= (this.#at?.seq ?? 0)) : undefined;
  }

  #answer(): PushAnswer {
    return {
      life: this.#life,
      epoch: this.#at?.epoch ?? "",
      seq: this.#at?.seq ?? 0,
      no: this.#hub?.no ?? 0,
      settled: this.#children?.settled ?? true,
      version: this.#plan.version,
      leaves: [...this.#leaves.values()],
    };
  }
}
