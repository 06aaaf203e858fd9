import * as z from "zod";
import { type AttributeChange, type AttributeSet, changeAttributes, pickAttributes } from "../../../domain/attributes.ts";
import type { WireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { ok, type Result } from "../../../util/result.ts";
import type { Home } from "./home.ts";

const stored = z.array(z.tuple([z.string(), z.object({ value: z.string(), updatedBy: z.string(), updatedAt: z.int() })]));

/** A user's attributes: one row, written by the user and by servers, read by anybody. */
export class AttributeDesk {
  readonly #home: Home;
  #cache: AttributeSet | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  change(change: AttributeChange): Result<Record<string, never>, WireError> {
    const before = this.#set();
    const after = changeAttributes(before, change, this.#home.user, this.#home.now(), LIMITS.userAttributesBytes);
    if (!after.ok) return after;
    if (before.size === 0 && after.value.size === 0) return ok({});
    this.#cache = after.value;
    if (after.value.size === 0) this.#home.sql.exec("DELETE FROM attributes");
    else this.#home.sql.exec("INSERT OR REPLACE INTO attributes (one, list) VALUES (1, ?)", JSON.stringify([...after.value]));
    return ok({});
  }

  get(keys: readonly string[] | undefined): { key: string; value: string }[] {
    return pickAttributes(this.#set(), keys).map(({ key, value }) => ({ key, value }));
  }

  #set(): AttributeSet {
    if (this.#cache !== undefined) return this.#cache;
    const row = this.#home.sql.exec<{ list: string }>("SELECT list FROM attributes").toArray()[0];
    const set: AttributeSet = new Map(row === undefined ? [] : stored.parse(JSON.parse(row.list)));
    this.#cache = set;
    return set;
  }
}
