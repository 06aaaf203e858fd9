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
