import { afterEach, describe, expect, it } from "vitest";
import { calls } from "../../src/client/call/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { RtmClient } from "../../src/rtm/client.ts";
import type { LocalInvitation } from "../../src/rtm/local-invitation.ts";
import type { RemoteInvitation } from "../../src/rtm/remote-invitation.ts";
import { closeAll, fresh, login, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";
import { closeRtm, next, type RtmUser, rtmClient, rtmUser } from "../support/rtm.ts";

/** Looks for its callee 3 s, and rings 6 s. */
const FAST = 0.1;

const clients: Client[] = [];
const proxies: CutProxy[] = [];
afterEach(async () => {
  closeRtm();
  closeAll();
  for (const client of clients.splice(0)) client.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
});

async function sdkUser(name: string): Promise<Client> {
  const user = fresh(name);
  const client = await connect({ url: service().url, app: sharedApp().id, user, token: () => tokenFor(user) });
  clients.push(client);
  return client;
}

async function proxy(): Promise<CutProxy> {
  const started = await startCutProxy(service().url);
  proxies.push(started);
  return started;
}

const pair = (options = {}): Promise<[RtmUser, RtmUser]> => Promise.all([rtmUser("ada", options), rtmUser("bob", options)]);

/** The next invitation, of this caller if one is named. */
const invited = (client: RtmClient, from?: string): Promise<RemoteInvitation> =>
  new Promise((resolve) => client.on("RemoteInvitationReceived", (remote) => (from === undefined || remote.callerId === from) && resolve(remote)));

/** What an invitation throws. */
function thrown(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return Reflect.get(error as object, "code");
  }
  return "nothing";
}

/** Sends an invitation and resolves when both sides have it. */
async function ring(ada: RtmUser, bob: RtmUser, content = ""): Promise<{ local: LocalInvitation; remote: RemoteInvitation }> {
  const local = ada.client.createLocalInvitation(bob.uid);
  local.content = content;
  const coming = invited(bob.client, ada.uid);
  const received = next(local, "LocalInvitationReceivedByPeer");
  local.send();
  const [remote] = await Promise.all([coming, received]);
  return { local, remote };
}

/** All that either side is told, in order. */
const localStory = (local: LocalInvitation): unknown[] => story(local, "LocalInvitation", ["ReceivedByPeer", "Accepted", "Refused", "Canceled", "Failure"]);
const remoteStory = (remote: RemoteInvitation): unknown[] => story(remote, "RemoteInvitation", ["Accepted", "Refused", "Canceled", "Failure"]);
function story(invitation: LocalInvitation | RemoteInvitation, prefix: string, events: readonly string[]): unknown[] {
  const happened: unknown[] = [];
  const emitter = invitation as unknown as { on(name: string, listener: (...args: unknown[]) => void): void };
  for (const event of events) emitter.on(prefix + event, (...args) => happened.push([event, ...args]));
  return happened;
}

describe("the way of an invitation", () => {
  it("[RI1] RtmClient.createLocalInvitation makes one that is idle, and throws 1 for an id that is none", async () => {
    const client = rtmClient();
    const local = client.createLocalInvitation("bob");
    const { calleeId, content, channelId, response, state } = local;
    expect({ calleeId, content, channelId, response, state }).toEqual({ calleeId: "bob", content: "", channelId: "", response: "", state: "IDLE" });
    for (const id of ["", "null", "x".repeat(65), "ü", "a*b", 7 as unknown as string])
      expect(
        thrown(() => client.createLocalInvitation(id)),
        String(id),
      ).toBe(1);
  });

  it("[RI2] LocalInvitation.send, LocalInvitationReceivedByPeer, RemoteInvitationReceived: it reaches the callee with its texts", async () => {
    const [ada, bob] = await pair();
    const local = ada.client.createLocalInvitation(bob.uid);
    local.content = "häi".repeat(1000);
    local.channelId = "room 7";
    const coming = invited(bob.client);
    const received = next(local, "LocalInvitationReceivedByPeer");
    local.send();
    expect(local.state).toBe("SENT_TO_REMOTE");
    const remote = await coming;
    const { callerId, content, channelId, response, state } = remote;
    expect({ callerId, content, channelId, response, state }).toEqual({
      callerId: ada.uid,
      content: "häi".repeat(1000),
      channelId: "room 7",
      response: "",
      state: "INVITATION_RECEIVED",
    });
    expect(await received).toEqual([]);
    expect(local.state).toBe("RECEIVED_BY_REMOTE");
  });

  it("[RI3] RemoteInvitation.accept, RemoteInvitationAccepted, LocalInvitationAccepted: confirmed by the service, with the response", async () => {
    const [ada, bob] = await pair();
    const { local, remote } = await ring(ada, bob);
    const [mine, theirs] = [localStory(local), remoteStory(remote)];
    remote.response = "coming";
    remote.accept();
    expect(remote.state).toBe("ACCEPT_SENT_TO_LOCAL");
    await Promise.all([next(local, "LocalInvitationAccepted"), next(remote, "RemoteInvitationAccepted")]);
    expect([local.state, local.response, remote.state]).toEqual(["ACCEPTED_BY_REMOTE", "coming", "ACCEPTED"]);
    expect([mine, theirs]).toEqual([[["Accepted", "coming"]], [["Accepted"]]]);
  });

  it("[RI4] RemoteInvitation.refuse, RemoteInvitationRefused, LocalInvitationRefused: with the response", async () => {
    const [ada, bob] = await pair();
    const { local, remote } = await ring(ada, bob);
    remote.response = "busy";
    const refused = [next(local, "LocalInvitationRefused"), next(remote, "RemoteInvitationRefused")] as const;
    remote.refuse();
    expect(await Promise.all(refused)).toEqual([["busy"], []]);
    expect([local.state, local.response, remote.state]).toEqual(["REFUSED_BY_REMOTE", "busy", "REFUSED"]);
  });

  it("[RI5] LocalInvitation.cancel, LocalInvitationCanceled, RemoteInvitationCanceled: with the content", async () => {
    const [ada, bob] = await pair();
    const { local, remote } = await ring(ada, bob, "come");
    const canceled = [next(local, "LocalInvitationCanceled"), next(remote, "RemoteInvitationCanceled")] as const;
    local.cancel();
    expect(await Promise.all(canceled)).toEqual([[], ["come"]]);
    expect([local.state, remote.state]).toEqual(["CANCELED", "CANCELED"]);
  });

  it("[RI5] LocalInvitation.cancel before it has reached anybody: it rings nowhere", async () => {
    const [ada, bob] = await pair();
    const rung: RemoteInvitation[] = [];
    bob.client.on("RemoteInvitationReceived", (remote) => rung.push(remote));
    const local = ada.client.createLocalInvitation(bob.uid);
    const happened = localStory(local);
    local.send();
    local.cancel();
    await next(local, "LocalInvitationCanceled");
    const { remote } = await ring(ada, bob, "the second");
    expect([local.state, happened]).toEqual(["CANCELED", [["Canceled"]]]);
    expect(rung.filter(({ state }) => state === "INVITATION_RECEIVED")).toEqual([remote]);
  });

  it("[RI12] several at once, also to the same callee, and both ways", async () => {
    const [ada, bob, eve] = await Promise.all([rtmUser("ada"), rtmUser("bob"), rtmUser("eve")]);
    const first = await ring(ada, bob, "1");
    const second = await ring(ada, bob, "2");
    const third = await ring(ada, eve, "3");
    const back = await ring(bob, ada, "4");
    expect([first.remote.content, second.remote.content, third.remote.content, back.remote.content]).toEqual(["1", "2", "3", "4"]);
    const outcomes = [next(first.local, "LocalInvitationRefused"), next(second.local, "LocalInvitationAccepted"), next(back.local, "LocalInvitationAccepted")];
    first.remote.refuse();
    second.remote.accept();
    back.remote.accept();
    await Promise.all(outcomes);
    expect([first, second, third, back].map(({ local }) => local.state)).toEqual([
      "REFUSED_BY_REMOTE",
      "ACCEPTED_BY_REMOTE",
      "RECEIVED_BY_REMOTE",
      "ACCEPTED_BY_REMOTE",
    ]);
  });

  it("[RI13] LocalInvitation and RemoteInvitation are event emitters: on, once, off, addListener, removeListener, removeAllListeners, emit, listeners, rawListeners, listenerCount, eventNames, defaultMaxListeners", async () => {
    const [ada, bob] = await pair();
    const { local, remote } = await ring(ada, bob);
    const heard: string[] = [];
    const [one, two] = [(response: string) => void heard.push(`one ${response}`), (response: string) => void heard.push(`two ${response}`)];
    local.on("LocalInvitationAccepted", one).once("LocalInvitationAccepted", two).addListener("LocalInvitationRefused", one);
    expect([local.listenerCount("LocalInvitationAccepted"), local.listeners("LocalInvitationAccepted"), local.eventNames()]).toEqual([
      2,
      [one, two],
      ["LocalInvitationAccepted", "LocalInvitationRefused"],
    ]);
    expect(local.rawListeners("LocalInvitationAccepted")[1]?.listener).toBe(two);
    for (const time of ["1", "2"]) local.emit("LocalInvitationAccepted", time);
    local.removeListener("LocalInvitationAccepted", one).off("LocalInvitationRefused", one);
    local.emit("LocalInvitationAccepted", "3");
    expect([heard, local.eventNames()]).toEqual([["one 1", "two 1", "one 2"], []]);
    remote.on("RemoteInvitationCanceled", one).removeAllListeners();
    expect([remote.emit("RemoteInvitationCanceled", "x"), Reflect.get(local.constructor, "defaultMaxListeners")]).toEqual([false, 10]);
  });
});

describe("what is over", () => {
  it("[RI21] takes no room from what comes", { timeout: 60_000 }, async () => {
    const [ada, bob] = await pair();
    for (let time = 0; time < LIMITS.callsPerUser + 2; time++) {
      const { local, remote } = await ring(ada, bob);
      const accepted = next(local, "LocalInvitationAccepted");
      remote.accept();
      await accepted;
    }
  });
});

describe("what fails", () => {
  it("[RI6] LocalInvitationFailure PEER_OFFLINE: nobody there within 30 s", async () => {
    const ada = await rtmUser("ada", { scale: FAST });
    const local = ada.client.createLocalInvitation(fresh("nobody"));
    const started = Date.now();
    local.send();
    expect(await next(local, "LocalInvitationFailure")).toEqual(["PEER_OFFLINE"]);
    expect([local.state, local.response]).toEqual(["FAILURE", ""]);
    expect(Date.now() - started).toBeGreaterThan(2_900);
  });

  it("[RI7] LocalInvitationFailure PEER_NO_RESPONSE: somebody there, who does not acknowledge within 30 s", async () => {
    const ada = await rtmUser("ada", { scale: FAST });
    // Logged in, and knows nothing of calls.
    const { user } = await login(fresh("mute"));
    const local = ada.client.createLocalInvitation(user);
    local.send();
    expect(await next(local, "LocalInvitationFailure")).toEqual(["PEER_NO_RESPONSE"]);
    expect(local.state).toBe("FAILURE");
  });

  it("[RI8] LocalInvitationFailure and RemoteInvitationFailure INVITATION_EXPIRE: no answer within 60 s", async () => {
    const [ada, bob] = await pair({ scale: FAST });
    const { local, remote } = await ring(ada, bob);
    const started = Date.now();
    expect(await Promise.all([next(local, "LocalInvitationFailure"), next(remote, "RemoteInvitationFailure")])).toEqual([
      ["INVITATION_EXPIRE"],
      ["INVITATION_EXPIRE"],
    ]);
    expect([local.state, remote.state]).toEqual(["FAILURE", "FAILURE"]);
    expect(Date.now() - started).toBeGreaterThan(5_500);
  });

  it("[RI9] LocalInvitation.send before login: no throw, the state FAILURE and NOT_LOGGEDIN", async () => {
    const local = rtmClient().createLocalInvitation("bob");
    local.send();
    expect(local.state).toBe("FAILURE");
    expect(await next(local, "LocalInvitationFailure")).toEqual(["NOT_LOGGEDIN"]);
    expect(thrown(() => local.send())).toBe(3);
  });

  it("[RI10] LocalInvitation throws: 2 cancel before send, 5 send twice, 3 after the end, 1 texts that are too large", async () => {
    const [ada, bob] = await pair();
    const local = ada.client.createLocalInvitation(bob.uid);
    expect(thrown(() => local.cancel())).toBe(2);
    local.content = "é".repeat(4096 + 1);
    expect([thrown(() => local.send()), local.state]).toEqual([1, "IDLE"]);
    local.content = "é".repeat(4096);
    local.channelId = "c".repeat(65);
    expect(thrown(() => local.send())).toBe(1);
    local.channelId = "c".repeat(64);
    local.send();
    expect(thrown(() => local.send())).toBe(5);
    const remote = await invited(bob.client);
    expect([remote.content, remote.channelId]).toEqual([local.content, local.channelId]);
    local.cancel();
    expect([thrown(() => local.cancel()), thrown(() => local.send())]).toEqual([3, 3]);
    try {
      local.cancel();
    } catch (error) {
      expect(error).toMatchObject({ name: "RtmInvalidStatusError", message: expect.stringMatching(/^Error Code 3 - /) });
    }
  });

  it("[RI11] RemoteInvitation throws: 4 answered twice, 3 after the end, 1 a response that is too large", async () => {
    const [ada, bob] = await pair();
    const { remote } = await ring(ada, bob);
    remote.response = "x".repeat(8 * 1024 + 1);
    expect([thrown(() => remote.accept()), thrown(() => remote.refuse()), remote.state]).toEqual([1, 1, "INVITATION_RECEIVED"]);
    remote.response = "x".repeat(8 * 1024);
    remote.accept();
    expect([thrown(() => remote.accept()), thrown(() => remote.refuse())]).toEqual([4, 4]);
    await next(remote, "RemoteInvitationAccepted");
    expect(thrown(() => remote.accept())).toBe(4);
    const refused = (await ring(ada, bob)).remote;
    refused.refuse();
    expect([thrown(() => refused.accept()), thrown(() => refused.refuse())]).toEqual([3, 3]);
    const canceled = await ring(ada, bob);
    canceled.local.cancel();
    await next(canceled.remote, "RemoteInvitationCanceled");
    expect([thrown(() => canceled.remote.accept()), thrown(() => canceled.remote.refuse())]).toEqual([3, 3]);
  });

  it("[RI19] RemoteInvitationFailure ACCEPT_FAILURE: the acceptance is not confirmed in time", async () => {
    const way = await proxy();
    const [ada, bob] = await Promise.all([rtmUser("ada"), rtmUser("bob", { url: way.url, scale: FAST })]);
    const { remote } = await ring(ada, bob);
    await way.stop();
    proxies.splice(0);
    remote.accept();
    expect(await next(remote, "RemoteInvitationFailure")).toEqual(["ACCEPT_FAILURE"]);
    expect(remote.state).toBe("FAILURE");
  });

  it("[RI19] RemoteInvitationFailure PEER_OFFLINE: the caller has vanished", async () => {
    const way = await proxy();
    const [ada, bob] = await Promise.all([rtmUser("ada", { url: way.url, scale: FAST }), rtmUser("bob")]);
    const { remote } = await ring(ada, bob);
    await way.stop();
    proxies.splice(0);
    expect(await next(remote, "RemoteInvitationFailure")).toEqual(["PEER_OFFLINE"]);
  });

  it("[RI20] RtmClient.logout ends what is open", async () => {
    const [ada, bob] = await pair();
    const { local, remote } = await ring(ada, bob);
    const ended = next(remote, "RemoteInvitationCanceled");
    const failed = next(local, "LocalInvitationFailure");
    await ada.client.logout();
    expect(await failed).toEqual(["NOT_LOGGEDIN"]);
    expect(await ended).toEqual([""]);
    expect([local.state, remote.state]).toEqual(["FAILURE", "CANCELED"]);
    expect(thrown(() => local.cancel())).toBe(3);
  });
});

describe("together with the other client", () => {
  it("[RI14] a 1.x callee is rung by wigwag/call, answers, and stays until the caller hangs up", async () => {
    const [ada, bob] = await Promise.all([sdkUser("ada"), rtmUser("bob")]);
    const coming = invited(bob.client);
    const call = calls(ada).invite(bob.uid, { content: "hi", channel: "room" });
    const remote = await coming;
    expect([remote.callerId, remote.content, remote.channelId]).toEqual([ada.user, "hi", "room"]);
    const active = new Promise<void>((resolve) => call.on("active", () => resolve()));
    remote.response = "yes";
    remote.accept();
    await Promise.all([active, next(remote, "RemoteInvitationAccepted")]);
    expect([call.phase, call.members[1]?.response]).toEqual(["active", "yes"]);
    await call.leave();
    expect([call.end, remote.state]).toEqual(["left", "ACCEPTED"]);
  });

  it("[RI14] and it may refuse, or hear that the caller has thought better of it", async () => {
    const [ada, bob] = await Promise.all([sdkUser("ada"), rtmUser("bob")]);
    const [coming, call] = [invited(bob.client), calls(ada).invite(bob.uid)];
    const ended = new Promise<string>((resolve) => call.on("ended", ({ end }) => resolve(end)));
    (await coming).refuse();
    expect(await ended).toBe("refused");
    const [again, second] = [invited(bob.client), calls(ada).invite(bob.uid, { content: "?" })];
    const remote = await again;
    const canceled = next(remote, "RemoteInvitationCanceled");
    await second.leave();
    expect(await canceled).toEqual(["?"]);
  });

  it("[RI15] a 1.x caller rings wigwag/call, which answers, refuses, or does neither", async () => {
    const [ada, bob] = await Promise.all([rtmUser("ada", { scale: FAST }), sdkUser("bob")]);
    const answers = ["accept", "refuse", "nothing"];
    calls(bob).on("incoming", (call) => {
      const answer = answers.shift();
      if (answer === "accept") void call.accept(`${call.content} ${call.channel}`);
      if (answer === "refuse") void call.refuse("no");
    });
    const place = (): LocalInvitation => {
      const local = ada.client.createLocalInvitation(bob.user);
      local.content = "hi";
      local.channelId = "room";
      local.send();
      return local;
    };
    const first = place();
    expect(await next(first, "LocalInvitationAccepted")).toEqual(["hi room"]);
    const accepted = calls(bob).live[0];
    // The caller may hear of an answer before who gave it.
    await expect.poll(() => [accepted?.phase, accepted?.exclusive]).toEqual(["active", false]);
    expect(await next(place(), "LocalInvitationRefused")).toEqual(["no"]);
    expect(await next(place(), "LocalInvitationFailure")).toEqual(["INVITATION_EXPIRE"]);
    await accepted?.leave();
    expect([accepted?.end, first.state]).toEqual(["left", "ACCEPTED_BY_REMOTE"]);
  });
});

describe("lost connections", () => {
  it("[RI16] what happens while the caller is away is told when it is back, once", async () => {
    const way = await proxy();
    const [ada, bob] = await Promise.all([rtmUser("ada", { url: way.url }), rtmUser("bob")]);
    const { local, remote } = await ring(ada, bob);
    const happened = localStory(local);
    way.cut();
    remote.response = "yes";
    remote.accept();
    await next(local, "LocalInvitationAccepted");
    expect([happened, local.state]).toEqual([[["Accepted", "yes"]], "ACCEPTED_BY_REMOTE"]);
  });

  it("[RI16] what happens while the callee is away is told when it is back; its answer waits for the way", async () => {
    const way = await proxy();
    const [ada, bob] = await Promise.all([rtmUser("ada"), rtmUser("bob", { url: way.url })]);
    const first = await ring(ada, bob, "1");
    const second = await ring(ada, bob, "2");
    const happened = remoteStory(first.remote);
    way.cut();
    first.local.cancel();
    second.remote.refuse();
    await Promise.all([next(first.remote, "RemoteInvitationCanceled"), next(second.local, "LocalInvitationRefused")]);
    expect([happened, first.remote.state, second.remote.state]).toEqual([[["Canceled", "1"]], "CANCELED", "REFUSED"]);
  });

  it("[RI18] a callee who logs in while it is looked for is reached", async () => {
    const ada = await rtmUser("ada");
    const uid = fresh("late");
    const local = ada.client.createLocalInvitation(uid);
    local.send();
    const client = rtmClient();
    const coming = invited(client);
    const received = next(local, "LocalInvitationReceivedByPeer");
    await client.login({ uid, token: await tokenFor(uid) });
    expect((await coming).callerId).toBe(ada.uid);
    await received;
  });

  it("[RI18] a callee whose process starts anew rings anew; a caller's takes back what it had sent", async () => {
    const [ada, bob] = await pair();
    const { local } = await ring(ada, bob);
    const reborn = rtmClient();
    const coming = invited(reborn);
    await reborn.login({ uid: bob.uid, token: await tokenFor(bob.uid) });
    const remote = await coming;
    const canceled = next(remote, "RemoteInvitationCanceled");
    await rtmClient().login({ uid: ada.uid, token: await tokenFor(ada.uid) });
    await canceled;
    expect([local.state, remote.state]).toEqual(["FAILURE", "CANCELED"]);
  });
});
