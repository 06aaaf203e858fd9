import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RtmClient } from "../../src/rtm/client.ts";
import type AgoraRTM from "../../src/rtm/index.ts";
import type { ConnectionChangeReason, ConnectionState } from "../../src/rtm/index.ts";
import { asServer, fresh, service, tokenFor } from "../support/accounts.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";
import { PATIENCE } from "../support/patience.ts";
import { closeRtm, next, type RtmUser, refusal, rtmClient, rtmLogin, rtmUser, told } from "../support/rtm.ts";

afterAll(closeRtm);
const MINUTE_MS = 60_000;
/** Who is barred tries again so soon; what it waits for it has all the time for. */
const SOON_MS = 400;

describe.concurrent("a login", () => {
  it("[RX10] RtmClient.login and RtmClient.connectionState go from DISCONNECTED over CONNECTING to CONNECTED, told by RtmClientEvents.ConnectionStateChanged", async () => {
    const client = rtmClient();
    const states = told(client, "ConnectionStateChanged");
    expect(client.connectionState).toBe("DISCONNECTED");
    const uid = fresh("ann");
    const login = rtmLogin(client, uid, await tokenFor(uid));
    expect(client.connectionState).toBe("CONNECTING");
    await login;
    expect(client.connectionState).toBe("CONNECTED");
    expect(states).toEqual([
      ["CONNECTING", "LOGIN"],
      ["CONNECTED", "LOGIN_SUCCESS"],
    ]);
    expect(await refusal(rtmLogin(client, uid, "token"))).toEqual({ code: 8, name: "RtmInvalidStatusError" });
  });

  it.each([
    ["a number", 7],
    ["an empty text", ""],
    ["the text null", "null"],
    ["65 characters", "x".repeat(65)],
    ["a letter outside ASCII", "é"],
    ["a slash", "a/b"],
    ["a quote", "a'b"],
    ["nothing", undefined],
  ])("[RX11] RtmClient.login refuses %s for a uid with code 3", async (_, uid) => {
    expect(await refusal(rtmClient().login({ uid: uid as string, token: "t" }))).toEqual({ code: 3, name: "RtmInvalidArgumentError" });
  });

  it("[RX11] RtmClient.login takes every character of the alphabet, also in front", async () => {
    for (const uid of [`_.${fresh("ann").slice(0, 20)} !#$%&()+-:;<=>?@[]^{}|~,`, "__proto__"]) {
      const { client } = await rtmUser("ann", { uid });
      expect(client.connectionState).toBe("CONNECTED");
    }
  });

  it("[RX12] RtmClient.login says what is wrong with a token, an App ID, or an argument", async () => {
    const uid = fresh("ann");
    const refused = async (token: unknown, app?: string) => {
      const client = rtmClient({ ...(app !== undefined && { app }) });
      const states = told(client, "ConnectionStateChanged");
      const { code, name } = await refusal(rtmLogin(client, uid, token as string));
      return [code, name, states.map(([state, reason]) => `${state}/${reason}`).join(" ")];
    };
    const failed = "CONNECTING/LOGIN DISCONNECTED/LOGIN_FAILURE";
    expect(await refused(7)).toEqual([3, "RtmInvalidArgumentError", ""]);
    expect(await refused("nonsense")).toEqual([5, "RtmUnauthenticatedError", failed]);
    expect(await refused(await tokenFor(fresh("bob")))).toEqual([5, "RtmUnauthenticatedError", failed]);
    expect(await refused(await tokenFor(uid, { expireSeconds: 1, issuedAtMs: Date.now() - MINUTE_MS }))).toEqual([6, "RtmUnauthenticatedError", failed]);
    expect(await refused("", undefined)).toEqual([5, "RtmUnauthenticatedError", failed]);
    expect(await refused("token", "f".repeat(32))).toEqual([4, "RtmInvalidArgumentError", failed]);
    expect(await refused("token", "no hex digits, yet thirty-two of")).toEqual([4, "RtmInvalidArgumentError", failed]);
  });

  it("[RX13] RtmClient.login gives up after 12 s without an answer", async () => {
    const proxy = await startCutProxy(service().url);
    proxy.bar(true);
    const client = rtmClient({ scale: 0.05 });
    const states = told(client, "ConnectionStateChanged");
    expect(await refusal(rtmLogin(client, fresh("ann"), "token", proxy.url))).toEqual({ code: 9, name: "RtmTimeoutError" });
    expect(states.at(-1)).toEqual(["DISCONNECTED", "LOGIN_TIMEOUT"]);
    await proxy.stop();
  });

  it("[RX14] RtmClient.logout ends it, takes listeners off, drops subscriptions and attributes; a login that runs is aborted with 201", async () => {
    const { client, uid } = await rtmUser("ann");
    const bob = await rtmUser("bob");
    await client.subscribePeersOnlineStatus([bob.uid]);
    await client.setLocalUserAttributes({ mood: "gone" });
    const states = told(client, "ConnectionStateChanged");
    await client.logout();
    expect(states).toEqual([["DISCONNECTED", "LOGOUT"]]);
    expect(client.eventNames()).toEqual([]);
    expect(await refusal(client.logout())).toEqual({ code: 102, name: "RtmInvalidStatusError" });
    await rtmLogin(client, uid, await tokenFor(uid));
    expect(await client.queryPeersBySubscriptionOption("ONLINE_STATUS")).toEqual([]);
    expect(await client.getUserAttributes(uid)).toEqual({});

    const other = rtmClient();
    const login = refusal(rtmLogin(other, uid, await tokenFor(uid)));
    await other.logout();
    expect(await login).toMatchObject({ code: 201 });
    expect(other.connectionState).toBe("DISCONNECTED");
  });

  it("[RX15] RtmClient.logoutSync says goodbye without waiting: others see it at once", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const name = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(name), bob.client.createChannel(name)];
    await bobs.join();
    const joined = next(bobs, "MemberJoined");
    await anns.join();
    await joined;
    const left = next(bobs, "MemberLeft");
    ann.client.logoutSync();
    expect(ann.client.connectionState).toBe("DISCONNECTED");
    expect(await left).toEqual([ann.uid]);
    expect(() => ann.client.logoutSync()).toThrow("Error Code 102 - ");
  });

  it("[RX16] every call before a login, and after a logout, fails with 102", async () => {
    const client = rtmClient();
    const channel = client.createChannel("room");
    const calls: (() => Promise<unknown>)[] = [
      () => client.logout(),
      () => client.renewToken("token"),
      () => client.sendMessageToPeer({ text: "hi" }, "bob"),
      () => client.setLocalUserAttributes({ a: "b" }),
      () => client.addOrUpdateLocalUserAttributes({ a: "b" }),
      () => client.deleteLocalUserAttributesByKeys(["a"]),
      () => client.clearLocalUserAttributes(),
      () => client.getUserAttributes("bob"),
      () => client.getUserAttributesByKeys("bob", ["a"]),
      () => client.setChannelAttributes("room", { a: "b" }),
      () => client.addOrUpdateChannelAttributes("room", { a: "b" }),
      () => client.deleteChannelAttributesByKeys("room", ["a"]),
      () => client.clearChannelAttributes("room"),
      () => client.getChannelAttributes("room"),
      () => client.getChannelAttributesByKeys("room", ["a"]),
      () => client.getChannelMemberCount(["room"]),
      () => client.queryPeersOnlineStatus(["bob"]),
      () => client.subscribePeersOnlineStatus(["bob"]),
      () => client.unsubscribePeersOnlineStatus(["bob"]),
      () => client.queryPeersBySubscriptionOption("ONLINE_STATUS"),
      () => channel.join(),
      () => channel.leave(),
      () => channel.sendMessage({ text: "hi" }),
      () => channel.getMembers(),
    ];
    for (const call of calls) expect({ call: String(call), ...(await refusal(call())) }).toMatchObject({ code: 102, name: "RtmInvalidStatusError" });
  });
});

describe.concurrent("what ends a connection", () => {
  it("[RX17] a newer login of the uid ends the older one as REMOTE_LOGIN; in ABORTED every call fails until a logout and a login", async () => {
    const ann = await rtmUser("ann");
    const bob = await rtmUser("bob");
    const name = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(name), bob.client.createChannel(name)];
    await bobs.join();
    await anns.join();
    const left = next(bobs, "MemberLeft");
    const aborted = next(ann.client, "ConnectionStateChanged");
    const newer = await rtmUser("ann", { uid: ann.uid });
    expect(await aborted).toEqual(["ABORTED", "REMOTE_LOGIN"]);
    expect(await left).toEqual([ann.uid]);
    expect(await refusal(ann.client.sendMessageToPeer({ text: "hi" }, bob.uid))).toMatchObject({ code: 102 });
    expect(await refusal(anns.sendMessage({ text: "hi" }))).toMatchObject({ code: 102 });
    expect(await refusal(rtmLogin(ann.client, ann.uid, await tokenFor(ann.uid)))).toMatchObject({ code: 8 });
    expect(newer.client.connectionState).toBe("CONNECTED");
    await ann.client.logout();
    expect(ann.client.connectionState).toBe("DISCONNECTED");
    await newer.client.logout();
    await rtmLogin(ann.client, ann.uid, await tokenFor(ann.uid));
    await anns.join();
  });

  it("[RX18] RtmClientEvents.BannedByServer: whom the app throws out is told, and ABORTED", async () => {
    const { client, uid } = await rtmUser("ann");
    const banned = told(client, "BannedByServer");
    const aborted = next(client, "ConnectionStateChanged");
    await asServer("POST", `/v1/users/${uid}/kick`, {});
    expect(await aborted).toEqual(["ABORTED", "BANNED_BY_SERVER"]);
    expect(banned).toEqual([[]]);
  });

  it("[RX19] RtmClientEvents.TokenPrivilegeWillExpire comes before the end, RtmClientEvents.TokenExpired with it: ABORTED", async () => {
    const uid = fresh("ann");
    const client = rtmClient();
    const [warned, expired] = [told(client, "TokenPrivilegeWillExpire"), told(client, "TokenExpired")];
    await rtmLogin(client, uid, await tokenFor(uid, { expireSeconds: 5 }));
    const aborted = await next(client, "ConnectionStateChanged", (state) => state === "ABORTED");
    expect(aborted).toEqual(["ABORTED", "TOKEN_EXPIRED"]);
    expect([warned, expired]).toEqual([[[]], [[]]]);
    expect(await refusal(client.renewToken(await tokenFor(uid)))).toMatchObject({ code: 102 });
  });

  it("[RX20] RtmClient.renewToken in time prevents it, and refuses what is no token of this user", async () => {
    const uid = fresh("ann");
    const client = rtmClient();
    const [states, expired] = [told(client, "ConnectionStateChanged"), told(client, "TokenExpired")];
    const warned = next(client, "TokenPrivilegeWillExpire");
    await rtmLogin(client, uid, await tokenFor(uid, { expireSeconds: 4 }));
    await warned;
    expect(await refusal(client.renewToken(""))).toEqual({ code: 2, name: "RtmInvalidArgumentError" });
    expect(await refusal(client.renewToken(await tokenFor(fresh("bob"))))).toEqual({ code: 6, name: "RtmUnauthenticatedError" });
    // Its own warning comes 5 s from now, when the first token has ended.
    const warnedAgain = next(client, "TokenPrivilegeWillExpire");
    await client.renewToken(await tokenFor(uid, { expireSeconds: 8 }));
    await warnedAgain;
    expect(await client.getUserAttributes(uid)).toEqual({});
    expect([states.length, expired]).toEqual([2, []]);
  });
});

describe.concurrent("a lost connection", () => {
  const throughProxy = async (name: string): Promise<RtmUser & { readonly own: CutProxy }> => {
    const own = await startCutProxy(service().url);
    const uid = fresh(name);
    return { ...(await rtmUser(name, { uid, url: own.url, reconnectMs: SOON_MS })), own };
  };
  const states = (changes: readonly [ConnectionState, ConnectionChangeReason][]): string => changes.map(([state, reason]) => `${state}/${reason}`).join(" ");

  it("[RX21] is not told of within 4 s", async () => {
    const { client, own, uid } = await throughProxy("ann");
    const changes = told(client, "ConnectionStateChanged");
    own.cut();
    expect(await client.getUserAttributes(uid)).toEqual({});
    expect(changes).toEqual([]);
    await own.stop();
  });

  it("[RX84] tells on its return of channel attributes that changed during a loss too short to be told", async () => {
    const { client, own } = await throughProxy("ann");
    const bob = await rtmUser("bob");
    const channel = client.createChannel(fresh("room"));
    await channel.join();
    await bob.client.setChannelAttributes(channel.channelId, { seat: "free" });
    const heard = next(channel, "AttributesUpdated");
    own.bar(true);
    own.cut();
    await bob.client.addOrUpdateChannelAttributes(channel.channelId, { seat: "taken" }, { enableNotificationToChannelMembers: true });
    own.bar(false);
    expect((await heard)[0]).toMatchObject({ seat: { value: "taken" } });
    expect(client.connectionState).toBe("CONNECTED");
    await own.stop();
  });

  it("[RX72] tells on its return who came and went meanwhile, once, if the members were asked for before", async () => {
    const { client, own } = await throughProxy("ann");
    const [bob, cy, dan] = await Promise.all(["bob", "cy", "dan"].map((name) => rtmUser(name)));
    if (bob === undefined || cy === undefined || dan === undefined) throw new Error("three were asked for");
    const name = fresh("room");
    const join = async (user: RtmClient) => {
      const channel = user.createChannel(name);
      await channel.join();
      return channel;
    };
    const channel = await join(client);
    const there = next(channel, "MemberJoined", (member) => member === cy.uid);
    const [bobs, cys] = [await join(bob.client), await join(cy.client)];
    await there;
    expect(await channel.getMembers()).toHaveLength(3);
    const [came, went] = [told(channel, "MemberJoined"), told(channel, "MemberLeft")];
    const caught = [next(channel, "MemberJoined"), next(channel, "MemberLeft")];
    own.bar(true);
    own.cut();
    await bobs.leave();
    await join(dan.client);
    own.bar(false);
    await Promise.all(caught);
    const gone = next(channel, "MemberLeft", (member) => member === cy.uid);
    await cys.leave();
    await gone;
    const back = next(channel, "MemberJoined", (member) => member === cy.uid);
    await cys.join();
    await back;
    expect([came, went]).toEqual([
      [[dan.uid], [cy.uid]],
      [[bob.uid], [cy.uid]],
    ]);
    await own.stop();
  });

  it("[RX22] is INTERRUPTED after that; back again, channels, attributes and subscriptions are there, and what was sent meanwhile goes", async () => {
    const { client, own, uid } = await throughProxy("ann");
    const bob = await rtmUser("bob");
    const name = fresh("room");
    const [anns, bobs] = [client.createChannel(name), bob.client.createChannel(name)];
    await Promise.all([anns.join(), bobs.join(), client.setLocalUserAttributes({ mood: "calm" }), client.subscribePeersOnlineStatus([bob.uid])]);
    const changes = told(client, "ConnectionStateChanged");
    const interrupted = next(client, "ConnectionStateChanged");
    own.bar(true);
    own.cut();
    await interrupted;
    expect(client.connectionState).toBe("RECONNECTING");
    const heard = next(bob.client, "MessageFromPeer");
    const heardInChannel = next(bobs, "ChannelMessage");
    const sent = client.sendMessageToPeer({ text: "held" }, bob.uid);
    const published = anns.sendMessage({ text: "held, too" });
    const missed = next(anns, "ChannelMessage");
    await bobs.sendMessage({ text: "meanwhile" });
    own.bar(false);
    await sent;
    await published;
    expect((await heard)[0]).toMatchObject({ text: "held" });
    expect((await heardInChannel)[0]).toMatchObject({ text: "held, too" });
    expect((await missed)[0]).toMatchObject({ text: "meanwhile" });
    expect(states(changes)).toBe("RECONNECTING/INTERRUPTED CONNECTED/LOGIN_SUCCESS");
    expect(await bob.client.getUserAttributes(uid)).toEqual({ mood: "calm" });
    const gone = next(client, "PeersOnlineStatusChanged");
    await bob.client.logout();
    expect(await gone).toEqual([{ [bob.uid]: "OFFLINE" }]);
    await own.stop();
  });

  it("[RX23] whose token ends meanwhile waits for RtmClient.renewToken, which lets it through", async () => {
    const uid = fresh("ann");
    const own = await startCutProxy(service().url);
    const client = rtmClient({ reconnectMs: SOON_MS });
    const changes = told(client, "ConnectionStateChanged");
    const endsAt = Date.now() + 5_000;
    await rtmLogin(client, uid, await tokenFor(uid, { expireSeconds: 5 }), own.url);
    own.bar(true);
    own.cut();
    await vi.waitUntil(() => Date.now() > endsAt, { timeout: 10_000 });
    const expired = next(client, "TokenExpired");
    own.bar(false);
    await expired;
    expect(client.connectionState).toBe("RECONNECTING");
    const back = next(client, "ConnectionStateChanged");
    await client.renewToken(await tokenFor(uid));
    await back;
    expect(states(changes)).toBe("CONNECTING/LOGIN CONNECTED/LOGIN_SUCCESS RECONNECTING/INTERRUPTED CONNECTED/LOGIN_SUCCESS");
    await own.stop();
  });
});

describe.concurrent("a message to a peer", () => {
  let ann: RtmUser;
  let bob: RtmUser;
  beforeAll(async () => {
    [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
  });
  const lastHeard = (text: string) => next(bob.client, "MessageFromPeer", (message) => "text" in message && message.text === text);

  it("[RX30] RtmClient.sendMessageToPeer brings text without a kind as TEXT, told by RtmClientEvents.MessageFromPeer", async () => {
    const heard = lastHeard("without a kind");
    const before = Date.now();
    expect(await ann.client.sendMessageToPeer({ text: "without a kind" }, bob.uid)).toEqual({ hasPeerReceived: true });
    const [message, peerId, { serverReceivedTs, ...flags }] = await heard;
    expect([message, peerId, flags]).toEqual([
      { text: "without a kind", messageType: "TEXT" },
      ann.uid,
      { isOfflineMessage: false, isHistoricalMessage: false },
    ]);
    expect(Math.abs(serverReceivedTs - before)).toBeLessThan(MINUTE_MS);
  });

  it("[RX31] RtmClient.createMessage makes TEXT and RAW; bytes and their description arrive as they were", async () => {
    const rawMessage = crypto.getRandomValues(new Uint8Array(1000));
    const heard = next(bob.client, "MessageFromPeer", (message) => message.messageType === "RAW" && message.description === "a \u0001 “description”");
    const message = ann.client.createMessage<AgoraRTM.RtmRawMessage>({ rawMessage, description: "a \u0001 “description”", messageType: "RAW" });
    expect(message).toEqual({ rawMessage, description: "a \u0001 “description”", messageType: "RAW" });
    await ann.client.sendMessageToPeer(message, bob.uid);
    expect((await heard)[0]).toEqual(message);
    const bare = next(bob.client, "MessageFromPeer", (each) => each.messageType === "RAW" && each.description === undefined);
    await ann.client.sendMessageToPeer({ rawMessage }, bob.uid);
    expect((await bare)[0]).toEqual({ rawMessage, description: undefined, messageType: "RAW" });
  });

  it("[RX32] passes with 32 KB of text, or of bytes and description together, and not with a byte more", async () => {
    const largest = [
      { text: "é".repeat(16 * 1024) },
      { rawMessage: new Uint8Array(32 * 1024) },
      { rawMessage: new Uint8Array(31 * 1024), description: "\u0001".repeat(1024) },
      { rawMessage: new Uint8Array(0), description: '"'.repeat(32 * 1024) },
    ];
    for (const message of largest) await ann.client.sendMessageToPeer(message, bob.uid);
    for (const message of [{ text: `${"é".repeat(16 * 1024)}x` }, { rawMessage: new Uint8Array(32 * 1024), description: "x" }])
      expect(await refusal(ann.client.sendMessageToPeer(message, bob.uid))).toEqual({ code: 7, name: "RtmInvalidArgumentError" });
  });

  it("[RX33] to who is not there resolves with hasPeerReceived false, and is gone", async () => {
    const uid = fresh("carol");
    expect(await ann.client.sendMessageToPeer({ text: "lost" }, uid)).toEqual({ hasPeerReceived: false });
    const carol = rtmClient();
    const heard = told(carol, "MessageFromPeer");
    await rtmLogin(carol, uid, await tokenFor(uid));
    const here = next(carol, "MessageFromPeer");
    await Promise.all([here, ann.client.sendMessageToPeer({ text: "here" }, uid)]);
    expect(heard.map(([message]) => message)).toEqual([{ text: "here", messageType: "TEXT" }]);
  });

  it("[RX902] to oneself is told here, and at no later login", async () => {
    const { client, uid } = await rtmUser("carol");
    const heard = told(client, "MessageFromPeer");
    const raw = { rawMessage: new Uint8Array([1, 2]), description: "bytes", messageType: "RAW" as const };
    expect(await client.sendMessageToPeer({ text: "note" }, uid, { enableOfflineMessaging: true })).toEqual({ hasPeerReceived: true });
    expect(await client.sendMessageToPeer(raw, uid)).toEqual({ hasPeerReceived: true });
    const facts = { serverReceivedTs: expect.any(Number), isOfflineMessage: false, isHistoricalMessage: false };
    expect(heard).toEqual([
      [{ text: "note", messageType: "TEXT" }, uid, facts],
      [raw, uid, facts],
    ]);
    await client.logout();
    const later = told(client, "MessageFromPeer");
    const last = next(client, "MessageFromPeer", (_message, from) => from === ann.uid);
    await rtmLogin(client, uid, await tokenFor(uid));
    await ann.client.sendMessageToPeer({ text: "from ann" }, uid);
    await last;
    expect(later.map(([message]) => message)).toEqual([{ text: "from ann", messageType: "TEXT" }]);
  });

  it("[RX900] to who was cut off comes with its return, in order; hasPeerReceived is false when that is too late for the answer", async () => {
    const own = await startCutProxy(service().url);
    const carol = await rtmUser("carol", { url: own.url, reconnectMs: SOON_MS });
    const heard = told(carol.client, "MessageFromPeer");
    const last = next(carol.client, "MessageFromPeer", (message) => "text" in message && message.text === "back");
    own.bar(true);
    own.cut();
    await vi.waitUntil(async () => (await ann.client.queryPeersOnlineStatus([carol.uid]))[carol.uid] === false, { ...PATIENCE, interval: 600 });
    expect(await ann.client.sendMessageToPeer({ text: "late" }, carol.uid)).toEqual({ hasPeerReceived: false });
    const soon = ann.client.sendMessageToPeer({ text: "in time" }, carol.uid);
    own.bar(false);
    await carol.client.renewToken(await tokenFor(carol.uid));
    await soon;
    expect(await ann.client.sendMessageToPeer({ text: "back" }, carol.uid)).toEqual({ hasPeerReceived: true });
    await last;
    expect(heard.map(([message, , { isOfflineMessage }]) => ["text" in message && message.text, isOfflineMessage])).toEqual([
      ["late", false],
      ["in time", false],
      ["back", false],
    ]);
    await own.stop();
  });

  it("[RX901] to who was cut off and logs in anew is gone", async () => {
    const own = await startCutProxy(service().url);
    const carol = await rtmUser("carol", { url: own.url, reconnectMs: SOON_MS });
    own.bar(true);
    own.cut();
    await vi.waitUntil(async () => (await ann.client.queryPeersOnlineStatus([carol.uid]))[carol.uid] === false, { ...PATIENCE, interval: 600 });
    expect(await ann.client.sendMessageToPeer({ text: "for the other" }, carol.uid)).toEqual({ hasPeerReceived: false });
    const anew = rtmClient();
    const heard = told(anew, "MessageFromPeer");
    const last = next(anew, "MessageFromPeer", (message) => "text" in message && message.text === "for this one");
    await rtmLogin(anew, carol.uid, await tokenFor(carol.uid));
    await ann.client.sendMessageToPeer({ text: "for this one" }, carol.uid);
    await last;
    expect(heard.map(([message]) => message)).toEqual([{ text: "for this one", messageType: "TEXT" }]);
    await own.stop();
  });

  it("[RX34] with enableOfflineMessaging waits for the next login, in order, and says so; hasPeerReceived stays false", async () => {
    const carol = await rtmUser("carol");
    await carol.client.logout();
    for (const text of ["one", "two"])
      expect(await ann.client.sendMessageToPeer({ text }, carol.uid, { enableOfflineMessaging: true })).toEqual({ hasPeerReceived: false });
    const heard = told(carol.client, "MessageFromPeer");
    const both = next(carol.client, "MessageFromPeer", (message) => "text" in message && message.text === "two");
    await rtmLogin(carol.client, carol.uid, await tokenFor(carol.uid));
    await both;
    expect(heard.map(([message, from, { isOfflineMessage }]) => [message, from, isOfflineMessage])).toEqual([
      [{ text: "one", messageType: "TEXT" }, ann.uid, true],
      [{ text: "two", messageType: "TEXT" }, ann.uid, true],
    ]);
  });

  it("[RX35] with enableHistoricalMessaging is in the peer's history, and says so", async () => {
    const heard = lastHeard("for the record");
    await ann.client.sendMessageToPeer({ text: "for the record" }, bob.uid, { enableHistoricalMessaging: true });
    expect((await heard)[2]).toMatchObject({ isHistoricalMessage: true });
    const { body } = await asServer("GET", `/v1/users/${bob.uid}/messages`);
    expect(JSON.stringify(body)).toContain("for the record");
  });

  it("[RX36] refuses with 6 an id and with 7 a message that is none", async () => {
    expect(await refusal(ann.client.sendMessageToPeer({ text: "hi" }, "null"))).toEqual({ code: 6, name: "RtmInvalidArgumentError" });
    for (const message of [{}, { text: 7 }, undefined, { messageType: "SOUND", text: "x" }, { rawMessage: [1] }, { messageType: "FILE" }])
      expect(await refusal(ann.client.sendMessageToPeer(message as never, bob.uid))).toMatchObject({ code: 7 });
  });

  it("[RX37] keeps the order of one sender to one receiver", async () => {
    const all = Array.from({ length: 50 }, (_, n) => `in order ${n}`);
    const heard = told(bob.client, "MessageFromPeer");
    await Promise.all(all.map((text) => ann.client.sendMessageToPeer({ text }, bob.uid)));
    expect(heard.flatMap(([message]) => ("text" in message && message.text.startsWith("in order") ? [message.text] : []))).toEqual(all);
  });

  it("[RX38] of a core client arrives as TEXT or RAW; messages between parts of the product do not", async () => {
    const heard = lastHeard("from a server");
    const kinds = told(bob.client, "MessageFromPeer");
    await asServer("POST", `/v1/users/${bob.uid}/messages`, { from: ann.uid, data: "internal", customType: "wigwag.call" });
    await asServer("POST", `/v1/users/${bob.uid}/messages`, { from: ann.uid, data: "from a server", customType: "anything" });
    expect((await heard).slice(0, 2)).toEqual([{ text: "from a server", messageType: "TEXT" }, ann.uid]);
    expect(kinds.map(([message]) => ("text" in message ? message.text : ""))).not.toContain("internal");
  });
});

describe.concurrent("attributes of a user", () => {
  it("[RX40] RtmClient.setLocalUserAttributes replaces all, and RtmClient.getUserAttributes reads anybody's", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    await ann.client.setLocalUserAttributes({ mood: "calm", hat: "red" });
    await ann.client.setLocalUserAttributes({ mood: "wild", ["__proto__"]: "kept" });
    expect(Object.entries(await bob.client.getUserAttributes(ann.uid)).sort()).toEqual([
      ["__proto__", "kept"],
      ["mood", "wild"],
    ]);
  });

  it("[RX41] RtmClient.addOrUpdateLocalUserAttributes merges", async () => {
    const { client, uid } = await rtmUser("ann");
    await client.setLocalUserAttributes({ mood: "calm", hat: "red" });
    await client.addOrUpdateLocalUserAttributes({ hat: "blue", shoes: "none" });
    expect(await client.getUserAttributes(uid)).toEqual({ mood: "calm", hat: "blue", shoes: "none" });
  });

  it("[RX42] RtmClient.deleteLocalUserAttributesByKeys takes those away that are named", async () => {
    const { client, uid } = await rtmUser("ann");
    await client.setLocalUserAttributes({ mood: "calm", hat: "red" });
    await client.deleteLocalUserAttributesByKeys(["hat", "never there"]);
    expect(await client.getUserAttributes(uid)).toEqual({ mood: "calm" });
  });

  it("[RX43] RtmClient.clearLocalUserAttributes takes all away", async () => {
    const { client, uid } = await rtmUser("ann");
    await client.setLocalUserAttributes({ mood: "calm" });
    await client.clearLocalUserAttributes();
    expect(await client.getUserAttributes(uid)).toEqual({});
  });

  it("[RX44] RtmClient.getUserAttributesByKeys gives those of the keys that are there", async () => {
    const { client, uid } = await rtmUser("ann");
    await client.setLocalUserAttributes({ mood: "calm", hat: "red" });
    expect(await client.getUserAttributesByKeys(uid, ["hat", "shoes"])).toEqual({ hat: "red" });
    expect(await refusal(client.getUserAttributesByKeys(uid, []))).toMatchObject({ code: 3 });
  });

  it("[RX46] end with the login; of a user who is not there they cannot be had: 6", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    await ann.client.setLocalUserAttributes({ mood: "calm" });
    await ann.client.logout();
    for (const uid of [ann.uid, fresh("nobody")]) expect(await refusal(bob.client.getUserAttributes(uid))).toEqual({ code: 6, name: "RtmUnavailableError" });
  });

  it("[RX45] refuses with 3 what is malformed and with 4 what is too large", async () => {
    const { client } = await rtmUser("ann");
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`key ${n}`, ""]));
    for (const [attributes, code] of [
      [{ hat: 7 }, 3],
      [null, 3],
      [["hat"], 3],
      [{ "": "x" }, 3],
      [{ ["k".repeat(33)]: "x" }, 3],
      [{ "a\nb": "x" }, 3],
      [{ hat: "x".repeat(8 * 1024 + 1) }, 4],
      [{ a: "x".repeat(8 * 1024), b: "x".repeat(8 * 1024) }, 4],
      [many, 4],
    ] as const)
      expect({ attributes, ...(await refusal(client.setLocalUserAttributes(attributes as never))) }).toMatchObject({ code });
    await client.setLocalUserAttributes({ a: "x".repeat(8 * 1024) });
    expect(await refusal(client.addOrUpdateLocalUserAttributes({ b: "x".repeat(8 * 1024) }))).toEqual({ code: 4, name: "RtmLimitExceededError" });
  });
});

describe.concurrent("online status", () => {
  it("[RX50] RtmClient.queryPeersOnlineStatus says who is online, of up to 256", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    expect(await ann.client.queryPeersOnlineStatus([bob.uid, "nobody", "__proto__"])).toEqual(
      Object.fromEntries([
        [bob.uid, true],
        ["nobody", false],
        ["__proto__", expect.any(Boolean)],
      ]),
    );
    for (const ids of [[], ["null"], "bob", Array.from({ length: 257 }, (_, n) => `user ${n}`)])
      expect(await refusal(ann.client.queryPeersOnlineStatus(ids as string[]))).toEqual({ code: 2, name: "RtmInvalidArgumentError" });
  });

  it("[RX51] RtmClient.subscribePeersOnlineStatus: RtmClientEvents.PeersOnlineStatusChanged says all of them once, and then each change", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const changes = told(ann.client, "PeersOnlineStatusChanged");
    await ann.client.subscribePeersOnlineStatus([bob.uid, "nobody"]);
    await ann.client.subscribePeersOnlineStatus([bob.uid]);
    expect(changes).toEqual([[{ [bob.uid]: "ONLINE", nobody: "OFFLINE" }], [{ [bob.uid]: "ONLINE" }]]);
    const gone = next(ann.client, "PeersOnlineStatusChanged");
    await bob.client.logout();
    expect(await gone).toEqual([{ [bob.uid]: "OFFLINE" }]);
    expect(await refusal(ann.client.subscribePeersOnlineStatus([]))).toMatchObject({ code: 2 });
    const many = Array.from({ length: 511 }, (_, n) => `user ${n}`);
    expect(await refusal(ann.client.subscribePeersOnlineStatus(many))).toEqual({ code: 6, name: "RtmLimitExceededError" });
  });

  it("[RX52] RtmClient.unsubscribePeersOnlineStatus ends it, and RtmClient.queryPeersBySubscriptionOption lists the rest", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    await ann.client.subscribePeersOnlineStatus([bob.uid, "carol"]);
    expect((await ann.client.queryPeersBySubscriptionOption("ONLINE_STATUS")).sort()).toEqual([bob.uid, "carol"].sort());
    await ann.client.unsubscribePeersOnlineStatus([bob.uid]);
    expect(await ann.client.queryPeersBySubscriptionOption("ONLINE_STATUS")).toEqual(["carol"]);
    expect(await refusal(ann.client.queryPeersBySubscriptionOption("MOOD" as never))).toMatchObject({ code: 1 });
    expect(await refusal(ann.client.unsubscribePeersOnlineStatus("bob" as never))).toMatchObject({ code: 2 });
  });
});

describe.concurrent("a call", () => {
  it("[RI2] [RI3] shows LocalInvitation.calleeId, LocalInvitation.content, LocalInvitation.channelId, LocalInvitation.state and LocalInvitation.response to one, RemoteInvitation.callerId, RemoteInvitation.content, RemoteInvitation.channelId, RemoteInvitation.state and RemoteInvitation.response to the other", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const local = ann.client.createLocalInvitation(bob.uid);
    expect([local.calleeId, local.state, local.content, local.channelId, local.response]).toEqual([bob.uid, "IDLE", "", "", ""]);
    local.content = "come to the hill";
    local.channelId = "hill";
    const received = next(bob.client, "RemoteInvitationReceived");
    const accepted = next(local, "LocalInvitationAccepted");
    local.send();
    const [remote] = await received;
    expect([remote.callerId, remote.state, remote.content, remote.channelId]).toEqual([ann.uid, "INVITATION_RECEIVED", "come to the hill", "hill"]);
    const confirmed = next(remote, "RemoteInvitationAccepted");
    remote.response = "on my way";
    remote.accept();
    expect(await accepted).toEqual(["on my way"]);
    await confirmed;
    expect([local.state, local.response, remote.state]).toEqual(["ACCEPTED_BY_REMOTE", "on my way", "ACCEPTED"]);
  });
});

describe.concurrent("a file", () => {
  it("[RM1] RtmClient.createMediaMessageByUploading makes a message for anybody it is sent to, who gets the bytes by RtmClient.downloadMedia", async () => {
    const [ann, bob, eve] = await Promise.all([rtmUser("ann"), rtmUser("bob"), rtmUser("eve")]);
    const room = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(room), bob.client.createChannel(room)];
    await Promise.all([anns.join(), bobs.join()]);
    const bytes = new TextEncoder().encode("flags and lamps");
    const thumbnail = new Blob([new Uint8Array([1, 2, 3])], { type: "image/png" });
    const file = await ann.client.createMediaMessageByUploading(new Blob([bytes]), {
      messageType: "FILE",
      fileName: "signs.txt",
      description: "signs",
      thumbnail,
    });
    const heard = [next(bob.client, "MessageFromPeer"), next(bobs, "ChannelMessage")];
    await Promise.all([ann.client.sendMessageToPeer(file, bob.uid), anns.sendMessage(file)]);
    for (const [message] of await Promise.all(heard)) {
      expect(message).toMatchObject({ messageType: "FILE", fileName: "signs.txt", description: "signs", size: bytes.byteLength });
      if (!("mediaId" in message)) throw new Error("it has no media id");
      const blob = await bob.client.downloadMedia(message.mediaId);
      expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
      expect(message.thumbnail?.size).toBe(3);
      await expect(eve.client.downloadMedia(message.mediaId)).rejects.toMatchObject({ name: expect.stringMatching(/^Rtm/) });
    }
  });
});

describe.concurrent("call rates", () => {
  const tooOften = async (calls: number, call: () => Promise<unknown>, code: number): Promise<void> => {
    const outcomes = await Promise.allSettled(Array.from({ length: calls + 1 }, call));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(calls).fill("fulfilled"), "rejected"]);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code, name: "RtmInvokeTooOftenError" } });
  };

  it("[RX70] beyond the rate of its call each fails on this side with its TOO_OFTEN code", async () => {
    const { client, uid } = await rtmUser("ann");
    const channel = client.createChannel(fresh("room"));
    const name = channel.channelId;
    await channel.join();
    await tooOften(1, () => client.getChannelMemberCount([name]), 3);
    await tooOften(5, () => channel.getMembers(), 4);
    await tooOften(10, () => client.queryPeersOnlineStatus([uid]), 5);
    await tooOften(10, () => client.subscribePeersOnlineStatus([uid]), 5);
    await tooOften(10, () => client.unsubscribePeersOnlineStatus([uid]), 5);
    await tooOften(10, () => client.queryPeersBySubscriptionOption("ONLINE_STATUS"), 3);
    await tooOften(10, () => client.setLocalUserAttributes({ a: "b" }), 5);
    await tooOften(40, () => client.getUserAttributes(uid), 5);
    await tooOften(10, () => client.setChannelAttributes(name, { a: "b" }), 5);
    await tooOften(10, () => client.getChannelAttributes(name), 5);
    const renewed = await tokenFor(uid);
    await tooOften(2, () => client.renewToken(renewed), 4);
    const other = client.createChannel(fresh("room"));
    for (let n = 0; n < 2; n++) {
      const joined = refusal(other.join());
      await other.leave();
      expect(await joined).toMatchObject({ code: 201 });
    }
    expect(await refusal(other.join())).toEqual({ code: 8, name: "RtmInvokeTooOftenError" });
  });

  it("[RX71] messages to peers and in channels count together, 180 in 3 s", async () => {
    const { client } = await rtmUser("ann");
    const bob = await rtmUser("bob");
    const channel = client.createChannel(fresh("room"));
    await channel.join();
    // In one breath: the window is one of time, and machines under test are slow.
    const sent = Array.from({ length: 90 }, (_, n) => [channel.sendMessage({ text: `${n}` }), client.sendMessageToPeer({ text: `${n}` }, bob.uid)]).flat();
    const refused = [refusal(channel.sendMessage({ text: "one more" })), refusal(client.sendMessageToPeer({ text: "one more" }, bob.uid))];
    expect(await Promise.all(refused)).toEqual([
      { code: 3, name: "RtmInvokeTooOftenError" },
      { code: 5, name: "RtmInvokeTooOftenError" },
    ]);
    await Promise.all(sent);
  });

  it("[RX70] two logins in a second, and 50 joins in 3 s", async () => {
    const client = rtmClient();
    for (let n = 0; n < 2; n++) {
      const login = refusal(rtmLogin(client, "ann", "x"));
      await client.logout();
      expect(await login).toMatchObject({ code: 201 });
    }
    expect(await refusal(rtmLogin(client, "ann", "x"))).toEqual({ code: 10, name: "RtmInvokeTooOftenError" });
    const ann = await rtmUser("ann");
    const calls = Array.from({ length: 51 }, (_, n) => ann.client.createChannel(`room ${n}`));
    for (const channel of calls.slice(0, 50)) {
      const joined = refusal(channel.join());
      await channel.leave();
      expect(await joined).toMatchObject({ code: 201 });
    }
    expect(await refusal(calls[50]?.join() ?? Promise.resolve())).toEqual({ code: 7, name: "RtmInvokeTooOftenError" });
  });
});
