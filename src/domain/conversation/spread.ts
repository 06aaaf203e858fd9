import type { MessageRecord, News, Passing } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { fnv1a } from "../../util/fnv1a.ts";
import type { Heard } from "./telling.ts";

/** What one member is told: records and what passes by their places in the batch. */
export interface Share extends Omit<News, "conversation" | "number" | "records" | "passing"> {
  readonly user: UserId;
  readonly records: readonly number[];
  readonly passing?: readonly number[];
}

/** What a leaf has for its members: each record once, however many are told it. */
export interface Batch extends Pick<News, "conversation" | "number"> {
  readonly records: readonly MessageRecord[];
  readonly passing: readonly Passing[];
  readonly shares: readonly Share[];
}

/** Of each share in its order; null: that member did not answer the leaf in time. */
export type BatchHeard = readonly (Heard | null)[];

/** When, and by what, members are told through leaves. */
export interface Leaves {
  /** Up to so many who are there, the conversation calls each itself. */
  readonly hotMembers: number;
  /** About so many have one leaf. */
  readonly leafMembers: number;
  tell(leaf: number, batch: Batch): Promise<BatchHeard>;
}

export interface SpreadPorts {
  /** Calls a member's object. */
  tell(user: UserId, news: News): Promise<Heard>;
  /** Undefined: there are none. */
  readonly leaves?: Leaves | undefined;
}

interface Waiting {
  readonly user: UserId;
  readonly news: News;
  resolve(heard: Heard): void;
  reject(error: unknown): void;
}

/**
 * Brings members what they are told. Where many are there, what one turn has for the members of a leaf goes there in one call;
 * whomever the leaf does not reach is called as if there were none. Whose turn it is, and what is told again, is not decided here.
 */
export class Spread {
  readonly #ports: SpreadPorts;
  readonly #waiting = new Map<number, Waiting[]>();
  /** How many are there. */
  hot = 0;

  constructor(ports: SpreadPorts) {
    this.#ports = ports;
  }

  tell(user: UserId, news: News): Promise<Heard> {
    const { leaves } = this.#ports;
    if (leaves === undefined || this.hot <= leaves.hotMembers) return this.#ports.tell(user, news);
    const leaf = fnv1a(user) % Math.ceil(this.hot / leaves.leafMembers);
    return new Promise((resolve, reject) => {
      // What others are told in this turn has waited for as long, and stands before it.
      if (this.#waiting.size === 0) void Promise.resolve().then(() => this.#flush(leaves));
      const waiting = this.#waiting.get(leaf) ?? [];
      waiting.push({ user, news, resolve, reject });
      this.#waiting.set(leaf, waiting);
    });
  }

  #flush(leaves: Leaves): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const [leaf, waiting] of all) {
      const [one, ...others] = waiting;
      if (one !== undefined && others.length === 0) this.#tellDirectly(one);
      else void this.#tellLeaf(leaves, leaf, waiting);
    }
  }

  async #tellLeaf(leaves: Leaves, leaf: number, waiting: readonly Waiting[]): Promise<void> {
    let answers: BatchHeard = [];
    try {
      answers = await leaves.tell(leaf, batchOf(waiting));
    } catch {
      // Its members may have been told: told again, they take it as what they have.
    }
    for (const [index, one] of waiting.entries()) {
      const heard = answers[index];
      if (heard) one.resolve(heard);
      else this.#tellDirectly(one);
    }
  }

  #tellDirectly({ user, news, resolve, reject }: Waiting): void {
    this.#ports.tell(user, news).then(resolve, reject);
  }
}

/** What is the same is known by being the same object. */
function batchOf(waiting: readonly Waiting[]): Batch {
  const records = new Places<MessageRecord>();
  const passings = new Places<Passing>();
  const [first] = waiting;
  if (first === undefined) throw new Error("a batch for nobody");
  const { conversation, number } = first.news;
  const shares = waiting.map(({ user, news: { conversation: _, number: __, passing, records: theirs, ...rest } }) => ({
    ...rest,
    user,
    records: theirs.map((record) => records.of(record)),
    ...(passing !== undefined && { passing: passing.map((item) => passings.of(item)) }),
  }));
  return { conversation, number, records: records.all, passing: passings.all, shares };
}

/** What a share says, as its member's object takes it. */
export function newsOf({ conversation, number, records, passing }: Batch, share: Share): News {
  const { user: _, records: theirs, passing: passed, ...rest } = share;
  return {
    ...rest,
    conversation,
    number,
    records: at(records, theirs),
    ...(passed !== undefined && { passing: at(passing, passed) }),
  };
}

const at = <T>(all: readonly T[], places: readonly number[]): T[] => places.flatMap((place) => all[place] ?? []);

class Places<T> {
  readonly all: T[] = [];
  readonly #places = new Map<T, number>();

  of(one: T): number {
    const known = this.#places.get(one);
    if (known !== undefined) return known;
    this.#places.set(one, this.all.length);
    this.all.push(one);
    return this.all.length - 1;
  }
}
