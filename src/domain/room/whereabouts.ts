import type { UserId } from "../../protocol/names.ts";
import type { MemberLookup } from "../channel/member-lookup.ts";
import type { Presence } from "../channel/members.ts";

/** One request's word on where a user is. */
type Word = readonly Presence[];

/**
 * Who is in a room, as far as a request has to know: by the channel's list, or where that does not have everybody by the word of
 * the leaf that hands the request on, and for others by asking their leaves. Such a word holds while the request runs.
 */
export class Whereabouts {
  readonly #listed: () => Pick<MemberLookup, "isListed" | "find"> | undefined;
  /** Who may not be here: its leaf has not heard of it yet. */
  readonly #isBarred: (user: UserId) => boolean;
  /** Bounded by the requests under way, and by the users that one names. */
  readonly #words = new Map<UserId, Set<Word>>();
  readonly #leaving = new Map<UserId, number>();

  constructor(listed: () => Pick<MemberLookup, "isListed" | "find"> | undefined, isBarred: (user: UserId) => boolean) {
    this.#listed = listed;
    this.#isBarred = isBarred;
  }

  has(user: UserId): boolean {
    return this.#listed()?.isListed(user) === true || this.seatsOf(user).length > 0;
  }

  /** Where a user is who stands in no list. */
  seatsOf(user: UserId): readonly Presence[] {
    const [word] = this.#words.get(user) ?? [];
    return word === undefined || this.#leaving.has(user) || this.#isBarred(user) ? [] : word;
  }

  /** Those of these who are on the block list, and on a leaf nevertheless that could not be told. */
  stragglers(users: readonly UserId[]): UserId[] {
    return [...new Set(users)].filter((user) => this.#words.has(user) && this.#isBarred(user));
  }

  /** Finds out about these users; what it returns, or resolves to, ends that. `vouched`: where its leaf says that one of them sits. */
  hold(users: readonly UserId[], vouched?: Presence): (() => void) | Promise<() => void> {
    const unknown = [...new Set(users)].filter((user) => user !== vouched?.user);
    const found = unknown.length === 0 ? undefined : this.#listed()?.find(unknown);
    const told = vouched === undefined ? [] : [vouched];
    return found === undefined ? this.#hold(told) : found.then((seats) => this.#hold([...told, ...seats]));
  }

  /** It is being sent out, whatever its leaf says meanwhile. */
  async sendOut<T>(user: UserId, out: Promise<T>): Promise<T> {
    this.#leaving.set(user, (this.#leaving.get(user) ?? 0) + 1);
    try {
      return await out;
    } finally {
      const rest = (this.#leaving.get(user) ?? 1) - 1;
      if (rest > 0) this.#leaving.set(user, rest);
      else this.#leaving.delete(user);
      this.#words.delete(user);
    }
  }

  #hold(seats: readonly Presence[]): () => void {
    const words = Map.groupBy(seats, ({ user }) => user);
    for (const [user, word] of words) this.#words.set(user, (this.#words.get(user) ?? new Set()).add(word));
    return () => {
      for (const [user, word] of words) {
        const all = this.#words.get(user);
        if (all?.delete(word) === true && all.size === 0) this.#words.delete(user);
      }
    };
  }
}
