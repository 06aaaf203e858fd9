import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { ModulePort } from "../module-port.ts";
import { handled } from "../port.ts";
import type { GroupNews } from "./types.ts";

export type MemberAttributes = Readonly<Record<string, string>>;

const ATTRIBUTES = "attributes ";
/** Asked for again after this, if somebody still wants them: events say what changes meanwhile. */
const FRESH_MS = 10 * 60_000;
/** Members of one group that this device remembers: those it has heard of last. */
const MEMBERS_MAX = 500;

interface Kept {
  readonly attributes: MemberAttributes;
  readonly at: number;
}

/** What this device knows of members' attributes in groups: kept, and brought up to date by what is heard of them. */
export class AttributeBook {
  readonly #port: ModulePort;
  readonly #groups = new Map<UserId, Map<UserId, Kept>>();
  readonly #wanted = new Map<UserId, Set<UserId>>();
  #due = false;

  constructor(port: ModulePort) {
    this.#port = port;
    for (const [name, value] of port.engine().values)
      if (name.startsWith(ATTRIBUTES)) this.#groups.set(name.slice(ATTRIBUTES.length), new Map(value as [UserId, Kept][]));
    port.on("group", (news) => this.#hear(news));
  }

  of(group: UserId, user: UserId): MemberAttributes | undefined {
    return this.#groups.get(group)?.get(user)?.attributes;
  }

  want(group: UserId, users: readonly UserId[]): void {
    const known = this.#groups.get(group);
    const now = Date.now();
    const wanted = this.#wanted.get(group) ?? new Set();
    for (const user of users) if (now - (known?.get(user)?.at ?? Number.NEGATIVE_INFINITY) >= FRESH_MS) wanted.add(user);
    if (wanted.size === 0) return;
    this.#wanted.set(group, wanted);
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      void handled(this.#askWanted());
    });
  }

  /** Asks for these, ten in a call. Who is no member is not among them. */
  async ask(group: UserId, users: readonly UserId[]): Promise<Map<UserId, MemberAttributes>> {
    const all = new Map<UserId, MemberAttributes>();
    for (let at = 0; at < users.length; at += GROUP_LIMITS.attributeUsers) {
      const asked = users.slice(at, at + GROUP_LIMITS.attributeUsers);
      const { members } = await this.#port.engine().call("group.member-attributes", { group, users: [...asked] });
      for (const { user, attributes } of members) all.set(user, attributes);
      this.learn(group, new Map(asked.map((user) => [user, all.get(user) ?? {}])));
    }
    return all;
  }

  learn(group: UserId, members: ReadonlyMap<UserId, MemberAttributes>): void {
    const known = this.#groups.get(group) ?? new Map<UserId, Kept>();
    const at = Date.now();
    let changed = false;
    for (const [user, attributes] of members) {
      changed ||= JSON.stringify(known.get(user)?.attributes) !== JSON.stringify(attributes);
      // Behind the others: the first are those that make room.
      known.delete(user);
      known.set(user, { attributes, at });
    }
    for (const [user] of known) {
      if (known.size <= MEMBERS_MAX) break;
      known.delete(user);
    }
    this.#groups.set(group, known);
    if (!changed) return;
    // Who has none has nothing to be kept.
    void handled(
      this.#port.engine().keep(
        ATTRIBUTES + group,
        [...known].filter(([, { attributes }]) => Object.keys(attributes).length > 0),
      ),
    );
    this.#port.emit("groups", { groups: [group] });
  }

  async #askWanted(): Promise<void> {
    while (this.#port.engine().connected) {
      const [next] = this.#wanted;
      if (next === undefined) return;
      const [group, users] = next;
      this.#wanted.delete(group);
      // Who is in no such group any more hears so by other ways.
      await this.ask(group, [...users]).catch(() => {});
    }
  }

  #hear({ group, event }: GroupNews): void {
    if (event.kind !== "attributesChanged") return;
    const before = this.of(group, event.user);
    // What the others were nobody has said.
    if (before === undefined) return;
    const after = Object.entries({ ...before, ...event.attributes }).filter(([, value]) => value !== "");
    this.learn(group, new Map([[event.user, Object.fromEntries(after)]]));
  }
}
