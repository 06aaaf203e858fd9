import { describe, expect, it } from "vitest";
import { ROLES, ROOM_PERMISSIONS, type Role, type RoomAct } from "../../../src/domain/membership/permissions.ts";
import { Room } from "../../../src/domain/room/room.ts";
import { MemoryRoomStore } from "../../support/memory-room.ts";

/** What the product's table of a room's roles says, by owner, admin, member, and who is not in it; `*`: on members only, `+`: on what is one's own. */
const TABLE: Readonly<Record<RoomAct, string>> = {
  dismiss: "y - - -",
  transfer: "y - - -",
  appoint: "y - - -",
  update: "y y - -",
  announce: "y y - -",
  enter: "y y y y",
  remove: "y * - -",
  block: "y * - -",
  mute: "y * - -",
  muteAll: "y y - -",
  tag: "y * - -",
  allow: "y y - -",
  readLists: "y y + -",
  readDetails: "y y y y",
  readMembers: "y y y -",
  readHistory: "y y y -",
  readKeys: "y y y -",
  setKeys: "y y y -",
  send: "y y y -",
  edit: "+ + + -",
  recall: "+ + + -",
  pin: "y y y -",
  moderate: "y * - -",
};
const STAYING: readonly RoomAct[] = ["readLists", "readDetails", "readMembers", "readHistory", "readKeys"];

const STATES = ["disabled", "allMuted", "muted", "mutedByTag", "onAllowList", "blocked", "dismissed"] as const;
type States = Readonly<Record<(typeof STATES)[number], boolean>>;
const TARGETS = [undefined, "self", ...ROLES] as const;
type Target = (typeof TARGETS)[number];

/** A room in which somebody has each role; the stranger is not in it. */
function roomIn({ disabled, allMuted, muted, mutedByTag, onAllowList, blocked, dismissed }: States, actor: string): Room {
  const store = new MemoryRoomStore();
  const here = new Set(["owner", "admin", "otherAdmin", "member", "otherMember"]);
  const room = new Room({ store, now: () => 1_000, present: { has: (user) => here.has(user), count: here.size, isSuperAdmin: () => false } });
  const server = { kind: "server" } as const;
  room.create("owner", {});
  for (const user of ["admin", "otherAdmin"]) room.appoint(server, user, true);
  if (muted) store.putListed("mute", { user: actor });
  if (mutedByTag) {
    room.tag(server, actor, ["loud"]);
    room.muteTags(server, ["loud", "other"]);
  }
  if (onAllowList) store.putListed("allow", { user: actor });
  if (blocked) store.putListed("block", { user: actor });
  if (allMuted) room.muteAll(server, true);
  if (disabled) room.disable(true);
  if (dismissed) room.dismiss(server);
  return room;
}

function expected(act: RoomAct, role: Role, states: States, target: Target): "yes" | "forbidden" | "not_found" {
  const { allMuted, disabled, dismissed, muted, mutedByTag, onAllowList } = states;
  if (dismissed) return "not_found";
  const cell = TABLE[act].split(" ")[ROLES.indexOf(role)];
  const may = cell === "y" || (cell === "*" && target !== "owner" && target !== "admin" && target !== "self") || (cell === "+" && target === "self");
  if (!may) return "forbidden";
  if (STAYING.includes(act)) return "yes";
  if (disabled) return "forbidden";
  if (act !== "send" && act !== "edit") return "yes";
  return muted || mutedByTag || (allMuted && role === "member" && !onAllowList) ? "forbidden" : "yes";
}

const statesOf = (bits: number): States => Object.fromEntries(STATES.map((name, at) => [name, (bits & (1 << at)) !== 0])) as States;
const nameOf = (role: Role, actor: Role): string =>
  role === actor && role === "admin" ? "otherAdmin" : role === actor && role === "member" ? "otherMember" : role;

describe("who may do what in a room", () => {
  it("[RT1] [RT2] [RT3] [RT4] every role, act, state and target gets the answer of the table", () => {
    let asked = 0;
    for (let bits = 0; bits < 1 << STATES.length; bits++) {
      const states = statesOf(bits);
      for (const role of ROLES) {
        const room = roomIn(states, role);
        for (const act of Object.keys(ROOM_PERMISSIONS) as RoomAct[]) {
          for (const target of TARGETS) {
            const on = target === undefined ? undefined : target === "self" ? role : nameOf(target, role);
            // A stranger acts on no other stranger, nor an owner on another owner: there is none.
            if (on === role && target !== "self") continue;
            const refused = room.refuse(act, { kind: "user", user: role }, on);
            expect(refused?.code ?? "yes", `${role} ${act} ${target} ${JSON.stringify(states)}`).toBe(expected(act, role, states, target));
            expect(room.refuse(act, { kind: "server" }, on)?.code).toBe(states.dismissed ? "not_found" : undefined);
            asked += 1;
          }
        }
      }
    }
    expect(asked).toBe(2 ** STATES.length * Object.keys(TABLE).length * (4 * TARGETS.length - 2));
  });

  it("[RT1] every act is in the table, and nothing else is", () => {
    expect(Object.keys(ROOM_PERMISSIONS).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it("[RJ1] [RJ2] [RJ3] [RT2] who gets in, in every state", () => {
    for (let bits = 0; bits < 1 << STATES.length; bits++) {
      const states = statesOf(bits);
      for (const role of ROLES) {
        const is = roomIn(states, role).refuseEntry(role)?.code ?? "in";
        const should = states.dismissed ? "gone" : states.disabled || states.blocked ? "forbidden" : "in";
        expect(is, `${role} ${JSON.stringify(states)}`).toBe(should);
      }
    }
  });

  it("[RJ3] a full room takes nobody but those it has, its owner and its admins", () => {
    const store = new MemoryRoomStore();
    const here = new Set(["bob"]);
    const room = new Room({ store, now: () => 0, present: { has: (user) => here.has(user), count: 1, isSuperAdmin: (user) => user === "root" } });
    room.create("ann", { maxMembers: 1 });
    expect(room.refuseEntry("cho")).toMatchObject({ code: "limit_exceeded", limit: 1 });
    for (const user of ["ann", "bob", "root"]) expect(room.refuseEntry(user), user).toBeUndefined();
  });

  it("[RT5] a super admin of the app is an admin in every room, and no owner", () => {
    const store = new MemoryRoomStore();
    const room = new Room({ store, now: () => 0, present: { has: () => true, count: 2, isSuperAdmin: (user) => user === "root" } });
    room.create("ann", {});
    const root = { kind: "user", user: "root" } as const;
    expect(room.mute(root, ["bob"], true)).toMatchObject({ ok: true, value: { failed: [] } });
    expect(room.mute(root, ["ann"], true)).toMatchObject({ ok: true, value: { failed: [{ user: "ann" }] } });
    expect(room.refuse("dismiss", root)?.code).toBe("forbidden");
    expect(room.admins).toEqual([]);
  });
});
