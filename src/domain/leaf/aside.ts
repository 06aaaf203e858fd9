import type { Presence } from "../channel/members.ts";
import { type FanOutPlan, leavesInUse, leavesOf } from "../channel/relay-plan.ts";
import { type ChildName, type Children, childOf } from "./children.ts";
import type { HubPorts } from "./hub-ports.ts";
import { type Control, EVERYBODY, type Push } from "./messages.ts";

/** How long a caller waits until leaves have closed a socket, and a word for some is tried. */
const ASIDE_MS = 2_000;
const ASIDE_RETRY_MS = 100;

export interface AsideParts<Settings> {
  readonly ports: Pick<HubPorts<Settings>, "call" | "now" | "pause" | "random" | "background">;
  readonly children: Children<Settings>;
  readonly plan: () => FanOutPlan;
  readonly membersOf: (user: string) => readonly Presence[];
  /** What every call of the hub says. */
  readonly about: () => Pick<Push<Settings>, "plan" | "life" | "epoch" | "members">;
}

/** What a hub tells leaves past the stream, and past their relays: whose sockets are to be closed, and words for some. */
export class Aside<Settings> {
  readonly #parts: AsideParts<Settings>;

  constructor(parts: AsideParts<Settings>) {
    this.#parts = parts;
  }

  /** Ends subscriptions on leaves. Whether those that may hold them have closed them; false: one does not answer in time. */
  async control(control: Control): Promise<boolean> {
    const { children, ports } = this.#parts;
    const leaves = this.#mayHold(control.user);
    const plan = this.#parts.plan();
    const names = new Set<ChildName>([...leaves].map((leaf) => childOf(leaf, plan)));
    let waits = true;
    const told = [children.control(control, [...names])];
    // A relay answers before its leaves have heard of it.
    if (plan.relays > 0) told.push(...[...leaves].map((leaf) => this.#tell(leaf, { controls: [control] }, () => waits)));
    const inTime = await Promise.race([Promise.all(told).then((reached) => !reached.includes(false)), ports.pause(ASIDE_MS).then(() => false)]);
    waits = false;
    return inTime;
  }

  /** A notice for members of leaves; who cannot be reached in that time does not get it. */
  say(members: readonly Pick<Presence, "user" | "leaf">[], notice: string): void {
    const { plan, ports } = this.#parts;
    const users = new Map<number, Set<string>>();
    for (const { user, leaf } of members) {
      // Also where it may have moved to.
      for (const each of new Set([...(leaf === undefined ? [] : [leaf]), ...leavesOf(user, plan(), ports.now())])) {
        users.set(each, (users.get(each) ?? new Set()).add(user));
      }
    }
    let waits = true;
    const said = [...users].map(([leaf, some]) => this.#tell(leaf, { controls: [], sayings: [{ users: [...some], notice }] }, () => waits));
    const ended = Promise.race([Promise.all(said), ports.pause(ASIDE_MS)]).then(() => {
      waits = false;
    });
    ports.background(ended);
  }

  #mayHold(user: string): Set<number> {
    const { membersOf, plan, ports } = this.#parts;
    if (user === EVERYBODY) return new Set(Array.from({ length: leavesInUse(plan(), ports.now()) }, (_, leaf) => leaf));
    const leaves = new Set(leavesOf(user, plan(), ports.now()));
    for (const { leaf } of membersOf(user)) if (leaf !== undefined) leaves.add(leaf);
    return leaves;
  }

  async #tell(leaf: number, what: Pick<Push, "controls" | "sayings">, isWanted: () => boolean): Promise<boolean> {
    const { about, children, ports } = this.#parts;
    const { head } = children;
    const push = { ...about(), after: head, upTo: head, sure: false, reset: false, parts: [], ...what, roll: [], aside: true };
    for (let pauseMs = ASIDE_RETRY_MS; isWanted(); pauseMs *= 2) {
      try {
        await ports.call(String(leaf), push);
        return true;
      } catch {
        await ports.pause(ports.random() * pauseMs);
      }
    }
    return false;
  }
}
