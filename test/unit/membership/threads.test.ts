import { describe, expect, it } from "vitest";
import type { Effects } from "../../../src/domain/membership/events.ts";
import { Group } from "../../../src/domain/membership/group.ts";
import { leaveInThread } from "../../../src/domain/membership/talk.ts";
import { THREAD_PERMISSIONS, THREAD_ROLES, type ThreadAct, type ThreadRole, threadMay } from "../../../src/domain/membership/thread-permissions.ts";
import { Threads, type ThreadWord } from "../../../src/domain/membership/threads.ts";
import type { WireError } from "../../../src/protocol/errors.ts";
import type { Result } from "../../../src/util/result.ts";
import { MemoryMembershipStore } from "../../support/memory-membership.ts";
import { MemoryThreadStore } from "../../support/memory-threads.ts";

const by = (user: string) => ({ kind: "user", user }) as const;
const done = (outcome: Result<Effects, WireError>): Effects => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
};

/** Ada owns the group, bob is an admin; cho has opened a thread, dan has joined it, eve is in the group alone. */
function thread() {
  const group = new Group({ store: new MemoryMembershipStore(), membersCap: () => 100, now: () => 1_000, head: () => 0 });
  done(group.create("ada", { invitesOpen: true }, ["bob", "cho", "dan", "eve"]));
  done(group.appoint(by("ada"), "bob", true));
  const store = new MemoryThreadStore();
  const owed: ThreadWord[] = [];
  const threads = new Threads({ group, store, now: () => 1_000, owe: (_, word) => void owed.push(word) });
  done(threads.create("cho", "77", 5, "Nests"));
  done(threads.join("dan", "77"));
  return { group, store, threads, owed };
}

describe("a thread", () => {
  it("[TH1] each role may what the table says, and nothing else: every act, every role, joined or not", () => {
    const acts: Readonly<Record<ThreadAct, (threads: Threads, user: string, group: Group) => WireError | undefined>> = {
      read: (threads, user) => threads.refuse("read", by(user), "77"),
      join: (threads, user) => errorOf(threads.join(user, "77")),
      leave: (threads, user) => errorOf(threads.leave(user, "77")),
      rename: (threads, user) => errorOf(threads.rename(by(user), "77", "Eggs")),
      remove: (threads, user) => errorOf(threads.remove(by(user), "77", ["dan"])),
      dismiss: (threads, user) => errorOf(threads.dismiss(by(user), "77")),
      talk: (threads, user, group) => leaveInThread(group, threads, "77", { user, op: "message.send" }).refused,
    };
    const people: Readonly<Record<ThreadRole, string>> = { manager: "bob", creator: "cho", member: "dan", fellow: "eve" };
    for (const act of Object.keys(THREAD_PERMISSIONS) as ThreadAct[]) {
      for (const role of THREAD_ROLES) {
        for (const joined of [true, false]) {
          // Who has joined is no mere fellow, and a member has.
          if ((role === "member" && !joined) || (role === "fellow" && joined)) continue;
          const { group, threads } = thread();
          const user = people[role];
          if (joined) done(threads.join(user, "77"));
          else if (role === "creator") done(threads.leave(user, "77"));
          expect([act, role, joined, acts[act](threads, user, group)?.code]).toEqual([
            act,
            role,
            joined,
            threadMay(act, role, joined) ? undefined : "forbidden",
          ]);
        }
      }
      expect(acts[act](thread().threads, "zoe", thread().group)?.code, act).toBe("not_found");
    }
    expect(threadMay("talk", "manager", false)).toBe(false);
    expect(threadMay("rename", "creator", false)).toBe(true);
  });

  it("[TH2] there is one about a message; opened again by the same user it is as it was; dismissed, it is gone for good", () => {
    const { threads, store } = thread();
    expect(done(threads.create("cho", "77", 5, "Nests")).told).toEqual([]);
    expect(errorOf(threads.create("dan", "77", 5, "Nests"))?.code).toBe("conflict");
    done(threads.dismiss(by("ada"), "77"));
    expect(done(threads.dismiss(by("ada"), "77")).told).toEqual([]);
    expect(errorOf(threads.create("cho", "77", 5, "Nests"))?.code).toBe("gone");
    expect([store.count(), store.members("77", "", 10)]).toEqual([0, []]);
  });

  it("[TH3] who leaves the group is out of its threads, and a dismissed group has none", () => {
    const { threads, store, owed } = thread();
    threads.left(["dan"]);
    expect([store.joined("77", "dan"), owed.at(-1)]).toEqual([false, { part: ["dan"] }]);
    threads.endAll();
    expect([store.all(), owed.at(-1)]).toEqual([[], { ended: true }]);
  });

  it("[TH4] what the group forbids is forbidden in it: to the muted, and to all while it is disabled", () => {
    const { group, threads } = thread();
    const says = (user: string, op = "message.send", author?: string) => leaveInThread(group, threads, "77", { user, op, author });
    expect(says("dan")).toEqual({});
    done(group.mute(by("bob"), ["dan"], true));
    expect(says("dan").refused?.code).toBe("forbidden");
    expect(says("dan", "message.react")).toEqual({});
    done(group.mute(by("bob"), ["dan"], false));
    done(group.muteAll(by("ada"), true));
    expect(says("dan").refused?.message).toBe("all are muted");
    done(threads.join("bob", "77"));
    expect(says("bob")).toEqual({});
    expect(says("bob", "message.recall", "dan")).toEqual({ moderates: true });
    expect(says("dan", "message.recall", "cho")).toEqual({});
    done(group.disable(true));
    expect(says("bob").refused?.message).toBe("it is disabled");
    expect(errorOf(threads.join("eve", "77"))?.message).toBe("it is disabled");
    expect(errorOf(threads.leave("dan", "77"))).toBeUndefined();
  });
});

const errorOf = (outcome: Result<unknown, WireError>): WireError | undefined => (outcome.ok ? undefined : outcome.error);
