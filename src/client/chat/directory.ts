import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { Contact, ContactNews, Profile } from "../../protocol/messages/people.ts";
import type { UserId } from "../../protocol/names.ts";
import type { ModulePort } from "./module-port.ts";
import { handled } from "./port.ts";

const PROFILE = "profile ";
const CONTACTS = "contacts";
const BLOCKED = "blocked";

/** A profile is asked for again after this, if somebody still wants it. */
const FRESH_MS = 10 * 60_000;

interface Kept {
  readonly profile: Profile;
  readonly at: number;
}

/** Names and faces of people, contacts, and who is blocked: kept on the device, and brought up to date when there is a connection. */
export class Directory {
  readonly #port: ModulePort;
  readonly #profiles = new Map<UserId, Kept>();
  readonly #wanted = new Set<UserId>();
  #contacts = new Map<UserId, Contact>();
  #blocked = new Set<UserId>();
  #due = false;

  /** @internal */
  constructor(port: ModulePort) {
    this.#port = port;
    const { values } = port.engine();
    for (const [name, value] of values) if (name.startsWith(PROFILE)) this.#profiles.set(name.slice(PROFILE.length), value as Kept);
    this.#contacts = new Map(((values.get(CONTACTS) as Contact[] | undefined) ?? []).map((contact) => [contact.user, contact]));
    this.#blocked = new Set((values.get(BLOCKED) as UserId[] | undefined) ?? []);
    port.on("connected", ({ connected }) => {
      if (connected) this.#refresh();
    });
    port.on("profile", (profile) => this.#learn(new Map([[port.user, profile]])));
    port.on("contact", (news) => this.#contact(news));
    port.on("blocked", ({ users, on }) => this.#block(users, on));
    if (port.engine().connected) this.#refresh();
  }

  /** Contacts, and invitations that wait, by user. */
  get contacts(): readonly Contact[] {
    return [...this.#contacts.values()];
  }

  contact(user: UserId): Contact | undefined {
    return this.#contacts.get(user);
  }

  get blocked(): ReadonlySet<UserId> {
    return this.#blocked;
  }

  profile(user: UserId): Profile | undefined {
    return this.#profiles.get(user)?.profile;
  }

  /** What to call somebody: one's own remark, the nickname, or the user id. */
  nameOf(user: UserId): string {
    return this.#contacts.get(user)?.remark || this.profile(user)?.nickname || user;
  }

  /** Asks for these profiles, as far as they are not known or are older than `freshMs`; the event `people` tells of them. */
  want(users: readonly UserId[], freshMs = FRESH_MS): void {
    for (const user of users) {
      const kept = this.#profiles.get(user);
      if (kept === undefined || Date.now() - kept.at > freshMs) this.#wanted.add(user);
    }
    if (this.#due || this.#wanted.size === 0) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      void handled(this.#ask());
    });
  }

  async #ask(): Promise<void> {
    const engine = this.#port.engine();
    while (engine.connected && this.#wanted.size > 0) {
      const users = [...this.#wanted].slice(0, CHAT_LIMITS.profileUsers);
      for (const user of users) this.#wanted.delete(user);
      const { profiles } = await engine.call("profile.query", { users });
      const known = new Map(profiles.map(({ user, profile }) => [user, profile]));
      this.#learn(new Map(users.map((user) => [user, known.get(user) ?? {}])));
    }
  }

  #learn(profiles: ReadonlyMap<UserId, Profile>): void {
    const at = Date.now();
    for (const [user, profile] of profiles) {
      this.#profiles.set(user, { profile, at });
      this.#keep(PROFILE + user, { profile, at });
    }
    this.#port.emit("people", { users: [...profiles.keys()] });
  }

  #refresh(): void {
    this.want([this.#port.user]);
    void handled(this.#listContacts());
    void handled(this.#listBlocked());
  }

  async #listContacts(): Promise<void> {
    const all = new Map<UserId, Contact>();
    for (let after: UserId | undefined, more = true; more; ) {
      const page = await this.#port.engine().call("contact.list", { limit: CHAT_LIMITS.contactsPage, ...(after !== undefined && { after }) });
      for (const contact of page.contacts) all.set(contact.user, contact);
      after = page.contacts.at(-1)?.user;
      more = page.more && after !== undefined;
    }
    const users = new Set([...this.#contacts.keys(), ...all.keys()]);
    this.#contacts = all;
    this.#contactsChanged([...users]);
  }

  async #listBlocked(): Promise<void> {
    const { users } = await this.#port.engine().call("block.list", {});
    const before = this.#blocked;
    this.#blocked = new Set(users);
    this.#keep(BLOCKED, users);
    this.#port.emit("people", { users: [...new Set([...before, ...users])] });
  }

  #contact(news: ContactNews): void {
    const contacts = new Map(this.#contacts);
    if (news.state === "none") contacts.delete(news.user);
    else contacts.set(news.user, news);
    this.#contacts = contacts;
    this.#contactsChanged([news.user]);
  }

  #contactsChanged(users: readonly UserId[]): void {
    this.#keep(CONTACTS, this.contacts);
    this.#port.emit("people", { users });
  }

  #block(users: readonly UserId[], on: boolean): void {
    const blocked = new Set(this.#blocked);
    for (const user of users) {
      if (on) blocked.add(user);
      else blocked.delete(user);
    }
    this.#blocked = blocked;
    this.#keep(BLOCKED, [...blocked]);
    this.#port.emit("people", { users });
  }

  #keep(name: string, value: unknown): void {
    void handled(this.#port.engine().keep(name, value));
  }
}
