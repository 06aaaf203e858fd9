import { afterEach, describe, expect, it, vi } from "vitest";
import type { Call } from "../../../src/client/call/call.ts";
import { type Calls, calls } from "../../../src/client/call/index.ts";
import type { Client } from "../../../src/client/client.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { connected } from "../../support/connected.ts";
import { FakeCalls } from "../../support/fake-calls.ts";
import { settle } from "../../support/fake-environment.ts";
import { refuse } from "../../support/fake-service.ts";

const LOW = "0".repeat(32);
const HIGH = "f".repeat(32);
const ringing = (user = "alice") => [{ user: "bob", state: "joined", device: "b1" } as const, { user, state: "calling" } as const];

const followed: Calls[] = [];
afterEach(() => {
  for (const one of followed.splice(0)) one.close();
  vi.useRealTimers();
});

async function phone() {
  const { me, service, environment } = await connected();
  const fake = new FakeCalls(service);
  const mine = follow(me);
  await settle();
  const incoming: Call[] = [];
  mine.on("incoming", (call) => incoming.push(call));
  const reconnect = async () => {
    service.session.drop();
    await environment.advance(300);
    await settle();
  };
  return { me, service, environment, fake, mine, incoming, reconnect };
}

function follow(me: Client): Calls {
  const made = calls(me);
  followed.push(made);
  return made;
}

/** Everything a call tells, in order. */
function told(call: Call): string[] {
  const names: string[] = [];
  call.on("active", () => names.push("active"));
  call.on("ended", ({ end }) => names.push(`ended ${end}`));
  call.on("moved", ({ user, device }) => names.push(`moved ${user} ${device}`));
  call.on("signal", ({ from, data }) => names.push(`signal ${from} ${data}`));
  return names;
}

const signalFrom = (from: string, call: string, data: string, id: number) =>
  ({ type: "message", from, device: "b1", id, ts: 1, data: call + data, customType: "wigwag.call" }) as const;

describe("following", () => {
  it("[CK1] asks at once and after every reconnect, naming what is known; a client has one", async () => {
    const { me, service, fake, mine, reconnect } = await phone();
    expect(calls(me)).toBe(mine);
    expect(service.session.calls("call.list").map(({ input }) => input)).toEqual([{ known: [] }]);
    fake.place(LOW, ringing());
    await settle();
    await reconnect();
    expect(service.session.calls("call.list").map(({ input }) => input)).toEqual([{ known: [LOW] }]);
  });

  it("[CK3] merges by version, and a late word brings no ended call back", async () => {
    const { fake, mine, incoming } = await phone();
    const changed: string[] = [];
    mine.on("changed", (call) => changed.push(call.phase));
    const first = fake.place(LOW, ringing());
    await settle();
    const second = fake.of(LOW);
    fake.tell(first);
    fake.tell(second);
    fake.change(LOW, { phase: "ended", end: "cancelled" });
    fake.tell(second);
    await settle();
    expect(changed).toEqual(["ringing", "ringing", "ended"]);
    expect(incoming.length).toBe(1);
    expect(mine.live).toEqual([]);
  });

  it("[CK9] stands after a reconnect as the service has it", async () => {
    const { fake, mine, reconnect } = await phone();
    const [kept, gone, over] = [mine.invite("bob"), mine.invite("carol"), mine.invite("dave")];
    await settle();
    const names = [kept, gone, over].map(told);
    fake.member(kept.id, "bob", { state: "joined", device: "b1" }, { phase: "active" }, false);
    fake.views.delete(gone.id);
    fake.change(over.id, { phase: "ended", end: "missed" }, false);
    await reconnect();
    expect(names).toEqual([["active"], ["ended lost"], ["ended missed"]]);
    expect(mine.live).toEqual([kept]);
  });

  it("[CK16] close ends what is followed, and so does the end of the client", async () => {
    const { me, service, mine } = await phone();
    const call = mine.invite("bob");
    await settle();
    mine.close();
    expect([call.phase, call.end, mine.live.length]).toEqual(["ended", "failed", 0]);
    expect(mine.invite("bob")).toMatchObject({ phase: "ringing" });
    await settle();
    const again = follow(me);
    expect(again).not.toBe(mine);
    const other = again.invite("bob");
    await settle();
    me.close();
    expect([other.phase, again.closed]).toEqual(["ended", true]);
    expect(service.session.calls("call.leave")).toEqual([]);
  });
});

describe("calling", () => {
  it("[CK2] gives the call at once and says who it is for", async () => {
    const { service, mine } = await phone();
    const call = mine.invite(["bob", "carol"], { content: "hi", channel: "room", exclusive: false, reachMs: 1000, answerMs: 2000 });
    expect(call.id).toMatch(/^[0-9a-f]{32}$/);
    expect([call.direction, call.from, call.phase, call.content, call.channel, call.joinedHere]).toEqual(["outgoing", "alice", "ringing", "hi", "room", true]);
    expect(call.members.map(({ user, state }) => [user, state])).toEqual([
      ["alice", "joined"],
      ["bob", "calling"],
      ["carol", "calling"],
    ]);
    await settle();
    const input = { call: call.id, to: ["bob", "carol"], content: "hi", channel: "room", exclusive: false, reachMs: 1000, answerMs: 2000 };
    expect(service.session.calls("call.invite").map((request) => request.input)).toEqual([input]);
    expect(new Set(Array.from({ length: 20 }, () => mine.invite("bob").id)).size).toBe(20);
  });

  it("[CK2] [CK14] ends with the error where the service refuses it", async () => {
    const { service, mine } = await phone();
    service.on("call.invite", () => refuse("conflict"));
    const call = mine.invite("bob");
    const names = told(call);
    await settle();
    expect(names).toEqual(["ended failed"]);
    expect([call.phase, call.end, call.error, mine.live.length]).toMatchObject(["ended", "failed", { code: "conflict" }, 0]);
    await expect(call.accept()).rejects.toMatchObject({ code: "conflict" });
    await call.leave();
  });

  it("[CK8] leaves a call that is there after all", async () => {
    const { service, fake, mine, environment } = await phone();
    service.on("call.invite", () => undefined);
    const call = mine.invite("bob");
    await environment.advance(10_000);
    expect([call.end, call.error]).toMatchObject(["failed", { code: "timeout" }]);
    fake.place(call.id, [
      { user: "alice", state: "joined", device: "default" },
      { user: "bob", state: "ringing" },
    ]);
    await settle();
    expect(fake.of(call.id)).toMatchObject({ phase: "ended", end: "cancelled" });
    expect(mine.live).toEqual([]);
  });

  it("[CK15] keeps so many calls and no more", async () => {
    const { service, fake, mine } = await phone();
    for (let placed = 0; placed < LIMITS.callsPerUser; placed++) mine.invite("bob");
    await settle();
    const beyond = mine.invite("bob");
    const asked = service.session.calls("call.invite").length;
    await settle();
    expect([beyond.end, beyond.error, asked]).toMatchObject(["failed", { code: "limit_exceeded" }, LIMITS.callsPerUser]);
    fake.place(LOW, ringing());
    await settle();
    expect(mine.live.length).toBe(LIMITS.callsPerUser);
  });

  it("[CK18] adds further users", async () => {
    const { mine } = await phone();
    const call = mine.invite("bob");
    await call.add(["carol"]);
    expect(call.members.map(({ user }) => user)).toEqual(["alice", "bob", "carol"]);
  });
});

describe("being called", () => {
  it("[CK4] acknowledges first and tells then, once", async () => {
    const { service, fake, incoming, reconnect } = await phone();
    service.on("call.ringing", () => undefined);
    fake.place(LOW, ringing());
    await settle();
    expect([incoming.length, service.session.calls("call.ringing").length]).toEqual([0, 1]);
    const request = service.session.calls("call.ringing")[0];
    service.session.push({ type: "reply", id: request?.id ?? 0, ok: { call: fake.member(LOW, "alice", { state: "ringing" }, {}, false) } });
    await settle();
    expect(incoming.map(({ id, rings, from, direction }) => ({ id, rings, from, direction }))).toEqual([
      { id: LOW, rings: true, from: "bob", direction: "incoming" },
    ]);
    await reconnect();
    expect(incoming.length).toBe(1);
  });

  it("[CK4] does not tell what ended meanwhile", async () => {
    const { service, fake, incoming } = await phone();
    service.on("call.ringing", ({ input }) => ({ ok: { call: fake.change(String(input.call), { phase: "ended", end: "cancelled" }, false) } }));
    fake.place(LOW, ringing());
    await settle();
    expect(incoming).toEqual([]);
  });

  it("[CK4] tells anew what rings anew", async () => {
    const { fake, incoming } = await phone();
    fake.place(LOW, [...ringing(), { user: "carol", state: "joined", device: "c1" }], { phase: "active" });
    await settle();
    fake.member(LOW, "alice", { state: "missed" });
    fake.member(LOW, "alice", { state: "calling" });
    await settle();
    expect(incoming.map(({ id }) => id)).toEqual([LOW, LOW]);
  });

  it("[CK5] answers with a response, on one device only", async () => {
    const { service, fake, incoming } = await phone();
    fake.place(LOW, ringing());
    await settle();
    const [call] = incoming as [Call];
    const names = told(call);
    await call.accept("coming");
    expect(service.session.calls("call.accept").map(({ input }) => input)).toEqual([{ call: LOW, response: "coming" }]);
    expect([call.joinedHere, call.rings, call.self?.response, names]).toEqual([true, false, "coming", ["active"]]);
  });

  it("[CK5] stops ringing when another device answers or refuses", async () => {
    const { fake, incoming, mine } = await phone();
    for (const id of [LOW, HIGH]) fake.place(id, ringing(), { exclusive: false });
    await settle();
    fake.member(LOW, "alice", { state: "joined", device: "other" }, { phase: "active" });
    fake.member(HIGH, "alice", { state: "refused" }, { phase: "ended", end: "refused" });
    expect(incoming.map(({ rings, joinedHere, phase }) => [rings, joinedHere, phase])).toEqual([
      [false, false, "active"],
      [false, false, "ended"],
    ]);
    expect(mine.live.map(({ id }) => id)).toEqual([LOW]);
  });

  it("[CK6] leave refuses what rings here, cancels what rings there, hangs up what goes on", async () => {
    const { service, fake, mine, incoming } = await phone();
    fake.place(LOW, ringing());
    const [placed, active] = [mine.invite("carol"), mine.invite("dave")];
    await settle();
    fake.member(active.id, "dave", { state: "joined", device: "d1" }, { phase: "active" });
    const rung = incoming[0] as Call;
    await Promise.all([rung.leave(), placed.leave(), active.leave()]);
    expect(service.session.calls("call.refuse").length).toBe(1);
    expect([rung.end, placed.end, active.end]).toEqual(["refused", "cancelled", "left"]);
  });
});

describe("lost connections", () => {
  it("[CK7] [CK14] a hang-up without a connection is said with the next one", async () => {
    const { service, fake, mine, environment } = await phone();
    const call = mine.invite("bob");
    await settle();
    fake.member(call.id, "bob", { state: "joined", device: "b1" }, { phase: "active" });
    service.greet = () => {};
    service.session.drop();
    await settle();
    const outcome = call.leave().catch((error: unknown) => error);
    await environment.advance(10_000);
    expect(await outcome).toMatchObject({ code: "timeout" });
    expect(call.phase).toBe("active");
    service.greet = (socket) => socket.welcome();
    service.session.drop();
    await environment.advance(30_000);
    expect([call.phase, call.end]).toEqual(["ended", "left"]);
  });

  it("[CK7] a refusal for now is asked again, one for good is not", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { service, fake, mine } = await phone();
    const call = mine.invite("bob");
    await settle();
    service.on("call.leave", () => refuse("unavailable", { retryAfterMs: 700 }));
    void call.leave();
    await settle();
    new FakeCalls(service).views.set(call.id, fake.of(call.id));
    vi.advanceTimersByTime(700);
    await settle();
    expect(call.end).toBe("cancelled");
    const other = mine.invite("bob");
    await settle();
    service.on("call.leave", () => refuse("forbidden"));
    await expect(other.leave()).rejects.toMatchObject({ code: "forbidden" });
    vi.advanceTimersByTime(60_000);
    await settle();
    expect(service.session.calls("call.leave").length).toBe(3);
  });
});

describe("two call each other", () => {
  const placed = async () => {
    const there = await phone();
    const { service, fake } = there;
    // Theirs has the lower id, so it is the one that goes on.
    service.on("call.invite", ({ input }) => ({
      ok: {
        call: fake.place(
          String(input.call),
          [
            { user: "alice", state: "joined", device: "default" },
            { user: "bob", state: "calling" },
          ],
          {},
          false,
        ),
      },
    }));
    return there;
  };

  it("[CK10] the answer is the other call, and the placed object goes on as it", async () => {
    const { service, fake, mine, incoming } = await placed();
    fake.place(LOW, ringing(), {}, false);
    service.on("call.invite", () => ({
      ok: { call: fake.member(LOW, "alice", { state: "joined", device: "default" }, { phase: "active" }, false) },
    }));
    const call = mine.invite("bob");
    const names = told(call);
    await settle();
    expect([call.id, call.phase, call.joinedHere, names]).toEqual([LOW, "active", true, ["active"]]);
    expect([mine.live, incoming]).toEqual([[call], []]);
    await call.leave();
    expect(fake.of(LOW).end).toBe("left");
  });

  it("[CK10] the other call had rung here already: that one ends as merged", async () => {
    const { fake, mine, incoming } = await placed();
    const call = mine.invite("bob");
    await settle();
    fake.place(LOW, ringing());
    await settle();
    const rung = incoming[0] as Call;
    const names = [told(call), told(rung)];
    fake.member(LOW, "alice", { state: "joined", device: "default" }, { phase: "active" }, false);
    fake.change(call.id, { phase: "ended", end: "merged", into: LOW });
    await settle();
    expect(names).toEqual([["active"], ["ended merged"]]);
    expect([call.id, call.joinedHere, mine.live]).toEqual([LOW, true, [call]]);
    // Word of it by its own name finds the same object.
    fake.change(LOW, { phase: "ended", end: "left" });
    expect(names[0]).toEqual(["active", "ended left"]);
  });

  it("[CK10] ours goes on where its id is lower: theirs ends", async () => {
    const { fake, mine, incoming } = await placed();
    const call = mine.invite("bob");
    await settle();
    fake.place(HIGH, ringing());
    await settle();
    fake.change(HIGH, { phase: "ended", end: "merged", into: call.id });
    fake.member(call.id, "bob", { state: "joined", device: "b1" }, { phase: "active" });
    expect([incoming[0]?.end, call.phase, mine.live]).toEqual(["merged", "active", [call]]);
  });

  it("[CK10] leaves the other call if ours had been cancelled", async () => {
    const { service, fake, mine } = await placed();
    fake.place(LOW, ringing(), {}, false);
    service.on("call.invite", () => ({
      ok: { call: fake.member(LOW, "alice", { state: "joined", device: "default" }, { phase: "active" }, false) },
    }));
    const call = mine.invite("bob");
    await call.leave();
    expect([call.end, fake.of(LOW).end, mine.live.length]).toEqual(["left", "left", 0]);

    service.on("call.invite", ({ input }) => ({
      ok: {
        call: fake.place(
          String(input.call),
          [
            { user: "alice", state: "joined", device: "default" },
            { user: "bob", state: "calling" },
          ],
          {},
          false,
        ),
      },
    }));
    const second = mine.invite("bob");
    await settle();
    service.on("call.leave", ({ input }) => (input.call === HIGH ? { ok: { call: fake.change(HIGH, { phase: "ended", end: "left" }, false) } } : undefined));
    void second.leave();
    await settle();
    fake.place(
      HIGH,
      [
        { user: "bob", state: "joined", device: "b1" },
        { user: "alice", state: "joined", device: "default" },
      ],
      { phase: "active" },
      false,
    );
    fake.change(second.id, { phase: "ended", end: "merged", into: HIGH });
    await settle();
    expect(fake.of(HIGH).end).toBe("left");
  });
});

describe("devices and signals", () => {
  it("[CK11] tells who goes on with another device, and takes a call over", async () => {
    const { service, fake, mine } = await phone();
    fake.place(
      LOW,
      [
        { user: "bob", state: "joined", device: "b1" },
        { user: "alice", state: "joined", device: "other" },
      ],
      { phase: "active" },
    );
    await settle();
    const call = mine.live[0] as Call;
    const names = told(call);
    expect([call.joinedHere, call.rings]).toEqual([false, false]);
    await call.takeOver();
    expect(service.session.calls("call.accept").map(({ input }) => input)).toEqual([{ call: LOW, takeOver: true }]);
    expect(call.joinedHere).toBe(true);
    fake.member(LOW, "bob", { device: "b2" });
    fake.member(LOW, "alice", { device: "other" });
    expect(names).toEqual(["moved alice default", "moved bob b2", "moved alice other"]);
    expect(call.joinedHere).toBe(false);
  });

  it("[CK12] a signal is told in its call, to the device that is in it, from members", async () => {
    const { me, service, fake, mine } = await phone();
    const messages: unknown[] = [];
    me.on("message", ({ data }) => messages.push(data));
    const call = mine.invite("bob");
    await settle();
    const names = told(call);
    fake.member(call.id, "bob", { state: "joined", device: "b1" }, { phase: "active" });
    await call.signal("bob", "offer");
    expect(service.session.calls("peer.send").map(({ input }) => input)).toEqual([
      { to: "bob", data: `${call.id}offer`, ifAbsent: "bridge", customType: "wigwag.call" },
    ]);
    service.session.push(signalFrom("bob", call.id, "answer", 1), signalFrom("mallory", call.id, "mine", 2), signalFrom("bob", HIGH, "elsewhere", 3));
    service.session.push({ ...signalFrom("bob", "no call", "", 4) }, { ...signalFrom("bob", call.id, "copy", 5), to: "carol" });
    const bytes = new Uint8Array([...new TextEncoder().encode(call.id), 1, 2, 3]);
    service.session.push({ ...signalFrom("bob", "", "", 6), data: bytes }, { ...signalFrom("bob", "", "", 7), data: new Uint8Array(40).fill(255) });
    service.session.push({ type: "message", from: "bob", device: "b1", id: 8, ts: 1, data: "words" });
    await settle();
    expect(names).toEqual(["active", "signal bob answer", "signal bob 1,2,3"]);
    expect(messages).toEqual(["words"]);
    fake.member(call.id, "alice", { device: "other" });
    service.session.push(signalFrom("bob", call.id, "for the other device", 9));
    expect(names).toEqual(["active", "signal bob answer", "signal bob 1,2,3", "moved alice other"]);
  });

  it("[CK12] [CK15] signals that overtake the word of the answer are told with it, so many of them", async () => {
    const { service, fake, incoming } = await phone();
    fake.place(LOW, ringing());
    await settle();
    const call = incoming[0] as Call;
    const names = told(call);
    for (let id = 1; id <= LIMITS.callSignalsHeld + 2; id++) service.session.push(signalFrom("bob", LOW, String(id), id));
    service.session.push(signalFrom("mallory", LOW, "x", 1000));
    expect(names).toEqual([]);
    await call.accept();
    expect(names[0]).toBe("active");
    expect(names.slice(1)).toEqual(Array.from({ length: LIMITS.callSignalsHeld - 1 }, (_, at) => `signal bob ${at + 4}`));
  });

  it("[CK13] refuses signals that could reach nobody", async () => {
    const { fake, mine, incoming } = await phone();
    fake.place(LOW, ringing());
    await settle();
    const rung = incoming[0] as Call;
    await expect(rung.signal("bob", "x")).rejects.toMatchObject({ code: "not_joined" });
    const call = mine.invite("carol");
    await expect(call.signal("dave", "x")).rejects.toMatchObject({ code: "not_member" });
    await call.leave();
    await expect(call.signal("carol", "x")).rejects.toMatchObject({ code: "ended" });
  });

  it("[CK14] a listener that throws is told as a fault, and stops nobody", async () => {
    const { me, fake, mine } = await phone();
    const errors: Error[] = [];
    me.on("error", (error) => errors.push(error));
    const heard: string[] = [];
    mine.on("incoming", () => {
      throw new Error("mine");
    });
    mine.on("incoming", ({ id }) => heard.push(id));
    fake.place(LOW, ringing());
    await settle();
    expect([errors.map(({ message }) => message), heard]).toEqual([["mine"], [LOW]]);
  });
});
