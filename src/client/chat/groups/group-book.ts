import type { UserId } from "../../../protocol/names.ts";
import type { ModulePort } from "../module-port.ts";
import { codeOf, handled } from "../port.ts";
import type { GroupInvitation, GroupNews, GroupState } from "./types.ts";

const GROUP = "group ";
const INVITATIONS = "group invitations";

/** A group is asked for again after this, if somebody still wants it: events say what changes meanwhile. */
const FRESH_MS = 10 * 60_000;
/** Invitations come from anybody: the oldest make room. */
const INVITATIONS_MAX = 100;
/** Groups that are asked for at the same time. */
const ASKED_AT_ONCE = 4;

interface Kept {
  readonly state: GroupState;
  readonly at: number;
}

/** What this device knows of groups: kept, and brought up to date by what is heard of them. */
export class GroupBook {
  readonly #port: ModulePort;
  readonly #known = new Map<UserId, Kept>();
  readonly #wanted = new Set<UserId>();
  #invitations: readonly GroupInvitation[];
  #due = false;
  /** How often a group ended, or was left. */
  #ends = 0;

  constructor(port: ModulePort) {
    this.#port = port;
    const engine = port.engine();
    const { values } = engine;
    for (const [name, value] of values) if (name.startsWith(GROUP) && name !== INVITATIONS) this.#known.set(name.slice(GROUP.length), value as Kept);
    this.#invitations = (values.get(INVITATIONS) as GroupInvitation[] | undefined) ?? [];
    port.on("group", (news) => this.#hear(news));
    port.on("conversation", ({ conversation: { type, id }, entry }) => {
      // Off the list: whatever was not heard of it, it may be that one is nothing in it any more.
      if (type === "group" && entry?.removed && this.of(id)?.role !== undefined) this.want([id], 0);
    });
    port.on("connected", ({ connected }) => {
      // What happened meanwhile nobody has said.
      if (!connected) return;
      this.want([...this.#known.keys()], 0);
      void handled(this.#askInvitations());
    });
    if (engine.connected) void handled(this.#askInvitations());
  }

  of(group: UserId): GroupState | undefined {
    return this.#known.get(group)?.state;
  }

  get invitations(): readonly GroupInvitation[] {
    return this.#invitations;
  }

  want(groups: readonly UserId[], freshMs = FRESH_MS): void {
    const now = Date.now();
    for (const group of groups) if (now - (this.#known.get(group)?.at ?? Number.NEGATIVE_INFINITY) >= freshMs) this.#wanted.add(group);
    if (this.#due || this.#wanted.size === 0) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      for (let asks = 0; asks < ASKED_AT_ONCE; asks++) void handled(this.#askWanted());
    });
  }

  async ask(group: UserId): Promise<GroupState> {
    const ends = this.#ends;
    try {
      const state = await this.#port.engine().call("group.get", { group });
      this.#learn(group, state);
      // An answer that was under way when this one ended tells of the time before.
      if (this.#ends !== ends) this.want([group], 0);
      return state;
    } catch (error) {
      if (codeOf(error) === "not_found" || codeOf(error) === "gone") this.#left(group);
      throw error;
    }
  }

  /** What was done is done, whether or not it can be read now. */
  async refresh(group: UserId): Promise<void> {
    await this.ask(group).catch(() => {});
  }

  answered(group: UserId): void {
    if (this.#invitations.some((one) => one.group === group))
      this.#invite(
        this.#invitations.filter((one) => one.group !== group),
        group,
      );
  }

  async #askWanted(): Promise<void> {
    while (this.#port.engine().connected) {
      const [group] = this.#wanted;
      if (group === undefined) return;
      this.#wanted.delete(group);
      await this.refresh(group);
    }
  }

  /** What came while this device was away. What changes meanwhile is heard, or asked about once more. */
  async #askInvitations(): Promise<void> {
    const before = this.#invitations;
    const { invitations } = await this.#port.engine().call("group.invitations", {});
    if (this.#invitations !== before) return this.#askInvitations();
    const named = (some: readonly GroupInvitation[]): string => JSON.stringify(some.map(({ group, by, reason }) => [group, by, reason]).sort());
    if (named(invitations) === named(before)) return;
    this.#invitations = invitations.slice(0, INVITATIONS_MAX);
    const groups = new Set([...before, ...invitations].map(({ group }) => group));
    await this.#port.engine().keep(INVITATIONS, this.#invitations);
    this.#port.emit("groups", { groups: [...groups] });
  }

  #hear({ group, event, at = Date.now() }: GroupNews): void {
    const { user } = this.#port;
    const state = this.of(group);
    switch (event.kind) {
      case "invited":
        if (event.user !== user) return;
        return this.#invite([{ group, by: event.by, reason: event.reason, at }, ...this.#invitations.filter((one) => one.group !== group)], group);
      case "dismissed":
        this.answered(group);
        return this.#left(group);
      case "removed":
        return event.users.includes(user) ? this.#left(group) : undefined;
      case "added":
      case "applicationAccepted":
        this.answered(group);
        return this.want([group], 0);
      case "joined":
      case "left":
        if (event.users.includes(user)) return event.kind === "left" ? this.#left(group) : this.want([group], 0);
        return state && this.#learn(group, { ...state, members: event.count });
      case "updated":
        return state && this.#learn(group, { ...state, details: Object.assign({}, state.details, event.changed) });
      case "ownerChanged":
      case "appointed":
      case "deposed":
        return this.want([group], 0);
      case "listed":
      case "unlisted":
        return event.users.includes(user) ? this.want([group], 0) : undefined;
    }
  }

  #learn(group: UserId, state: GroupState): void {
    this.#known.set(group, { state, at: Date.now() });
    this.#told(group, GROUP + group, this.#known.get(group));
  }

  /** What was said in it stays here; one is nothing in it any more. */
  #left(group: UserId): void {
    this.#ends += 1;
    const state = this.of(group);
    if (state?.role === undefined) return;
    const { role: _, ...rest } = state;
    this.#learn(group, rest);
  }

  #invite(invitations: readonly GroupInvitation[], group: UserId): void {
    this.#invitations = invitations.slice(0, INVITATIONS_MAX);
    this.#told(group, INVITATIONS, this.#invitations);
  }

  #told(group: UserId, name: string, value: unknown): void {
    void handled(this.#port.engine().keep(name, value));
    this.#port.emit("groups", { groups: [group] });
  }
}
