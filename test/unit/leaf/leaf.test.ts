import { describe, expect, it } from "vitest";
import { LeafUnderTest, planOf, pushOf, SeatUnderTest, userWho } from "./leaf-ports.ts";

const CONTROL = { code: 4204, reason: "kicked", comesBack: false, generation: 1, device: "" };
const state = (...revocations: { user: string; device: string; generation: number; until: number }[]) => ({ revocations, settings: "" });

describe("what a leaf knows of ended logins", () => {
  it("[EL7] comes with a plan that moves users to it", () => {
    const user = userWho(0, 2, 2, 3);
    const { leaf } = new LeafUnderTest(2);
    leaf.receive(pushOf(planOf(1, 2), { state: state() }));
    leaf.receive(pushOf(planOf(2, 3), { state: state({ user, device: "", generation: 1, until: 9_000 }) }));
    expect(leaf.turns(user, "d", 1)).toMatchObject({ refused: { code: "token_revoked" } });
    expect(leaf.turns(user, "d", 2)).toBeUndefined();
  });

  it("[EL7] is obeyed whoever says it: a hub with an older plan, or one that does not carry the stream", () => {
    const user = userWho(0, 2, 0, 3);
    for (const push of [pushOf(planOf(1, 2)), pushOf(planOf(2, 3), { aside: true, after: 99, upTo: 99 })]) {
      const seat = new SeatUnderTest(user);
      const { leaf } = new LeafUnderTest(0);
      leaf.receive(pushOf(planOf(2, 3), { state: state() }));
      leaf.join(seat, undefined, undefined);
      expect(leaf.receive({ ...push, controls: [{ ...CONTROL, user }] })).toMatchObject({ seq: 0, version: 2 });
      expect(seat.closed?.code).toBe(4204);
    }
  });

  it("[EL7] ends whoever sits there with one, and keeps what an older word does not have", () => {
    const here = userWho(0, 1, 0, 2);
    const seat = new SeatUnderTest(here);
    const { leaf } = new LeafUnderTest(0);
    leaf.receive(pushOf(planOf(1, 1), { state: state() }));
    leaf.join(seat, undefined, undefined);
    leaf.receive(pushOf(planOf(2, 2), { state: state({ user: here, device: "d", generation: 1, until: 9_000 }) }));
    expect(seat.closed?.code).toBe(4000);
    expect(leaf.sockets).toBe(0);
    leaf.receive(pushOf(planOf(3, 2), { state: state() }));
    expect(leaf.turns(here, "d", 1)).toMatchObject({ refused: { code: "token_revoked" } });
    leaf.receive(pushOf(planOf(3, 2), { controls: [{ ...CONTROL, user: here, refuseUntil: 12_000 }] }));
    expect(leaf.turns(here, "another", 1)).toMatchObject({ refused: { code: "token_revoked" } });
  });
});

describe("a stream that begins anew", () => {
  it("[EL1] is told by a newer plan: late word of the one before does not bring that back", () => {
    const { leaf } = new LeafUnderTest(0);
    const seat = new SeatUnderTest(userWho(0, 2, 0, 2));
    leaf.receive(pushOf(planOf(2, 2), { epoch: "second", state: state() }));
    leaf.join(seat, undefined, undefined);
    expect(leaf.receive(pushOf(planOf(1, 2), { epoch: "first", life: "an earlier life" }))).toMatchObject({ epoch: "second" });
    expect(leaf.receive(pushOf(planOf(2, 2), { epoch: "second" }))).toMatchObject({ epoch: "second" });
    expect(seat.closed).toBeUndefined();
    expect(leaf.receive(pushOf(planOf(3, 2), { epoch: "third" }))).toMatchObject({ epoch: "third" });
    expect(seat.closed?.code).toBe(4000);
  });
});

describe("the silence of a leaf's members", () => {
  it("[EL9] is looked for in time when the leaf's clock is set back, and in a life that finds members", () => {
    const under = new LeafUnderTest(0);
    under.now = 1_000 + 86_400_000;
    under.leaf.receive(pushOf(planOf(2, 2), { state: state() }));
    under.leaf.join(new SeatUnderTest(userWho(0, 2, 0, 2)), undefined, undefined);
    expect(under.deadlines).toEqual([under.now + 90_000]);
    under.now = 1_000;
    under.leaf.receive(pushOf(planOf(2, 2)));
    under.leaf.receive(pushOf(planOf(2, 2)));
    expect(under.deadlines.slice(1)).toEqual([91_000]);
    const next = new LeafUnderTest(0, planOf(2, 2), [new SeatUnderTest(userWho(0, 2, 0, 2))]);
    next.leaf.receive(pushOf(planOf(2, 2), { state: state() }));
    expect(next.deadlines).toEqual([91_000]);
  });
});
