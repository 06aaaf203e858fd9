import { describe, expect, it } from "vitest";
import type { Effects } from "../../../src/domain/membership/events.ts";
import { Group } from "../../../src/domain/membership/group.ts";
import { GROUP_PERMISSIONS, type GroupAct, ROLES, type Role } from "../../../src/domain/membership/permissions.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import type { Result } from "../../../src/util/result.ts";
import { MemoryMembershipStore } from "../../support/memory-membership.ts";

/** What the product's table of roles says, by owner, admin, member, and who is none; `*`: on members only, `+`: on what is one's own, `?`: as the group has it. */
const TABLE: Readonly<Record<GroupAct, string>> = {
  dismiss: "y - - -",
  transfer: "y - - -",
  appoint: "y - - -",
  update: "y y - -",
  announce: "y y - -",
  apply: "- - - ?",
  answerInvitation: "- - - ?",
  leave: "- y y -",
  invite: "y y ? -",
  decide: "y y - -",
  remove: "y * - -",
  block: "y * - -",
  mute: "y * - -",
  muteAll: "y y - -",
  allow: "y y - -",
  readLists: "y y + -",
  readDetails: "y y y ?",
  readMembers: "y y y -",
  readShared: "y y y -",
  shareFile: "y y y -",
  dropFile: "y y + -",
  setAttributes: "y y + -",
  shield: "y y y -",
  send: "y y y -",
  react: "y y y -",
  pin: "y y y -",
  moderate: "y * - -",
  openThread: "y y y -",
};
const SPEAKING: readonly GroupAct[] = ["send", "shareFile", "openThread"];
const STAYING: readonly GroupAct[] = ["leave", "readLists", "readDetails", "readMembers", "readShared", "shield"];

const STATES = ["isPublic", "invitesOpen", "disabled", "allMuted", "muted", "onAllowList", "invited"] as const;
type States = Readonly<Record<(typeof STATES)[number], boolean>>;
const TARGETS = [undefined, "self", ...ROLES] as const;
type Target = (typeof TARGETS)[number];

const done = (outcome: Result<Effects, WireError>): Effects => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
};

/** A group in which somebody has each role. */
function groupIn({ isPublic, invitesOpen, disabled, allMuted, muted, onAllowList, invited }: States, actor: string): Group {
  const store = new MemoryMembershipStore();
  const group = new Group({ store, membersCap: () => 100, now: () => 1_000, head: () => 0 });
  const server = { kind: "server" } as const;
  done(group.create("owner", { public: isPublic, invitesOpen, maxMembers: 50 }, ["otherAdmin", "admin", "member", "otherMember"]));
  for (const user of ["admin", "otherAdmin"]) done(group.appoint(server, user, true));
  if (invited) store.putAsking({ user: "stranger", kind: "invitation", by: "owner", reason: "", at: 0 });
  if (muted) store.putListed("mute", { user: actor });
  if (onAllowList) store.putListed("allow", { user: actor });
  if (allMuted) done(group.muteAll(server, true));
  if (disabled) done(group.disable(true));
  return group;
}

function expected(act: GroupAct, role: Role, states: States, target: Target): "yes" | "forbidden" | "not_found" {
  const { allMuted, disabled, invited, invitesOpen, isPublic, muted, onAllowList } = states;
  if (role === "stranger" && !isPublic && !invited) return "not_found";
  const cell = TABLE[act].split(" ")[ROLES.indexOf(role)];
  const may =
    cell === "y" ||
    (cell === "*" && target !== "owner" && target !== "admin" && target !== "self") ||
    (cell === "+" && target === "self") ||
    (cell === "?" && (act === "invite" ? invitesOpen : act === "answerInvitation" ? invited : isPublic));
  if (!may) return "forbidden";
  if (STAYING.includes(act)) return "yes";
  if (disabled) return "forbidden";
  if (!SPEAKING.includes(act)) return "yes";
  return muted || (allMuted && role === "member" && !onAllowList) ? "forbidden" : "yes";
}

const statesOf = (bits: number): States => Object.fromEntries(STATES.map((name, at) => [name, (bits & (1 << at)) !== 0])) as States;
const nameOf = (role: Role, actor: Role): string =>
  role === actor && role === "admin" ? "otherAdmin" : role === actor && role === "member" ? "otherMember" : role;

describe("who may do what", () => {
  it("[GR1] [GR2] [GR3] [GR4] [GR6] every role, act, state and target gets the answer of the table", { timeout: 60_000 }, () => {
    let asked = 0;
    for (let bits = 0; bits < 1 << STATES.length; bits++) {
      const states = statesOf(bits);
      for (const role of ROLES) {
        const group = groupIn(states, role);
        for (const act of Object.keys(GROUP_PERMISSIONS) as GroupAct[]) {
          for (const target of TARGETS) {
            const on = target === undefined ? undefined : target === "self" ? role : nameOf(target, role);
            // A stranger acts on no other stranger, nor an owner on another owner: there is none.
            if (on === role && target !== "self") continue;
            const refused = group.refuse(act, { kind: "user", user: role }, on);
            expect(refused?.code ?? "yes", `${role} ${act} ${target} ${JSON.stringify(states)}`).toBe(expected(act, role, states, target));
            expect(group.refuse(act, { kind: "server" }, on)).toBeUndefined();
            asked += 1;
          }
        }
      }
    }
    expect(asked).toBe(2 ** STATES.length * Object.keys(TABLE).length * (4 * TARGETS.length - 2));
  });

  it("[GR1] every act is in the table, and nothing else is", () => {
    expect(Object.keys(GROUP_PERMISSIONS).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it("[GR3] a mute ends by itself, and stays with who leaves and comes back", () => {
    let now = 0;
    const group = new Group({ store: new MemoryMembershipStore(), membersCap: () => 100, now: () => now, head: () => 0 });
    done(group.create("ada", { public: true, approval: false }, ["bob"]));
    const bob = { kind: "user", user: "bob" } as const;
    done(group.mute({ kind: "user", user: "ada" }, ["bob"], true, 1_000));
    expect(group.refuse("send", bob)).toMatchObject({ code: "forbidden", message: "muted" });
    done(group.leave("bob"));
    done(group.apply("bob", ""));
    expect(group.refuse("send", bob)).toMatchObject({ code: "forbidden", message: "muted" });
    now = 1_001;
    expect(group.refuse("send", bob)).toBeUndefined();
  });
});
