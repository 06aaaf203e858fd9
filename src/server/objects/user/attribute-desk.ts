import * as z from "zod";
import { type AttributeChange, type AttributeSet, afterLogout, changeAttributes, pickAttributes } from "../../../domain/attributes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Home } from "./home.ts";

const stored = z.array(
  z.tuple([z.string(), z.object({ value: z.string(), updatedBy: z.string(), updatedAt: z.int(), lifetime: z.literal("login").optional() })]),
);

/**
 * A user's attributes: one row, written by the user and by servers, read by anybody. Those of a login's lifetime are absent
 * from the moment the user counts as OFFLINE, which is worked out when somebody asks; their bytes go with the next write.
 */
export class AttributeDesk {
  readonly #home: Home;
  readonly #isOnline: () => boolean;
  #cache: AttributeSet | undefined;

  constructor(home: Home, isOnline: () => boolean) {
    this.#home = home;
    this.#isOnline = isOnline;
  }

  change(change: AttributeChange): Result<Record<string, never>, WireError> {
    const online = this.#isOnline();
    if (change.lifetime === "login" && !online) return err(wireError("conflict", { field: "lifetime", message: "lifetime: the user is not logged in" }));
    const before = this.#present(online);
    const after = changeAttributes(before, change, this.#home.user, this.#home.now(), LIMITS.userAttributesBytes);
    if (!after.ok) return after;
    this.#save(after.value);
    return ok({});
  }

  get(keys: readonly string[] | undefined): { attributes: { key: string; value: string }[]; online: boolean } {
    const online = this.#isOnline();
    return { attributes: pickAttributes(this.#present(online), keys).map(({ key, value }) => ({ key, value })), online };
  }

  /** A login begins, and is not registered yet: what an earlier one left behind does not come back. */
  loginBegins(): void {
    if (!this.#isOnline()) this.loginEnds();
  }

  /** The last device is out. */
  loginEnds(): void {
    this.#save(afterLogout(this.#set()));
  }

  #present(online: boolean): AttributeSet {
    return online ? this.#set() : afterLogout(this.#set());
  }

  #save(next: AttributeSet): void {
    const before = this.#set();
    if (next === before || (before.size === 0 && next.size === 0)) return;
    this.#cache = next;
    if (next.size === 0) this.#home.tables.change("attributes", "DELETE FROM attributes");
    else this.#home.tables.write("attributes", "INSERT OR REPLACE INTO attributes (one, list) VALUES (1, ?)", JSON.stringify([...next]));
  }

  #set(): AttributeSet {
    if (this.#cache !== undefined) return this.#cache;
    const row = this.#home.tables.read<{ list: string }>("attributes", "SELECT list FROM attributes")[0];
    const set: AttributeSet = new Map(row === undefined ? [] : stored.parse(JSON.parse(row.list)));
    this.#cache = set;
    return set;
  }
}
