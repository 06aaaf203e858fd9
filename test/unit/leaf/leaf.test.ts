import { describe, expect, it } from "vitest";
import type { Up, Voucher } from "../../../src/domain/leaf/messages.ts";
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

describe("reports of who came and went", () => {
  /** A leaf that knows its channel, and has reported a first member. */
  const reported = async (leaves: number) => {
    const at = new LeafUnderTest(0, planOf(1, leaves));
    at.leaf.receive(pushOf(planOf(2, leaves), { state: { revocations: [], settings: "" } }));
    at.leaf.join(new SeatUnderTest("first"), undefined, undefined);
    await turn();
    at.ups[0]?.answer({ plan: planOf(2, leaves), life: "hub life", members: 1, answers: [], roll: false });
    await turn();
    return at;
  };
  const reportOf = ({ report }: Up<string>) => (report !== undefined && "changes" in report ? report : undefined);
  const changes = ({ ups }: LeafUnderTest) => ups.map(({ call }) => reportOf(call)?.changes.map(({ user }) => user));

  it("[EL13] wait for 2 ms per leaf of the channel, and those of that time go in one call", async () => {
    const at = await reported(50);
    at.leaf.join(new SeatUnderTest("second"), undefined, undefined);
    at.now += 30;
    at.leaf.join(new SeatUnderTest("third"), undefined, undefined);
    await turn();
    expect(changes(at)).toEqual([["first"]]);
    expect(at.pauses.map(({ ms }) => ms)).toEqual([100]);
    at.now += 70;
    at.pauses[0]?.end();
    await turn();
    expect(changes(at)).toEqual([["first"], ["second", "third"]]);
  });

  it("[EL13] wait twice as long where members are counted", async () => {
    const at = await reported(50);
    at.leaf.receive(pushOf({ ...planOf(3, 50), counted: true }));
    await turn();
    const answer = { plan: { ...planOf(3, 50), counted: true }, life: "hub life", members: 2, answers: [], roll: false };
    at.ups.at(-1)?.answer(answer);
    await turn();
    at.leaf.join(new SeatUnderTest("second"), undefined, undefined);
    expect(at.pauses.map(({ ms }) => ms)).toEqual([200]);
  });

  it("[EL13] go with what members publish, and without waiting where nobody is left or the hub asks", async () => {
    const at = await reported(50);
    const second = new SeatUnderTest("second");
    at.leaf.join(second, undefined, undefined);
    at.leaf.publish({ from: "first", device: "d", id: 1, data: "hi" }, () => undefined);
    await turn();
    expect(changes(at).at(-1)).toEqual(["second"]);
    at.ups.at(-1)?.answer({ plan: planOf(2, 50), life: "hub life", members: 2, answers: [], roll: true });
    await turn();
    expect(at.ups.at(-1)?.call.report).toMatchObject({ base: undefined, changes: [{ user: "first" }, { user: "second" }] });
    at.ups.at(-1)?.answer({ plan: planOf(2, 50), life: "hub life", members: 2, answers: [], roll: false });
    await turn();
    const alone = await reported(50);
    alone.leaf.receive(pushOf(planOf(2, 50), { controls: [{ user: "first", device: "", generation: 9, code: 4000, reason: "", comesBack: false }] }));
    await turn();
    expect(alone.ups.at(-1)?.call.report).toMatchObject({ changes: [{ user: "first", is: "left" }] });
  });

  it("[EL13] keep nobody awake for more than a quarter of a second: then the next push, member or alarm brings them", async () => {
    const at = await reported(400);
    at.leaf.join(new SeatUnderTest("second"), undefined, undefined);
    await turn();
    expect(at.pauses).toEqual([]);
    at.now += 799;
    at.leaf.receive(pushOf(planOf(2, 400)));
    await turn();
    expect(at.ups).toHaveLength(1);
    at.now += 1;
    at.leaf.receive(pushOf(planOf(2, 400)));
    await turn();
    expect(changes(at).at(-1)).toEqual(["second"]);
  });
});

describe("a member that asks for something", () => {
  const answer = { plan: planOf(2, 50), life: "hub life", members: 2, answers: [], roll: false };

  /** Two members that have come, one that speaks for itself and one that does not, and a report of both under way. */
  const asking = async (counted: boolean) => {
    const at = new LeafUnderTest(0, planOf(1, 50));
    const plan = { ...planOf(2, 50), ...(counted && { counted, named: 2 }) };
    at.leaf.receive(pushOf(plan, { state: { ...state(), ...(counted && { names: ["ann"] }) } }));
    const [ann, bob] = [new SeatUnderTest("ann", "phone", 3), new SeatUnderTest("bob")];
    for (const seat of [ann, bob]) at.leaf.join(seat, undefined, undefined);
    const asked = Promise.withResolvers<string>();
    const vouchers: Voucher[] = [];
    const answered = at.leaf.vouch(ann, (voucher) => {
      vouchers.push(voucher);
      return asked.promise;
    });
    await turn();
    /** The next report goes, and is answered. */
    const reported = async (): Promise<unknown> => {
      at.now += 1_000;
      at.leaf.receive(pushOf(plan, { roll: [] }));
      await turn();
      const up = at.ups.at(-1);
      up?.answer({ ...answer, plan });
      await turn();
      return up?.call.report;
    };
    return { at, ann, bob, vouchers, answered, reported, answer: () => asked.resolve("taken") };
  };

  it("[EL18] has its leaf's word that it is there, and if it has gone when that is answered, its going is reported after it", async () => {
    const { at, ann, bob, vouchers, answered, reported, answer } = await asking(false);
    expect(vouchers).toEqual([{ leaf: 0, device: "phone", generation: 3 }]);
    expect(await reported()).toMatchObject({ changes: [{ user: "ann" }, { user: "bob" }] });
    at.leaf.disconnected(ann, true);
    at.leaf.disconnected(bob, true);
    // The hub may have this before the request.
    expect(await reported()).toMatchObject({ changes: [{ user: "ann", is: "left" }, { user: "bob" }] });
    answer();
    expect(await answered).toBe("taken");
    expect(await reported()).toMatchObject({ changes: [{ user: "ann", device: "phone", generation: 3, is: "left" }] });
    const calls = at.ups.length;
    await reported();
    expect(at.ups).toHaveLength(calls);
  });

  it("[EL18] is not reported gone that has come again, and nor is one whose going alone was in between", async () => {
    const { at, ann, answered, reported, answer } = await asking(false);
    await reported();
    at.leaf.disconnected(ann, false);
    at.leaf.join(ann, undefined, undefined);
    answer();
    await answered;
    expect(await reported()).toMatchObject({ changes: [{ user: "ann", is: "in" }] });
  });

  it("[EL18] where members are counted it is the same for those that are known by name", async () => {
    const { at, ann, answered, reported, answer } = await asking(true);
    expect(await reported()).toMatchObject({ named: [{ user: "ann" }] });
    at.leaf.disconnected(ann, true);
    const left = { namedBy: 2, left: [{ user: "ann", device: "phone", generation: 3 }] };
    expect(await reported()).toMatchObject(left);
    answer();
    await answered;
    expect(await reported()).toMatchObject(left);
  });

  it("[RC14] goes again if its hub says so of one that has come", async () => {
    const at = new LeafUnderTest(0, planOf(1, 50));
    at.leaf.receive(pushOf({ ...planOf(2, 50), counted: true }, { state: state() }));
    const [ann, bob] = [new SeatUnderTest("ann"), new SeatUnderTest("bob")];
    for (const seat of [ann, bob]) at.leaf.join(seat, undefined, undefined);
    await turn();
    at.ups[0]?.answer({ ...answer, out: [{ user: "ann", reason: "on the block list" }] });
    await turn();
    expect([ann.closed, bob.closed]).toEqual([{ code: 4209, reason: "on the block list" }, undefined]);
  });

  it("[RC7] is out when everybody is sent out", () => {
    const at = new LeafUnderTest(0);
    at.leaf.receive(pushOf(planOf(1, 1), { state: state() }));
    const seats = [new SeatUnderTest("ann"), new SeatUnderTest("bob", "phone", 7)];
    for (const seat of seats) at.leaf.join(seat, undefined, undefined);
    at.leaf.receive(pushOf(planOf(1, 1), { controls: [{ user: "", device: "", generation: 9, code: 4209, reason: "over", comesBack: false }] }));
    expect(seats.map(({ closed }) => closed?.reason)).toEqual(["over", "over"]);
    expect(at.leaf.sockets).toBe(0);
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a word for some of a leaf's members", () => {
  it("[RC12] goes to them alone, on each of their sockets, whoever carries the stream", () => {
    const { leaf } = new LeafUnderTest(0);
    const [ann, bob] = [userWho(0, 1, 0, 1), "someone"];
    const seats = [new SeatUnderTest(ann), new SeatUnderTest(ann, "e"), new SeatUnderTest(bob)];
    leaf.receive(pushOf(planOf(1, 1), { state: state() }));
    for (const seat of seats) leaf.join(seat, undefined, undefined);
    leaf.receive(pushOf(planOf(1, 1), { aside: true, after: 99, upTo: 99, sayings: [{ users: [ann, "nobody"], notice: '{"type":"notice"}' }] }));
    expect(seats.map(({ frames }) => frames)).toEqual([['{"type":"notice"}'], ['{"type":"notice"}'], []]);
  });
});
