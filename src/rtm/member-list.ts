import { LIMITS } from "../protocol/limits.ts";

export interface MembersChange {
  readonly came: boolean;
  readonly users: readonly string[];
}

/**
 * Who is in a channel, as a program knows it that has asked: its answer, and every change told since. What it missed while the
 * link was lost is the difference to a list read afterwards. A program that has never asked has no list that could be wrong, and
 * costs nothing.
 */
export class MemberList {
  #known: Set<string> | undefined;
  /** What was told while a list is on its way, for each that is. */
  readonly #meanwhile = new Set<MembersChange[]>();
  /** Whom a list had before the channel's own word of it. */
  readonly #ahead = new Map<string, boolean>();

  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  /** Whom the program has not been told of already. */
  hear({ came, users }: MembersChange): readonly string[] {
    const news = users.filter((user) => {
      const told = this.#ahead.get(user) === came;
      this.#ahead.delete(user);
      return !told;
    });
    if (this.#known !== undefined) apply(this.#known, { came, users });
    for (const changes of this.#meanwhile) changes.push({ came, users });
    return news;
  }

  /** For the program itself. */
  async read(load: () => Promise<string[]>): Promise<string[]> {
    let members: string[] = [];
    const now = await this.#load(async () => {
      members = await load();
      return members;
    });
    this.#known ??= now;
    return members;
  }

  /** After a loss: what nobody was told. */
  async missed(load: () => Promise<string[]>): Promise<readonly MembersChange[]> {
    const now = await this.#load(load);
    const before = this.#known;
    if (before === undefined) return [];
    this.#known = now;
    if (now === undefined) return [];
    const changes = [
      { came: false, users: missingIn(now, before) },
      { came: true, users: missingIn(before, now) },
    ];
    for (const { came, users } of changes) for (const user of users) this.#ahead.set(user, came);
    return changes;
  }

  forget(): void {
    this.#known = undefined;
    this.#meanwhile.clear();
    this.#ahead.clear();
  }

  /** Undefined where the list does not stay true: it was forgotten meanwhile, or the channel is too large for anybody to be told who comes and goes. */
  async #load(load: () => Promise<string[]>): Promise<Set<string> | undefined> {
    const changes: MembersChange[] = [];
    this.#meanwhile.add(changes);
    try {
      const now = new Set(await load());
      for (const change of changes) apply(now, change);
      return this.#meanwhile.has(changes) && now.size <= LIMITS.presenceEventMembers ? now : undefined;
    } finally {
      this.#meanwhile.delete(changes);
    }
  }
}

function apply(members: Set<string>, { came, users }: MembersChange): void {
  for (const user of users) {
    if (came) members.add(user);
    else members.delete(user);
  }
}

const missingIn = (members: ReadonlySet<string>, wanted: ReadonlySet<string>): string[] => [...wanted].filter((user) => !members.has(user));
