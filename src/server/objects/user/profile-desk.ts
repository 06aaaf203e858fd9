import { changeProfile } from "../../../domain/people/profile.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { Profile } from "../../../protocol/messages/people.ts";
import { ok, type Result } from "../../../util/result.ts";
import type { Home } from "./home.ts";

/** A user's profile: one row, written by the user and by servers, read by anybody. */
export class ProfileDesk {
  readonly #home: Home;
  #cache: Profile | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  get(): Profile {
    if (this.#cache !== undefined) return this.#cache;
    const row = this.#home.tables.read<{ profile: string }>("profile", "SELECT profile FROM profile")[0];
    this.#cache = row === undefined ? {} : (JSON.parse(row.profile) as Profile);
    return this.#cache;
  }

  clear(): void {
    this.#cache = {};
    this.#home.tables.change("profile", "DELETE FROM profile");
  }

  update(change: Profile): Result<{ profile: Profile }, WireError> {
    const before = this.get();
    const after = changeProfile(before, change);
    if (!after.ok) return after;
    const profile = after.value;
    const text = JSON.stringify(profile);
    if (text === JSON.stringify(before)) return ok({ profile });
    this.#cache = profile;
    this.#home.tables.write("profile", "INSERT OR REPLACE INTO profile (one, profile) VALUES (1, ?)", text);
    this.#home.notify({ name: "profile.changed", profile });
    return ok({ profile });
  }
}
