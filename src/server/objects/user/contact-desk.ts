import { type ContactAnswer, type ContactStore, Contacts, type ContactWord } from "../../../domain/people/contacts.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { TIMINGS } from "../../../protocol/limits.ts";
import type { Contact, ContactState } from "../../../protocol/messages/people.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { timeScale } from "../../time-scale.ts";
import { within } from "../../within.ts";
import { userObject } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import type { Home } from "./home.ts";
import type { UserTables } from "./schema.ts";

/** A user's contacts, a row each. */
class ContactTable implements ContactStore {
  readonly #tables: UserTables;

  constructor(tables: UserTables) {
    this.#tables = tables;
  }

  get(user: UserId): Contact | undefined {
    return this.#read("SELECT contact FROM contact WHERE user = ?", user)[0];
  }

  put(contact: Contact): void {
    const statement = "INSERT OR REPLACE INTO contact (user, state, contact) VALUES (?, ?, ?)";
    this.#tables.write("contact", statement, contact.user, contact.state, JSON.stringify(contact));
  }

  drop(user: UserId): void {
    this.#tables.change("contact", "DELETE FROM contact WHERE user = ?", user);
  }

  count(states: readonly ContactState[]): number {
    const places = states.map(() => "?").join(", ");
    return this.#tables.read<{ n: number }>("contact", `SELECT COUNT(*) AS n FROM contact WHERE state IN (${places})`, ...states)[0]?.n ?? 0;
  }

  page(after: UserId, state: ContactState | undefined, limit: number): Contact[] {
    if (state === undefined) return this.#read("SELECT contact FROM contact WHERE user > ? ORDER BY user LIMIT ?", after, limit);
    return this.#read("SELECT contact FROM contact WHERE user > ? AND state = ? ORDER BY user LIMIT ?", after, state, limit);
  }

  #read(query: string, ...values: (string | number)[]): Contact[] {
    return this.#tables.read<{ contact: string }>("contact", query, ...values).map(({ contact }) => JSON.parse(contact) as Contact);
  }
}

/** Contacts of a user, over its database and the objects of the others. */
export class ContactDesk {
  readonly #table: ContactTable;
  readonly contacts: Contacts;

  constructor(home: Home, blocks: (user: UserId) => boolean) {
    const { env, app, user: self, where } = home;
    const timeoutMs = TIMINGS.requestTimeoutMs * timeScale(env);
    this.#table = new ContactTable(home.tables);
    this.contacts = new Contacts({
      user: self,
      store: this.#table,
      now: () => home.now(),
      blocks,
      tell: async (user, word) => {
        const told = await callRepeatedly<ContactAnswer>(() => {
          const answer = userObject(env, app, user, where).contactWord(self, word) as Promise<ContactAnswer>;
          return within(timeoutMs, answer);
        });
        return told.ok ? told.value : told;
      },
      changed: (contact) => home.notify({ name: "contact.changed", contact }),
    });
  }

  hear(from: UserId, word: ContactWord): ContactAnswer {
    return this.contacts.hear(from, word);
  }

  some(limit: number): UserId[] {
    return this.#table.page("", undefined, limit).map(({ user }) => user);
  }

  list({ after = "", limit = CHAT_LIMITS.contactsPage, state }: InputOf<"contact.list">): OutputOf<"contact.list"> {
    const found = this.#table.page(after, state, limit + 1);
    return { contacts: found.slice(0, limit), more: found.length > limit };
  }
}
