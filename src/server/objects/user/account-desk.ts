import { historyStream } from "../../../domain/history/streams.ts";
import type { Contacts } from "../../../domain/people/contacts.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { historyDb } from "../../history/pages.ts";
import { removeFilesOf } from "../../media/removal.ts";
import type { Home } from "./home.ts";
import { USER_TABLES, type UserTables } from "./schema.ts";

export const ACCOUNT_DEADLINE = "account";

/** Contacts, and conversations, that are told in one turn. */
const TOLD_PER_TURN = 50;

/** `erased`: all others have been told, and what is left here goes when the object begins anew. */
interface Account {
  readonly state: "deactivated" | "deleting" | "erased";
  readonly since: number;
}

/** What else of a user has to end. */
export interface AccountParts {
  endSessions(): Promise<void>;
  readonly contacts: Pick<Contacts, "remove">;
  /** Some of them. */
  someContacts(limit: number): readonly string[];
  /** Those it watches. False: there were none left. */
  forgetWatched(limit: number): Promise<boolean>;
  /** Ends some conversations for this user. False: there were none left. */
  forgetConversations(limit: number): Promise<boolean>;
  clearProfile(): void;
  clearShown(): void;
}

export const DEACTIVATED = wireError("forbidden", { field: "user", message: "the user is deactivated" });

/** Whether a user may log in, and the end of one that is deleted: others are told first, a page a turn, and each turn finds what is left. */
export class AccountDesk {
  readonly #home: Home;
  readonly #parts: AccountParts;
  #cache: Account | undefined;
  #read = false;

  constructor(home: Home, parts: AccountParts) {
    this.#home = home;
    this.#parts = parts;
  }

  get mayAct(): boolean {
    return this.#account === undefined;
  }

  get isErased(): boolean {
    return this.#account?.state === "erased";
  }

  get(): { state: "active" | "deactivated" | "deleting"; since?: number } {
    const account = this.#account;
    return account === undefined ? { state: "active" } : { state: account.state === "deactivated" ? "deactivated" : "deleting", since: account.since };
  }

  async deactivate(): Promise<Result<Record<string, never>, WireError>> {
    if (this.#account === undefined) this.#save({ state: "deactivated", since: this.#home.now() });
    await this.#parts.endSessions();
    return ok({});
  }

  activate(): Result<Record<string, never>, WireError> {
    if (this.#account !== undefined && this.#account.state !== "deactivated")
      return err(wireError("gone", { field: "user", message: "the user is being deleted" }));
    this.#home.tables.change("account", "DELETE FROM account");
    this.#cache = undefined;
    return ok({});
  }

  async delete(): Promise<Result<{ finished: boolean }, WireError>> {
    if (this.#account?.state !== "deleting" && !this.isErased) this.#save({ state: "deleting", since: this.#home.now() });
    this.#home.deadlines.setNoLater(ACCOUNT_DEADLINE, this.#home.now());
    this.#parts.clearProfile();
    await this.#parts.endSessions();
    return ok({ finished: false });
  }

  /** One turn. Whatever fails is found again by the next. */
  async due(): Promise<void> {
    if (this.#account?.state !== "deleting") return;
    const contacts = this.#parts.someContacts(TOLD_PER_TURN);
    const told = await Promise.all(contacts.map((user) => this.#parts.contacts.remove(user)));
    if (told.some((answer) => !answer.ok)) throw new Error("not every contact could be told");
    const more = await this.#parts.forgetConversations(TOLD_PER_TURN);
    const watched = await this.#parts.forgetWatched(TOLD_PER_TURN);
    if (more || watched || contacts.length > 0) return this.#home.deadlines.setNoLater(ACCOUNT_DEADLINE, this.#home.now());
    const { env, app, user } = this.#home;
    if (await removeFilesOf(env, app, user, this.#home.now())) return this.#home.deadlines.setNoLater(ACCOUNT_DEADLINE, this.#home.now());
    this.#parts.clearShown();
    await this.#forgetHistory();
    this.#save({ state: "erased", since: this.#home.now() });
  }

  async #forgetHistory(): Promise<void> {
    const { env, app, user } = this.#home;
    const db = env.DB as D1Database | undefined;
    const stream = historyStream({ user });
    if (db !== undefined) await historyDb(db, app, stream).prepare("DELETE FROM history_pages WHERE app = ? AND stream = ?").bind(app, stream).run();
  }

  get #account(): Account | undefined {
    if (!this.#read) this.#cache = accountIn(this.#home.tables);
    this.#read = true;
    return this.#cache;
  }

  #save(account: Account): void {
    this.#read = true;
    this.#cache = account;
    this.#home.tables.write("account", "INSERT OR REPLACE INTO account (one, account) VALUES (1, ?)", JSON.stringify(account));
  }
}

function accountIn(tables: UserTables): Account | undefined {
  const row = tables.read<{ account: string }>("account", "SELECT account FROM account")[0];
  return row === undefined ? undefined : (JSON.parse(row.account) as Account);
}

/** What outlives a user: numbers that rise for ever, what channels have still to be told, and who watches whoever comes next. */
const STAYS: ReadonlySet<string> = new Set(["due", "counters", "revocation", "status_watcher", "metadata_watcher", "metadata", "told", "told_details"]);

/** Before the desks of an object are opened: of one whose user was deleted nothing is left. */
export function eraseDeleted(tables: UserTables): void {
  if (accountIn(tables)?.state !== "erased") return;
  for (const name of Object.keys(USER_TABLES) as (keyof typeof USER_TABLES)[]) if (!STAYS.has(name)) tables.change(name, `DELETE FROM ${name}`);
}
