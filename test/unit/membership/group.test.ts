import { describe, expect, it } from "vitest";
import type { Effects } from "../../../src/domain/membership/events.ts";
import { Group } from "../../../src/domain/membership/group.ts";
import { sees } from "../../../src/domain/membership/visibility.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import { GROUP_LIMITS } from "../../../src/protocol/group-limits.ts";
import { type GroupChange, type GroupEvent, groupChange } from "../../../src/protocol/messages/group.ts";
import type { Result } from "../../../src/util/result.ts";
import { MemoryMembershipStore } from "../../support/memory-membership.ts";

const ADA = { kind: "user", user: "ada" } as const;
const BOB = { kind: "user", user: "bob" } as const;
const SERVER = { kind: "server" } as const;

function group(details: GroupChange = {}, members: readonly string[] = ["bob"]) {
  const store = new MemoryMembershipStore();
  const clock = { now: 1_000, head: 0 };
  const made = new Group({ store, membersCap: () => 500, now: () => clock.now, head: () => clock.head });
  done(made.create("ada", details, members));
  return { group: made, store, clock };
}
const done = (outcome: Result<Effects, WireError>): Effects => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
};
const refused = (outcome: Result<Effects, WireError>): WireError => {
  if (outcome.ok) throw new Error("was done");
  return outcome.error;
};
const heard = ({ told }: Effects): [GroupEvent["kind"], unknown][] => told.map(({ event, to }) => [event.kind, to]);

describe("coming", () => {
  it("[GJ1] who applies to an open group is a member at once", () => {
    const { group: one } = group({ public: true, approval: false });
    const effects = done(one.apply("cho", "hello"));
    expect(effects.came).toEqual(["cho"]);
    expect(heard(effects)).toEqual([["joined", "members"]]);
    expect(one.roleOf("cho")).toBe("member");
    expect(done(one.apply("cho", "again"))).toMatchObject({ came: [], told: [] });
  });

  it("[GJ1] where approval is asked for, managers hear of it and decide", () => {
    const { group: one } = group({ public: true });
    expect(heard(done(one.apply("cho", "let me in")))).toEqual([["applied", "managers"]]);
    expect(one.roleOf("cho")).toBe("stranger");
    expect(refused(one.decideOn(BOB, "cho", true, "")).code).toBe("forbidden");
    const accepted = done(one.decideOn(ADA, "cho", true, ""));
    expect([accepted.came, heard(accepted)]).toEqual([
      ["cho"],
      [
        ["applicationAccepted", ["cho"]],
        ["joined", "members"],
      ],
    ]);
    done(one.apply("dan", "me too"));
    expect(heard(done(one.decideOn(ADA, "dan", false, "no room")))).toEqual([["applicationDeclined", ["dan"]]]);
    expect(refused(one.decideOn(ADA, "dan", true, "")).code).toBe("not_found");
  });

  it("[GJ2] who is invited is a member at once, or asked", () => {
    const { group: open } = group();
    const effects = done(open.invite(ADA, ["cho", "dan", "bob"], ""));
    expect([effects.came, heard(effects)]).toEqual([
      ["cho", "dan"],
      [
        ["added", ["cho", "dan"]],
        ["joined", "members"],
      ],
    ]);
    const { group: asking } = group({ consent: true });
    expect(heard(done(asking.invite(ADA, ["cho", "dan"], "come")))).toEqual([
      ["invited", ["cho"]],
      ["invited", ["dan"]],
    ]);
    expect(asking.roleOf("cho")).toBe("stranger");
    expect(heard(done(asking.answerInvitation("cho", true, "")))).toEqual([
      ["invitationAccepted", ["ada"]],
      ["joined", "members"],
    ]);
    expect(heard(done(asking.answerInvitation("dan", false, "no time")))).toEqual([["invitationDeclined", ["ada"]]]);
    expect(refused(asking.answerInvitation("dan", true, "")).code).toBe("not_found");
    expect(done(asking.invite(SERVER, ["eve"], "")).came).toEqual(["eve"]);
  });

  it("[GJ3] the block list keeps out, by whatever way", () => {
    const { group: one } = group({ public: true, approval: false, consent: true }, []);
    done(one.invite(ADA, ["bob", "cho"], ""));
    done(one.answerInvitation("bob", true, ""));
    const blocked = done(one.block(ADA, ["bob", "cho"], true));
    expect([blocked.went, heard(blocked)]).toEqual([
      ["bob"],
      [
        ["removed", ["bob"]],
        ["left", "members"],
      ],
    ]);
    expect(refused(one.apply("bob", "")).code).toBe("forbidden");
    expect(refused(one.answerInvitation("cho", true, "")).code).toBe("not_found");
    expect(done(one.invite(SERVER, ["bob"], "")).failed).toEqual([{ user: "bob", message: "on the block list" }]);
    done(one.block(ADA, ["bob"], false));
    expect(done(one.apply("bob", "")).came).toEqual(["bob"]);
  });

  it("[GJ4] a full group takes nobody, and can be made no smaller than it is", () => {
    const { group: one } = group({ public: true, approval: false, maxMembers: 2 });
    expect(refused(one.apply("cho", ""))).toMatchObject({ code: "limit_exceeded", limit: 2 });
    expect(done(one.invite(ADA, ["cho"], "")).failed).toHaveLength(1);
    expect(refused(one.update(ADA, { maxMembers: 1 })).code).toBe("limit_exceeded");
    expect(refused(one.update(ADA, { maxMembers: 501 })).code).toBe("limit_exceeded");
    done(one.update(ADA, { maxMembers: 3 }));
    expect(done(one.apply("cho", "")).came).toEqual(["cho"]);
  });

  it("[GJ5] so many applications and invitations wait, and no more", () => {
    const { group: one } = group({ public: true, consent: true });
    for (let n = 0; n < GROUP_LIMITS.asking; n++) done(one.apply(`guest${n}`, ""));
    expect(refused(one.apply("late", "")).code).toBe("limit_exceeded");
    done(one.apply("guest7", "another reason"));
    expect(done(one.invite(ADA, ["cho"], "")).failed).toEqual([]);
  });

  it("[GJ6] an act on several says for whom it was not done, and is refused for too many", () => {
    const { group: one } = group({}, ["bob", "cho"]);
    done(one.appoint(ADA, "bob", true));
    const removed = done(one.remove(BOB, ["ada", "bob", "cho", "nobody"]));
    expect(removed.went).toEqual(["cho"]);
    expect(removed.failed.map(({ user }) => user)).toEqual(["ada", "bob", "nobody"]);
    expect(
      refused(
        one.remove(
          ADA,
          Array.from({ length: 61 }, (_, n) => `u${n}`),
        ),
      ),
    ).toMatchObject({ code: "limit_exceeded", limit: 60 });
  });

  it("[GJ7] who leaves and comes back sees what was said while it was there", () => {
    const { group: one, store, clock } = group({ public: true, approval: false });
    clock.head = 10;
    done(one.leave("bob"));
    clock.head = 20;
    done(one.apply("bob", ""));
    clock.head = 30;
    const seen = (user: string) => [5, 10, 11, 20, 21, 30].filter((seq) => sees(store.member(user)?.intervals ?? [], seq));
    expect(seen("bob")).toEqual([5, 10, 21, 30]);
    expect(done(one.apply("cho", "")).came).toEqual(["cho"]);
    expect(seen("cho")).toEqual([]);
    done(one.update(ADA, { historyOpen: true }));
    done(one.apply("dan", ""));
    expect(seen("dan")).toEqual([5, 10, 11, 20, 21, 30]);
    done(one.update(ADA, { historyOpen: false }));
    for (let n = 0; n < 30; n++) {
      clock.head += 10;
      done(one.leave("bob"));
      clock.head += 10;
      done(one.apply("bob", ""));
    }
    expect(store.member("bob")?.intervals).toHaveLength(20);
  });
});

describe("roles", () => {
  it("[GR5] there is one owner, whatever happens", () => {
    const { group: one, store } = group({}, ["bob", "cho"]);
    expect(refused(one.leave("ada")).code).toBe("forbidden");
    expect(refused(one.transfer(ADA, "nobody")).code).toBe("not_found");
    done(one.appoint(ADA, "bob", true));
    expect(heard(done(one.transfer(ADA, "bob")))).toEqual([["ownerChanged", "members"]]);
    expect([one.roleOf("ada"), one.roleOf("bob"), store.owner()]).toEqual(["member", "owner", "bob"]);
    expect(done(one.leave("ada")).went).toEqual(["ada"]);
    expect(done(one.remove(SERVER, ["bob"])).failed).toEqual([{ user: "bob", message: "not to the owner" }]);
    expect(done(one.transfer(BOB, "bob")).told).toEqual([]);
  });

  it("[GR6] there are 99 admins at most", () => {
    const users = Array.from({ length: 100 }, (_, n) => `u${n}`);
    const { group: one } = group({ maxMembers: 200 }, users.slice(0, 50));
    done(one.invite(SERVER, users.slice(50), ""));
    for (const user of users.slice(0, 99)) done(one.appoint(ADA, user, true));
    expect(refused(one.appoint(ADA, "u99", true))).toMatchObject({ code: "limit_exceeded", limit: 99 });
    done(one.appoint(ADA, "u0", false));
    done(one.appoint(ADA, "u99", true));
  });
});

describe("what members see", () => {
  it("[GM1] details have bounds, and a change of what is the same tells nobody", () => {
    const { group: one } = group({ name: "Ornithology" });
    expect(done(one.update(ADA, { name: "Ornithology" })).told).toEqual([]);
    expect(done(one.update(ADA, { name: "Birds", announcement: "At dawn" })).told.map(({ event }) => event)).toEqual([
      { kind: "updated", changed: { name: "Birds", announcement: "At dawn" } },
    ]);
    expect(groupChange.safeParse({ name: "x".repeat(129) }).success).toBe(false);
    expect(groupChange.safeParse({ name: "鳥".repeat(128), custom: "é".repeat(4_096) }).success).toBe(true);
    expect(groupChange.safeParse({ custom: "é".repeat(4_097) }).success).toBe(false);
    expect(one.details.name).toBe("Birds");
  });

  it("[GM2] attributes of members have bounds; owner and admins set those of others", () => {
    const { group: one, store } = group();
    done(one.setAttributes(BOB, "bob", { nick: "Bobby", car: "red" }));
    done(one.setAttributes(ADA, "bob", { car: "" }));
    expect(store.member("bob")?.attributes).toEqual({ nick: "Bobby" });
    expect(refused(one.setAttributes(BOB, "ada", { nick: "A" })).code).toBe("forbidden");
    expect(refused(one.setAttributes(BOB, "bob", { "a b": "x" })).code).toBe("bad_request");
    expect(refused(one.setAttributes(BOB, "bob", { k: "x".repeat(513) })).code).toBe("too_large");
    for (let n = 0; n < 7; n++) done(one.setAttributes(BOB, "bob", { [`k${n}`]: "x".repeat(512) }));
    expect(refused(one.setAttributes(BOB, "bob", { last: "x".repeat(512) }))).toMatchObject({ code: "too_large", limit: 4_096 });
    done(one.setAttributes(BOB, "bob", { __proto__x: "fine" }));
  });
});
