import { afterEach, describe, expect, it } from "vitest";
import { TIMINGS } from "../../src/protocol/limits.ts";
import { asServer, closeAll, fresh, login, service } from "../support/accounts.ts";
import { hangUpAll, newCall, Phone, stateOf } from "../support/phone.ts";

afterEach(async () => {
  closeAll();
  await hangUpAll();
});

/** Ann calls Bob, whose devices ring. */
async function ring(devices: readonly string[] = ["phone"], more: object = {}) {
  const ann = await Phone.connect(fresh("ann"));
  const bob = fresh("bob");
  const phones = await Promise.all(devices.map((device) => Phone.connect(bob, device)));
  const { call } = await ann.invite(bob, { content: "hi", ...more });
  for (const phone of phones) await phone.stands(bob, "calling");
  return { ann, bob, phones, call, phone: phones[0] as Phone };
}

const refusal = (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  work.then(
    (answer) => Promise.reject(new Error(`not refused: ${JSON.stringify(answer)}`)),
    (error) => error,
  );

describe("a call of two", () => {
  it("[CL24] [CL25] [CL26] [CL15] rings every device of the callee, is answered by one, and stops ringing at the others", async () => {
    const { ann, bob, phones, call } = await ring(["phone", "laptop"]);
    const [phone, laptop] = phones as [Phone, Phone];
    await phone.do("ringing", call);
    await ann.stands(bob, "ringing");
    const answered = await laptop.do("accept", call, { response: "hello" });
    expect(answered).toMatchObject({
      phase: "active",
      members: [
        { user: ann.user, state: "joined" },
        { user: bob, device: "laptop", response: "hello" },
      ],
    });
    for (const there of [ann, phone, laptop]) expect(await there.stands(bob, "joined")).toMatchObject({ call, version: answered.version });
    expect(await laptop.do("accept", call)).toEqual(answered);
    expect(await refusal(phone.do("accept", call))).toMatchObject({ code: "conflict" });
    await ann.do("leave", call);
    for (const there of [ann, phone, laptop]) expect(await there.ended()).toMatchObject({ end: "left" });
    expect(await phone.list([call])).toMatchObject([{ call, phase: "ended", end: "left" }]);
    expect(await refusal(laptop.do("accept", call))).toMatchObject({ code: "conflict", message: "the call has ended" });
  });

  it("[CL4] is refused by one device for all, with a word for the caller", async () => {
    const { ann, bob, phones, call } = await ring(["phone", "laptop"]);
    expect(await (phones[1] as Phone).do("refuse", call, { response: "later" })).toMatchObject({ phase: "ended", end: "refused" });
    for (const there of [ann, ...phones]) expect((await there.ended("refused")).members[1]).toMatchObject({ user: bob, state: "refused", response: "later" });
  });

  it("[CL5] is cancelled by its caller, and rings no more", async () => {
    const { ann, bob, phone, call } = await ring();
    expect(await ann.do("leave", call)).toMatchObject({ phase: "ended", end: "cancelled" });
    expect(stateOf(await phone.ended("cancelled"), bob)).toBe("cancelled");
    expect(await refusal(phone.do("ringing", call))).toMatchObject({ code: "conflict" });
    expect(await ann.do("leave", call)).toMatchObject({ end: "cancelled" });
  });

  it("[CL5] cancelled in the same breath, in the order said", async () => {
    const ann = await Phone.connect(fresh("ann"));
    const call = newCall();
    const invited = ann.client.call("call.invite", { call, to: [fresh("bob")] });
    expect(await ann.do("leave", call)).toMatchObject({ phase: "ended", end: "cancelled" });
    await invited;
  });

  it("[CL6] rings who comes online, and says whether a device was there", async () => {
    const ann = await Phone.connect(fresh("ann"));
    const bob = fresh("bob");
    const { call } = await ann.invite(bob);
    await ann.until(({ members }) => members[1]?.online === false);
    const phone = await Phone.connect(bob);
    expect(await phone.list()).toMatchObject([{ call, phase: "ringing" }]);
    await phone.do("ringing", call);
    await ann.stands(bob, "ringing");
  });

  it("[CL7] [CL8] is unreachable without an acknowledgement, missed without an answer", async () => {
    const ann = await Phone.connect(fresh("ann"));
    await ann.invite(fresh("nobody"), { reachMs: 300 });
    expect((await ann.ended("unreachable")).members[1]).toMatchObject({ state: "unreachable", online: false });
    const { ann: eve, bob, phone, call } = await ring(["phone"], { answerMs: 300 });
    await phone.do("ringing", call);
    expect(stateOf(await eve.ended("missed"), bob)).toBe("missed");
    await phone.ended("missed");
  });

  it("[CL9] goes over to another device of the same user, and the old one's goodbye changes nothing", async () => {
    const { ann, bob, phones, call } = await ring(["phone", "laptop"]);
    const [phone, laptop] = phones as [Phone, Phone];
    await phone.do("accept", call);
    await laptop.do("accept", call, { takeOver: true });
    for (const there of [ann, phone]) await there.until(({ members }) => members[1]?.device === "laptop");
    expect(await refusal(phone.do("leave", call))).toMatchObject({ code: "conflict" });
    expect(await laptop.do("leave", call)).toMatchObject({ end: "left" });
    expect(stateOf(await ann.ended(), bob)).toBe("left");
  });

  it("[CL10] finds a busy user busy, and nothing rings there", async () => {
    const { bob, phone, call } = await ring();
    await phone.do("accept", call);
    const cy = await Phone.connect(fresh("cy"));
    const second = await cy.invite(bob);
    expect(stateOf(await cy.ended("busy"), bob)).toBe("busy");
    expect(phone.seen.filter((view) => view.call === second.call && stateOf(view, bob) === "calling")).toEqual([]);
    const open = await cy.invite(bob, { exclusive: false });
    await phone.until((view) => view.call === open.call && stateOf(view, bob) === "calling");
  });

  it("[CL11] that has just ended makes nobody busy", async () => {
    const { ann, bob, phone, call } = await ring();
    await phone.do("accept", call);
    for (let round = 0, last = call; round < 5; round++) {
      await ann.do("leave", last);
      last = (await ann.invite(bob)).call;
      await phone.until((view) => view.call === last && stateOf(view, bob) === "calling");
    }
  });

  it("[CL12] is one where two call each other", async () => {
    for (let round = 0; round < 5; round++) {
      const [ann, bob] = await Promise.all([Phone.connect(fresh("ann")), Phone.connect(fresh("bob"))]);
      const [mine, theirs] = await Promise.all([ann.invite(bob.user), bob.invite(ann.user)]);
      const [winner, loser] = [mine.call, theirs.call].sort() as [string, string];
      for (const phone of [ann, bob]) {
        const one = await phone.until((view) => view.phase === "active");
        if (loser !== winner) expect(one.call).toBe(winner);
        expect(await phone.list([loser, winner])).toEqual(expect.arrayContaining([expect.objectContaining({ phase: "active" })]));
      }
      if (loser !== winner) expect(await ann.list([loser])).toContainEqual(expect.objectContaining({ call: loser, end: "merged", into: winner }));
    }
  });

  it("[CL13] that rings already is answered by calling back", async () => {
    const { ann, bob, phone, call } = await ring();
    expect(await phone.invite(ann.user)).toMatchObject({ call, phase: "active", members: [{}, { user: bob, state: "joined", device: "phone" }] });
    expect(await refusal(phone.invite(fresh("cy")))).toMatchObject({ code: "conflict" });
  });

  it("[CL14] is the same when it is placed again, and nobody else's", async () => {
    const { ann, bob, phone, call } = await ring();
    const again = await ann.client.call("call.invite", { call, to: [bob], content: "other" });
    expect(again.call).toMatchObject({ call, content: "hi" });
    const cy = await Phone.connect(fresh("cy"));
    expect(await refusal(cy.client.call("call.invite", { call, to: [bob] }))).toMatchObject({ code: "conflict" });
    expect(await refusal(cy.do("accept", call))).toMatchObject({ code: "not_found" });
    expect(await refusal(ann.invite(ann.user))).toMatchObject({ code: "bad_request" });
    expect(phone.seen.every((view) => view.call === call)).toBe(true);
  });
});

describe("a call of several", () => {
  it("[CL16] [CL17] [CL18] goes on while two are in it, takes latecomers, and calls further people", async () => {
    const [ann, bob, cy, dan] = (await Promise.all(["ann", "bob", "cy", "dan"].map((name) => Phone.connect(fresh(name))))) as [Phone, Phone, Phone, Phone];
    const { call } = await ann.invite([bob.user, cy.user]);
    await cy.stands(cy.user, "calling");
    await cy.do("refuse", call);
    await bob.stands(bob.user, "calling");
    await bob.do("accept", call);
    expect(await cy.do("accept", call)).toMatchObject({ phase: "active" });
    await ann.client.call("call.add", { call, to: [dan.user] });
    await dan.stands(dan.user, "calling");
    await dan.do("accept", call);
    await ann.do("leave", call);
    await cy.do("leave", call);
    expect((await bob.until(({ members }) => members[2]?.state === "left")).phase).toBe("active");
    await dan.do("leave", call);
    expect(await bob.ended("left")).toMatchObject({ call });
    expect(await refusal(bob.client.call("call.add", { call, to: [ann.user] }))).toMatchObject({ code: "conflict" });
  });
});

describe("a member whose device goes", () => {
  it("[CL19] by logging out has left at once", async () => {
    const { ann, phone, call } = await ring();
    await phone.do("accept", call);
    await phone.client.logout();
    await ann.ended("left");
  });

  it("[CL20] without a word is lost after the lease, and comes back in time without anybody noticing", async () => {
    const ann = await Phone.connect(fresh("ann"));
    const bob = fresh("bob");
    const first = await login(bob);
    const { call } = await ann.invite(bob);
    await first.client.notice("call.changed");
    await first.client.ok("call.accept", { call });
    first.client.terminate();
    const second = await login(bob);
    expect((await second.client.ok("call.list", {})).calls).toMatchObject([{ call, phase: "active" }]);
    second.client.terminate();
    const gone = performance.now();
    expect(stateOf(await ann.ended("lost"), bob)).toBe("lost");
    expect(performance.now() - gone).toBeGreaterThan(TIMINGS.callTellMs * service().scale);
  });
});

describe("a member whose connection is dead on one side only", () => {
  it("[CL43] that says nothing for three keep-alives is lost, though nobody has seen its socket end", async () => {
    const ann = await Phone.connect(fresh("ann"));
    const bob = fresh("bob");
    const keepAliveMs = TIMINGS.keepAliveMinMs;
    const { client } = await login(bob, { keepAlive: keepAliveMs });
    const { call } = await ann.invite(bob);
    await client.notice("call.changed");
    await client.ok("call.accept", { call });
    const silentSince = performance.now();
    expect(stateOf(await ann.ended("lost"), bob)).toBe("lost");
    expect(performance.now() - silentSince).toBeGreaterThan(2.5 * keepAliveMs);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("a server", () => {
  it("[CL21] sees how a call stands, and ends it", async () => {
    const { phone, call } = await ring();
    await phone.do("accept", call);
    expect(await asServer("GET", `/v1/calls/${call}`)).toMatchObject({ status: 200, body: { call: { call, phase: "active" } } });
    expect(await asServer("DELETE", `/v1/calls/${call}`)).toMatchObject({ status: 200, body: { call: { end: "ended-by-app" } } });
    await phone.ended("ended-by-app");
    expect((await asServer("GET", `/v1/calls/${newCall()}`)).status).toBe(404);
  });
});
