import type { WireError } from "../../protocol/errors.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { AuthorityPorts } from "./authority.ts";
import type { Conversation } from "./conversation.ts";
import { type Actor, BLOCKED } from "./rules.ts";

export interface BeginningParts extends Pick<AuthorityPorts, "users" | "number" | "refuses"> {
  readonly conversation: Conversation;
}

/** How a conversation comes to be: its users are asked whether they take it, and it gets a number. */
export class Beginning {
  readonly #of: BeginningParts;
  #beginning: Promise<Result<undefined, WireError>> | undefined;
  readonly #refusedMeanwhile = new Map<UserId, boolean>();

  constructor(parts: BeginningParts) {
    this.#of = parts;
  }

  /** A user has blocked the other, or does so no longer, while it is beginning: it may have been asked before. */
  refuse(user: UserId, refuses: boolean): void {
    if (this.#beginning !== undefined) this.#refusedMeanwhile.set(user, refuses);
  }

  /** All that come before it has a number wait for the same one, in their order. */
  async begin(actor: Actor): Promise<Result<undefined, WireError>> {
    if (this.#of.conversation.open) return ok(undefined);
    this.#beginning ??= this.#now(actor).finally(() => {
      this.#beginning = undefined;
    });
    const begun = await this.#beginning;
    return begun;
  }

  async #now(actor: Actor): Promise<Result<undefined, WireError>> {
    const { users } = this.#of;
    this.#refusedMeanwhile.clear();
    const asked = await Promise.all(
      users.map(async (user) => ({ user, refuses: await this.#of.refuses(user, users.find((other) => other !== user) ?? user) })),
    );
    const failed = asked.find(({ refuses }) => !refuses.ok);
    if (failed !== undefined && !failed.refuses.ok) return failed.refuses;
    const refusing = (): Set<UserId> =>
      new Set(asked.flatMap(({ user, refuses }) => ((this.#refusedMeanwhile.get(user) ?? (refuses.ok && refuses.value)) ? [user] : [])));
    // Who is blocked makes no conversation, and costs no number.
    if (!actor.server && [...refusing()].some((user) => user !== actor.user)) return err(BLOCKED);
    const number = await this.#of.number();
    if (!number.ok) return number;
    this.#of.conversation.begin(number.value, users, refusing());
    return ok(undefined);
  }
}
