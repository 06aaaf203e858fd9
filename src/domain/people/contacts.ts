import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Contact, ContactNews, ContactState } from "../../protocol/messages/people.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";

/** What one user's object says to another's. */
export type ContactWord = { readonly kind: "invite"; readonly reason?: string | undefined } | { readonly kind: "accept" | "decline" | "add" | "remove" };

/** How it stands for the one who was told: it may have become a contact by that. */
export type ContactAnswer = Result<{ readonly state: ContactState | "none" }, WireError>;

export interface ContactStore {
  get(user: UserId): Contact | undefined;
  put(contact: Contact): void;
  drop(user: UserId): void;
  count(states: readonly ContactState[]): number;
}

export interface ContactsPorts {
  readonly user: UserId;
  readonly store: ContactStore;
  now(): number;
  blocks(user: UserId): boolean;
  /** To the other's object; may be repeated. */
  tell(user: UserId, word: ContactWord): Promise<ContactAnswer>;
  /** The user's own devices hear of it. */
  changed(contact: ContactNews): void;
}

type Done = Result<Record<string, never>, WireError>;

/**
 * A user's contacts and invitations. Each of two users has a row of its own; every word between their objects may come twice, and
 * whatever was interrupted between them is made whole by doing it again.
 */
export class Contacts {
  readonly #ports: ContactsPorts;

  constructor(ports: ContactsPorts) {
    this.#ports = ports;
  }

  isContact(user: UserId): boolean {
    return this.#state(user) === "contact";
  }

  async invite(user: UserId, reason: string | undefined): Promise<Result<{ readonly state: ContactState }, WireError>> {
    const refused = this.#refuseSelf(user);
    if (refused !== undefined) return err(refused);
    const before = this.#state(user);
    if (before === "contact") {
      // The other may have missed that, or have ended it without being heard: then it begins anew.
      const told = await this.#ports.tell(user, { kind: "accept" });
      if (!told.ok) return told;
      if (told.value.state === "contact") return ok({ state: "contact" });
    }
    if (before === "asked") {
      const accepted = await this.accept(user);
      // Taken back meanwhile: then this is an invitation like any.
      if (accepted.ok || accepted.error.code !== "gone") return accepted.ok ? ok({ state: "contact" }) : accepted;
    }
    if ((before === "none" || before === "asked") && this.#isFull()) return err(FULL);
    // Before the other hears of it: the other's word may come at once.
    this.#put(user, "invited", { reason });
    const told = await this.#ports.tell(user, { kind: "invite", reason });
    if (told.ok) {
      if (told.value.state === "contact" && this.#state(user) === "invited") this.#put(user, "contact");
      return ok({ state: this.#state(user) === "contact" ? "contact" : "invited" });
    }
    // What may have got there stays.
    if (told.error.retry === "never" && this.#state(user) === "invited") this.#drop(user, "removed");
    return told;
  }

  /** The other is told first, so that nobody is left alone with an invitation that was accepted. */
  async accept(user: UserId): Promise<Done> {
    const state = this.#state(user);
    if (state === "contact") return ok({});
    if (state !== "asked") return err(wireError("not_found", { field: "contact" }));
    if (this.#isFull()) return err(FULL);
    const told = await this.#ports.tell(user, { kind: "accept" });
    if (!told.ok) return told;
    // Whatever was said meanwhile came later.
    if (told.value.state !== "contact") {
      if (this.#state(user) === "asked") this.#drop(user, "removed");
      return err(wireError("gone", { field: "contact", message: "the invitation was taken back" }));
    }
    if (this.#state(user) === "asked") this.#put(user, "contact");
    return ok({});
  }

  async decline(user: UserId): Promise<Done> {
    const state = this.#state(user);
    if (state === "contact" || state === "invited") return err(wireError("not_found", { field: "contact" }));
    if (state === "asked") this.#drop(user, "declined");
    return this.#say(user, { kind: "decline" });
  }

  /** For both, by a server. */
  async add(user: UserId): Promise<Done> {
    const refused = this.#refuseSelf(user);
    if (refused !== undefined) return err(refused);
    const state = this.#state(user);
    if (state !== "contact" && state !== "invited" && this.#isFull()) return err(FULL);
    const told = await this.#ports.tell(user, { kind: "add" });
    if (!told.ok) return told;
    if (!this.isContact(user)) this.#put(user, "contact");
    return ok({});
  }

  async remove(user: UserId): Promise<Done> {
    const refused = this.#refuseSelf(user);
    if (refused !== undefined) return err(refused);
    if (this.#state(user) !== "none") this.#drop(user, "removed");
    return this.#say(user, { kind: "remove" });
  }

  remark(user: UserId, remark: string): Done {
    const known = this.#ports.store.get(user);
    if (known?.state !== "contact") return err(wireError("not_found", { field: "contact" }));
    if ((known.remark ?? "") !== remark) this.#put(user, "contact", { since: known.since, remark });
    return ok({});
  }

  /** From the other's object. */
  hear(from: UserId, word: ContactWord): ContactAnswer {
    const state = this.#state(from);
    switch (word.kind) {
      case "invite":
        return this.#invited(from, state, word.reason);
      case "accept":
        if (state === "invited" || state === "asked") this.#put(from, "contact");
        break;
      case "add":
        if (state !== "contact" && state !== "invited" && this.#isFull()) return err(FULL);
        if (state !== "contact") this.#put(from, "contact");
        break;
      case "decline":
        if (state === "invited") this.#drop(from, "declined");
        break;
      case "remove":
        if (state !== "none") this.#drop(from, "removed");
        break;
    }
    return ok({ state: this.#state(from) });
  }

  #invited(from: UserId, state: ContactState | "none", reason: string | undefined): ContactAnswer {
    if (this.#ports.blocks(from)) return err(wireError("forbidden", { field: "contact", message: "the other does not take this" }));
    // Both have invited each other.
    if (state === "invited") this.#put(from, "contact");
    if (state === "none" && this.#ports.store.count(["asked"]) >= CHAT_LIMITS.contactInvitations) {
      return err(wireError("limit_exceeded", { field: "contact", limit: CHAT_LIMITS.contactInvitations }));
    }
    const repeated = state === "asked" && this.#ports.store.get(from)?.reason === reason;
    if (state === "none" || (state === "asked" && !repeated)) this.#put(from, "asked", { reason });
    return ok({ state: this.#state(from) });
  }

  async #say(user: UserId, word: ContactWord): Promise<Done> {
    const told = await this.#ports.tell(user, word);
    return told.ok ? ok({}) : told;
  }

  #put(user: UserId, state: ContactState, { since = this.#ports.now(), reason, remark }: Partial<Contact> = {}): void {
    const contact: Contact = { user, state, since, ...(reason && { reason }), ...(remark && { remark }) };
    this.#ports.store.put(contact);
    this.#ports.changed(contact);
  }

  #drop(user: UserId, why: "declined" | "removed"): void {
    this.#ports.store.drop(user);
    this.#ports.changed({ user, state: "none", why });
  }

  #state(user: UserId): ContactState | "none" {
    return this.#ports.store.get(user)?.state ?? "none";
  }

  #isFull(): boolean {
    return this.#ports.store.count(["contact", "invited"]) >= CHAT_LIMITS.contacts;
  }

  #refuseSelf(user: UserId): WireError | undefined {
    return user === this.#ports.user ? wireError("bad_request", { field: "contact", message: "nobody is a contact of oneself" }) : undefined;
  }
}

const FULL = wireError("limit_exceeded", { field: "contact", limit: CHAT_LIMITS.contacts });
