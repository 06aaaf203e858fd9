import { describe, expect, it } from "vitest";
import { type ContactAnswer, Contacts, type ContactWord } from "../../../src/domain/people/contacts.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import { wireError } from "../../../src/protocol/errors.ts";
import type { Contact, ContactNews } from "../../../src/protocol/messages/people.ts";
import { must } from "../../../src/util/assert.ts";
import { err } from "../../../src/util/result.ts";
import { randomFrom } from "../../support/random.ts";

interface Person {
  readonly contacts: Contacts;
  readonly rows: Map<string, Contact>;
  readonly heard: ContactNews[];
  readonly blocked: Set<string>;
}

/** Users whose words to each other go as `carry` lets them. */
function people(carry: (deliver: () => ContactAnswer) => Promise<ContactAnswer> = async (deliver) => deliver()) {
  const all = new Map<string, Person>();
  const make = (user: string): Person => {
    const rows = new Map<string, Contact>();
    const heard: ContactNews[] = [];
    const blocked = new Set<string>();
    const contacts = new Contacts({
      user,
      store: {
        get: (other) => rows.get(other),
        put: (contact) => void rows.set(contact.user, contact),
        drop: (other) => void rows.delete(other),
        count: (states) => [...rows.values()].filter(({ state }) => states.includes(state)).length,
      },
      now: () => 1_000,
      blocks: (other) => blocked.has(other),
      tell: (other: string, word: ContactWord) => carry(() => of(other).contacts.hear(user, word)),
      changed: (news) => void heard.push(news),
    });
    return { contacts, rows, heard, blocked };
  };
  const of = (user: string): Person => {
    const known = all.get(user);
    if (known !== undefined) return known;
    const made = make(user);
    all.set(user, made);
    return made;
  };
  return { ann: of("ann"), bob: of("bob"), of };
}

const stateOf = (one: { readonly rows: ReadonlyMap<string, Contact> }, other: string) => one.rows.get(other)?.state ?? "none";

describe("contacts", () => {
  it("[PC1] are invited with a reason, and accepted or declined; both hear", async () => {
    const { ann, bob } = people();
    expect(await ann.contacts.invite("bob", "tea")).toEqual({ ok: true, value: { state: "invited" } });
    expect(bob.heard).toEqual([{ user: "ann", state: "asked", since: 1_000, reason: "tea" }]);
    expect(await bob.contacts.accept("ann")).toEqual({ ok: true, value: {} });
    expect([ann.contacts.isContact("bob"), bob.contacts.isContact("ann")]).toEqual([true, true]);
    expect([ann.heard.at(-1), bob.heard.at(-1)]).toEqual([
      { user: "bob", state: "contact", since: 1_000 },
      { user: "ann", state: "contact", since: 1_000 },
    ]);
    await ann.contacts.invite("cy", undefined);
    const { ann: dan, bob: eve } = people();
    await dan.contacts.invite("bob", undefined);
    expect(await eve.contacts.decline("ann")).toEqual({ ok: true, value: {} });
    expect([dan.rows.size, eve.rows.size]).toEqual([0, 0]);
    expect([dan.heard.at(-1), eve.heard.at(-1)]).toEqual([
      { user: "bob", state: "none", why: "declined" },
      { user: "ann", state: "none", why: "declined" },
    ]);
    expect(await eve.contacts.accept("ann")).toMatchObject({ ok: false, error: { code: "not_found" } });
    expect(await dan.contacts.invite("ann", undefined)).toMatchObject({ ok: false, error: { code: "bad_request" } });
  });

  it("[PC2] meet where both invite, and are told once of what is repeated", async () => {
    const { ann, bob } = people();
    await ann.contacts.invite("bob", "tea");
    await ann.contacts.invite("bob", "tea");
    expect(bob.heard).toHaveLength(1);
    await ann.contacts.invite("bob", "cake");
    expect(bob.rows.get("ann")).toMatchObject({ state: "asked", reason: "cake" });
    expect(await bob.contacts.invite("ann", "x")).toEqual({ ok: true, value: { state: "contact" } });
    expect([stateOf(ann, "bob"), stateOf(bob, "ann")]).toEqual(["contact", "contact"]);
    expect(await ann.contacts.invite("bob", "again")).toEqual({ ok: true, value: { state: "contact" } });
    // At the same moment, each on its way to the other.
    const both = people(async (deliver) => {
      await Promise.resolve();
      return deliver();
    });
    await Promise.all([both.ann.contacts.invite("bob", undefined), both.bob.contacts.invite("ann", undefined)]);
    expect([stateOf(both.ann, "bob"), stateOf(both.bob, "ann")]).toEqual(["contact", "contact"]);
  });

  it("[PC3] an invitation that was taken back is gone", async () => {
    let lost = false;
    const { ann, bob } = people(async (deliver) => (lost ? err(wireError("unavailable")) : deliver()));
    await ann.contacts.invite("bob", undefined);
    lost = true;
    expect(await ann.contacts.remove("bob")).toMatchObject({ ok: false, error: { code: "unavailable" } });
    lost = false;
    expect(await bob.contacts.accept("ann")).toMatchObject({ ok: false, error: { code: "gone" } });
    expect([ann.rows.size, bob.rows.size]).toEqual([0, 0]);
  });

  it("[PC4] [PC5] are removed for both, with what one calls the other", async () => {
    const { ann, bob } = people();
    await ann.contacts.add("bob");
    expect(ann.contacts.remark("bob", "Bobby")).toEqual({ ok: true, value: {} });
    expect([ann.rows.get("bob"), bob.rows.get("ann")]).toEqual([
      { user: "bob", state: "contact", since: 1_000, remark: "Bobby" },
      { user: "ann", state: "contact", since: 1_000 },
    ]);
    await bob.contacts.remove("ann");
    expect([ann.rows.size, bob.rows.size]).toEqual([0, 0]);
    expect([ann.heard.at(-1), bob.heard.at(-1)]).toEqual([
      { user: "bob", state: "none", why: "removed" },
      { user: "ann", state: "none", why: "removed" },
    ]);
    expect(ann.contacts.remark("bob", "x")).toMatchObject({ ok: false, error: { code: "not_found" } });
    await ann.contacts.add("bob");
    expect(ann.rows.get("bob")).not.toHaveProperty("remark");
  });

  it("[PC7] are bounded, invitations from others apart", async () => {
    const { ann, bob, of } = people();
    for (let n = 0; n < CHAT_LIMITS.contactInvitations; n++) await of(`user-${n}`).contacts.invite("bob", undefined);
    expect(await ann.contacts.invite("bob", undefined)).toMatchObject({ ok: false, error: { code: "limit_exceeded", limit: CHAT_LIMITS.contactInvitations } });
    expect(stateOf(ann, "bob")).toBe("none");
    for (let n = 0; n < CHAT_LIMITS.contacts; n++) await of(`friend-${n}`).contacts.add("bob");
    expect(await bob.contacts.accept("user-0")).toMatchObject({ ok: false, error: { code: "limit_exceeded", limit: CHAT_LIMITS.contacts } });
    expect(await bob.contacts.invite("ann", undefined)).toMatchObject({ ok: false, error: { code: "limit_exceeded" } });
    expect(await ann.contacts.add("bob")).toMatchObject({ ok: false, error: { code: "limit_exceeded" } });
    expect(ann.rows.size).toBe(0);
  });

  it("[PC8] who is blocked cannot invite, and a contact stays one", async () => {
    const { ann, bob } = people();
    bob.blocked.add("ann");
    expect(await ann.contacts.invite("bob", undefined)).toMatchObject({ ok: false, error: { code: "forbidden" } });
    expect([ann.rows.size, bob.rows.size]).toEqual([0, 0]);
    bob.blocked.clear();
    await ann.contacts.add("bob");
    bob.blocked.add("ann");
    expect(await ann.contacts.invite("bob", undefined)).toEqual({ ok: true, value: { state: "contact" } });
  });

  it("[PC9] end the same on both sides, whatever is lost, once somebody does the same again", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      let weather = 0.3;
      const unavailable = err(wireError("unavailable"));
      const { ann, bob } = people(async (deliver) => {
        for (let n = Math.floor(random() * 3); n > 0; n--) await Promise.resolve();
        if (random() < weather) return unavailable;
        const answer = deliver();
        for (let n = Math.floor(random() * 3); n > 0; n--) await Promise.resolve();
        return random() < weather ? unavailable : answer;
      });
      const sides = [
        { one: ann, other: "bob" },
        { one: bob, other: "ann" },
      ] as const;
      const act = async (): Promise<void> => {
        const { one, other } = must(sides[random() < 0.5 ? 0 : 1], "a side");
        const kind = random();
        if (kind < 0.4) await one.contacts.invite(other, undefined);
        else if (kind < 0.7) await one.contacts.accept(other);
        else if (kind < 0.8) await one.contacts.decline(other);
        else await one.contacts.remove(other);
      };
      for (let step = 0; step < 12; step++) await Promise.all(random() < 0.4 ? [act(), act()] : [act()]);
      weather = 0;
      if (random() < 0.5) {
        await ann.contacts.remove("bob");
        expect([seed, stateOf(ann, "bob"), stateOf(bob, "ann")]).toEqual([seed, "none", "none"]);
      }
      await ann.contacts.invite("bob", undefined);
      if (stateOf(bob, "ann") === "asked") await bob.contacts.accept("ann");
      expect([seed, stateOf(ann, "bob"), stateOf(bob, "ann")]).toEqual([seed, "contact", "contact"]);
    }
  });
});
