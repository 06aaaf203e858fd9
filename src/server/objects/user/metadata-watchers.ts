import { type Metadata, metadataSetOf } from "../../../domain/metadata.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { MetadataSet } from "../../../protocol/messages/metadata.ts";
import type { UserId } from "../../../protocol/names.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Home } from "./home.ts";

export const WATCHERS_DEADLINE = "metadata";
/** Then whoever could not be told learns of it when its client asks. */
const ROUNDS = 5;

/** A user's set as those who watch it are told. */
export interface MetadataNews extends MetadataSet {
  readonly user: UserId;
  readonly by: UserId;
}

export interface WatcherPorts {
  set(): Metadata;
  /** Tells a watcher's object; false where nobody there watches any more. */
  tell(watcher: UserId, news: MetadataNews): Promise<boolean>;
}

/**
 * Who watches this user's metadata. Each is told at least once of the newest set: a deadline stands from the write until
 * everybody has been told, so the object may go in between. Changes that follow each other quickly are told as one.
 */
export class MetadataWatchers {
  readonly #home: Home;
  readonly #ports: WatcherPorts;
  readonly #owed = new Set<UserId>();
  /** Who has asked to watch since it was last told something: a "no longer" that comes late is not about that. */
  readonly #renewed = new Set<UserId>();
  /** Whether this life of the object has told everybody of what was there when it began. */
  #announced = false;
  #telling = false;
  #rounds = 0;

  constructor(home: Home, ports: WatcherPorts) {
    this.#home = home;
    this.#ports = ports;
  }

  /** Another user starts or stops watching. */
  watch(watcher: UserId, on: boolean): Result<MetadataSet, WireError> {
    if (on) return this.#add(watcher);
    this.#remove(watcher);
    return ok(metadataSetOf(this.#ports.set()));
  }

  /** The set has changed. */
  announce(): void {
    this.#rounds = 0;
    this.#tellAll();
  }

  /** The alarm's turn: nothing is left to do where all went well in this life of the object. */
  due(): void {
    if (this.#telling) this.#watchOver();
    else if (!this.#announced) this.#tellAll();
    else if (this.#owed.size > 0) this.#go();
  }

  #add(watcher: UserId): Result<MetadataSet, WireError> {
    const watchers = this.#all();
    if (!watchers.includes(watcher)) {
      if (watchers.length >= LIMITS.metadataWatchers) {
        return err(wireError("limit_exceeded", { field: "user", limit: LIMITS.metadataWatchers, message: "user: too many watch this user's metadata" }));
      }
      this.#home.tables.write("metadata_watcher", "INSERT INTO metadata_watcher (user) VALUES (?)", watcher);
    }
    this.#renewed.add(watcher);
    return ok(metadataSetOf(this.#ports.set()));
  }

  #remove(watcher: UserId): void {
    this.#owed.delete(watcher);
    this.#renewed.delete(watcher);
    this.#home.tables.change("metadata_watcher", "DELETE FROM metadata_watcher WHERE user = ?", watcher);
  }

  #tellAll(): void {
    const watchers = this.#all();
    this.#announced = true;
    if (watchers.length === 0) return;
    for (const watcher of watchers) this.#owed.add(watcher);
    this.#watchOver();
    this.#go();
  }

  #watchOver(): void {
    this.#home.deadlines.setNoLater(WATCHERS_DEADLINE, this.#home.now() + this.#home.times.metadataRetryMs);
  }

  #go(): void {
    if (!this.#telling) this.#home.ctx.waitUntil(this.#run());
  }

  async #run(): Promise<void> {
    this.#telling = true;
    this.#rounds += 1;
    const failed: UserId[] = [];
    while (this.#owed.size > 0) {
      const watchers = [...this.#owed];
      this.#owed.clear();
      await eachBounded(watchers, LIMITS.callsAtOnce, async (watcher) => {
        if (!(await this.#tell(watcher))) failed.push(watcher);
      });
    }
    this.#telling = false;
    if (failed.length === 0 || this.#rounds >= ROUNDS) return;
    for (const watcher of failed) this.#owed.add(watcher);
    this.#watchOver();
  }

  /** False if it has to be tried again. */
  async #tell(watcher: UserId): Promise<boolean> {
    const set = this.#ports.set();
    this.#renewed.delete(watcher);
    try {
      const watched = await this.#ports.tell(watcher, { user: this.#home.user, by: set.by, ...metadataSetOf(set) });
      if (!watched && !this.#renewed.has(watcher)) this.#remove(watcher);
      return true;
    } catch {
      return false;
    }
  }

  #all(): UserId[] {
    return this.#home.tables.read<{ user: string }>("metadata_watcher", "SELECT user FROM metadata_watcher").map(({ user }) => user);
  }
}
