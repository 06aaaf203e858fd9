import { mayRead } from "../../../domain/access/rights.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { MetadataSet } from "../../../protocol/messages/metadata.ts";
import type { UserId } from "../../../protocol/names.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, type Result } from "../../../util/result.ts";
import type { DeviceRecord } from "./device-table.ts";
import type { Home } from "./home.ts";
import type { MetadataNews } from "./metadata-watchers.ts";

interface Watched {
  readonly user: UserId;
  /** The newest that has been heard of. */
  readonly majorRevision: number;
}

/** Starts or stops watching, at the object of the one who is watched. */
export type Watch = (user: UserId, on: boolean) => Promise<Result<MetadataSet, WireError>>;

/** Whose metadata this user watches. */
export class MetadataWatched {
  readonly #home: Home;
  readonly #watch: Watch;

  constructor(home: Home, watch: Watch) {
    this.#home = home;
    this.#watch = watch;
  }

  async subscribe(user: UserId, { rights }: DeviceRecord): Promise<Result<MetadataSet, WireError>> {
    if (user !== this.#home.user && !mayRead(rights, "users", user)) {
      return err(wireError("forbidden", { field: "user", message: "the token does not allow to read this user" }));
    }
    const known = this.#revisionOf(user) !== undefined;
    if (!known && this.all().length >= LIMITS.metadataWatched) {
      return err(
        wireError("limit_exceeded", { field: "user", limit: LIMITS.metadataWatched, message: `user: at most ${LIMITS.metadataWatched} are watched at once` }),
      );
    }
    // First the row: a change that comes before the answer finds it.
    if (!known) this.#home.tables.write("metadata_watched", "INSERT INTO metadata_watched (user, revision) VALUES (?, 0)", user);
    const set = await this.#watch(user, true);
    if (set.ok) this.#hear(user, set.value.majorRevision);
    else if (!known) this.#forget(user);
    return set;
  }

  async unsubscribe(user: UserId): Promise<void> {
    if (this.#revisionOf(user) === undefined) return;
    this.#forget(user);
    // One that cannot be told now learns it with its next news.
    await this.#watch(user, false);
  }

  /** With the last device's logout. */
  async unsubscribeAll(): Promise<void> {
    await eachBounded(this.all(), LIMITS.callsAtOnce, ({ user }) => this.unsubscribe(user));
  }

  all(): Watched[] {
    return this.#home.tables
      .read<{ user: string; revision: number }>("metadata_watched", "SELECT user, revision FROM metadata_watched ORDER BY user")
      .map(({ user, revision }) => ({ user, majorRevision: revision }));
  }

  /** Watched users' news, which may come twice. False: nobody here watches that user any more. */
  news(news: MetadataNews): boolean {
    if (this.#revisionOf(news.user) === undefined) return false;
    if (!this.#hear(news.user, news.majorRevision)) return true;
    const { sessions, devices, user } = this.#home;
    for (const device of sessions.connected()) {
      const rights = devices.get(device)?.rights ?? [];
      if (news.user === user || mayRead(rights, "users", news.user)) sessions.send(device, [{ type: "notice", name: "user.metadata", ...news }]);
    }
    return true;
  }

  /** Whether it is news. */
  #hear(user: UserId, revision: number): boolean {
    if ((this.#revisionOf(user) ?? revision) >= revision) return false;
    this.#home.tables.change("metadata_watched", "UPDATE metadata_watched SET revision = ? WHERE user = ?", revision, user);
    return true;
  }

  #revisionOf(user: UserId): number | undefined {
    return this.#home.tables.read<{ revision: number }>("metadata_watched", "SELECT revision FROM metadata_watched WHERE user = ?", user)[0]?.revision;
  }

  #forget(user: UserId): void {
    this.#home.tables.change("metadata_watched", "DELETE FROM metadata_watched WHERE user = ?", user);
  }
}
