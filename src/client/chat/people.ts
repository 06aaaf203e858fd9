import type { Contact, ContactNews, ContactState, Profile } from "../../protocol/messages/people.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Call } from "./call.ts";

export type { Contact, ContactNews, ContactState, Profile };

export interface ContactsPage {
  readonly contacts: readonly Contact[];
  readonly more: boolean;
}

/** Profiles, contacts, and who is blocked. Nothing of it is kept on the device: without a connection it rejects. */
export class People {
  readonly #call: Call;
  readonly #user: UserId;

  /** @internal */
  constructor(user: UserId, call: Call) {
    this.#user = user;
    this.#call = call;
  }

  /** Of up to 100 users; of oneself without any. */
  async profiles(users: readonly UserId[] = [this.#user]): Promise<Map<UserId, Profile>> {
    const { profiles } = await this.#call("profile.query", { users: [...users] });
    return new Map(profiles.map(({ user, profile }) => [user, profile]));
  }

  /** Sets these fields of one's own profile. Empty texts remove. */
  async updateProfile(change: Profile): Promise<Profile> {
    return (await this.#call("profile.update", change)).profile;
  }

  /** `contact` at once where that user has invited before. */
  async invite(contact: UserId, reason?: string): Promise<ContactState> {
    return (await this.#call("contact.invite", { contact, ...(reason !== undefined && { reason }) })).state;
  }

  async accept(contact: UserId): Promise<void> {
    await this.#call("contact.accept", { contact });
  }

  async decline(contact: UserId): Promise<void> {
    await this.#call("contact.decline", { contact });
  }

  /** Also takes an invitation back. */
  async removeContact(contact: UserId): Promise<void> {
    await this.#call("contact.remove", { contact });
  }

  /** What this user calls a contact. */
  async remark(contact: UserId, remark: string): Promise<void> {
    await this.#call("contact.remark", { contact, remark });
  }

  /** A page of contacts and invitations, by user id, of those behind `after`. */
  contacts(page: { readonly after?: UserId; readonly limit?: number; readonly state?: ContactState } = {}): Promise<ContactsPage> {
    return this.#call("contact.list", page);
  }

  /** They can no longer write to this user. */
  async block(users: UserId | readonly UserId[]): Promise<void> {
    await this.#call("block.add", { users: typeof users === "string" ? [users] : [...users] });
  }

  async unblock(users: UserId | readonly UserId[]): Promise<void> {
    await this.#call("block.remove", { users: typeof users === "string" ? [users] : [...users] });
  }

  async blocked(): Promise<UserId[]> {
    return (await this.#call("block.list", {})).users;
  }
}
