import { describe, expect, it } from "vitest";
import { type Registered, Registration, type Shown } from "../../../src/domain/membership/registration.ts";

const GROUP = {
  name: "Birds",
  description: "",
  avatar: "",
  public: true,
  approval: false,
  maxMembers: 10,
  disabled: false,
  createdAt: 1,
  owner: "ada",
  members: 1,
};
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A group that was just made, and a list that can be made to refuse, or to answer late. */
function world() {
  const state = {
    is: undefined as Shown | undefined,
    noted: undefined as Registered | undefined,
    told: [] as [number, Shown][],
    notes: 0,
    refuses: false,
    wakes: [] as number[],
    gate: undefined as Promise<void> | undefined,
  };
  const start = () =>
    new Registration({
      shown: () => state.is,
      noted: () => state.noted,
      note: (noted) => {
        state.notes += 1;
        state.noted = noted;
      },
      tell: async (revision, shown) => {
        state.told.push([revision, shown]);
        await state.gate;
        if (state.refuses) throw new Error("no database");
      },
      now: () => 1_000,
      background: (work) => void work,
      wakeBy: (at) => void state.wakes.push(at),
      gatherMs: 500,
      retryMs: 100,
      retryCapMs: 300,
    });
  return { state, start };
}

describe("what a group owes the app's list", () => {
  it("[GL2] is told at once, with what the same turn brings, and costs two rows", async () => {
    const { state, start } = world();
    const list = start();
    expect(list.owes).toBe(false);
    state.is = GROUP;
    list.changed();
    state.is = { ...GROUP, name: "Larks" };
    list.changed();
    expect(list.owes).toBe(true);
    await settled();
    expect(state.told).toEqual([[1, { ...GROUP, name: "Larks" }]]);
    expect([list.owes, state.noted, state.notes]).toEqual([false, { revision: 1, owed: false }, 2]);
    list.changed();
    await settled();
    expect(state.notes).toBe(2);
  });

  it("[GL2] waits for the alarm where only its number of members has changed", async () => {
    const { state, start } = world();
    state.is = GROUP;
    const list = start();
    list.pay();
    await settled();
    for (let members = 2; members < 9; members++) {
      state.is = { ...GROUP, members };
      list.changed();
      await settled();
    }
    expect([state.told.length, state.wakes[0], list.owes]).toEqual([1, 1_500, true]);
    list.pay();
    await settled();
    expect(state.told.at(-1)).toEqual([2, { ...GROUP, members: 8 }]);
  });

  it("[GL2] stays owed until the list has it, and never tells two things under one revision", async () => {
    const { state, start } = world();
    state.refuses = true;
    state.is = GROUP;
    const before = start();
    before.pay();
    await settled();
    for (let again = 0; again < 3; again++) {
      before.pay();
      await settled();
    }
    expect(state.wakes).toEqual([1_100, 1_200, 1_300, 1_300]);
    // Its life ends, and meanwhile the group does.
    state.is = "none";
    state.refuses = false;
    const after = start();
    expect(after.owes).toBe(true);
    after.pay();
    await settled();
    expect(new Set(state.told.map(([revision]) => revision)).size).toBe(5);
    expect(state.told.at(-1)).toEqual([5, "none"]);
    expect(after.owes).toBe(false);
  });

  it("[GL2] is told once more where something changes while it is told", async () => {
    const { state, start } = world();
    state.is = GROUP;
    const list = start();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    list.pay();
    await settled();
    state.is = { ...GROUP, members: 2 };
    list.changed();
    state.is = { ...GROUP, members: 3 };
    list.changed();
    expect(state.told).toHaveLength(1);
    gate.resolve();
    await settled();
    expect(state.told.map(([revision, shown]) => [revision, (shown as typeof GROUP).members])).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(list.owes).toBe(false);
  });
});
