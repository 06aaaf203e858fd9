import { afterEach, describe, expect, it } from "vitest";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { IDS_PER_GENERATION } from "../../src/protocol/names.ts";
import {
  admit,
  asServer,
  closeAll,
  createApp,
  fresh,
  http,
  joinDirect,
  login,
  messageChannel,
  openDirect,
  openSession,
  publish,
  service,
  sharedApp,
  tokenFor,
  tracked,
  wsUrl,
} from "../support/accounts.ts";
import { RawClient, secretProtocol } from "../support/raw-client.ts";

afterEach(closeAll);
const channelQuery = (user: string, name: string) => new URLSearchParams({ app: service().app, user, device: "phone", type: "message", name });

describe("a session", () => {
  it("[US1] [WI1] starts with a welcome that says who, where and how much; `ping` is answered `pong`", async () => {
    const user = fresh("ada");
    const { client, welcome } = await login(user);
    expect(welcome).toMatchObject({
      kind: "session",
      protocol: 1,
      user,
      device: "phone",
      generation: 1,
      firstId: IDS_PER_GENERATION,
      keepAliveMs: 10_000,
      inbox: { seq: 0 },
    });
    expect(client.socket.protocol).toBe("wigwag.v1");
    client.raw("ping");
    await client.nextOf("pong");
  });

  it("[US2] keeps its generation over a reconnect of the same instance; another instance gets the next one", async () => {
    const user = fresh("ada");
    const first = await login(user);
    const second = await login(user);
    expect(second.welcome.generation).toBe(1);
    expect(await first.client.closed).toMatchObject({ code: CLOSE.goAway.code });
    const third = await login(user, { instance: "two" });
    expect(third.welcome.generation).toBe(2);
    expect(await second.client.closed).toMatchObject({ code: CLOSE.replaced.code });
  });

  it("[US6] answers a logout, closes as logged out, and forgets the device", async () => {
    const user = fresh("ada");
    const { client } = await login(user);
    await client.ok("session.logout", {});
    expect(await client.closed).toMatchObject({ code: CLOSE.loggedOut.code });
    expect((await asServer("GET", `/v1/users/${user}/devices`)).body).toEqual({ devices: [] });
  });

  it("[US4] has at most ten devices", async () => {
    const user = fresh("ada");
    const clients = [];
    for (let index = 0; index < 11; index++) clients.push(await login(user, { device: `d${index}` }));
    expect(await clients[0]?.client.closed).toMatchObject({ code: CLOSE.replaced.code });
    expect((await clients[10]?.client.ok("user.devices", {}))?.devices).toHaveLength(10);
  });
});

describe("a refused session", () => {
  const refusals: readonly (readonly [string, () => Promise<string | null>, number])[] = [
    ["no token", async () => null, CLOSE.tokenInvalid.code],
    ["an empty token", async () => "", CLOSE.tokenInvalid.code],
    ["a token that is none", async () => "007not-a-token", CLOSE.tokenInvalid.code],
    ["the app id for a token", async () => service().app, CLOSE.tokenInvalid.code],
    ["an expired token", () => tokenFor("ada", { expireSeconds: 10, issuedAtMs: Date.now() - 60_000 }), CLOSE.tokenExpired.code],
    ["a token of another app", () => tokenFor("ada", { appId: "f".repeat(32) }), CLOSE.tokenInvalid.code],
    ["another user's token", () => tokenFor("bob"), CLOSE.tokenInvalid.code],
    ["a token of another certificate", () => tokenFor("ada", { certificate: "0".repeat(32) }), CLOSE.tokenInvalid.code],
    ["8,000 bytes of nothing", async () => "x".repeat(6_000), CLOSE.tokenInvalid.code],
    ["more than a header takes", async () => "x".repeat(9_000), CLOSE.tokenInvalid.code],
  ];
  it.each(refusals)("[HT1] [HT2] %s: accepted, its sub-protocol echoed, closed with the typed code", async (_what, token, code) => {
    const client = await openSession("ada", { token: await token() });
    const closed = await client.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).not.toBe("");
    expect(client.frames).toEqual([]);
    expect(client.socket.protocol).toBe("wigwag.v1");
  });

  it("[TK9] no single altered character of a token lets anybody in, unless it means the same bytes", async () => {
    const token = await tokenFor("ada");
    const places = Array.from({ length: 12 }, (_, index) => 3 + Math.floor(((token.length - 4) * index) / 12));
    for (const at of places) {
      const altered = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      const client = await openSession("ada", { token: altered });
      expect((await client.closed).code, `character ${at}`).toBe(CLOSE.tokenInvalid.code);
    }
  });

  it("[TK6] both certificates of an app let its users in", async (context) => {
    if (service().operatorKey === "") return context.skip();
    const app = await createApp();
    const { welcome } = await login("ada", { app, token: await tokenFor("ada", { app, certificate: app.secondaryCertificate ?? "" }) });
    expect(welcome.user).toBe("ada");
    expect((await login("ada", { app })).welcome.generation).toBe(1);
  });

  it("[HT2] [AP2] an unknown app is told so", async () => {
    const client = await openSession("ada", { app: { ...sharedApp(), id: "e".repeat(32) } });
    expect((await client.closed).code).toBe(CLOSE.appUnknown.code);
  });

  it("[HT4] a secret in the query is refused, however good the one in the header is", async () => {
    const token = await tokenFor("ada");
    for (const name of ["token", "ticket"]) {
      const query = new URLSearchParams({ app: service().app, user: "ada", device: "phone", instance: "one", [name]: token });
      const closed = await tracked(RawClient.withSecret(wsUrl(`/v1/session?${query}`), token)).closed;
      expect(closed).toMatchObject({ code: CLOSE.badRequest.code, reason: expect.stringMatching(new RegExp(`^${name}:`)) });
    }
  });

  it("[HT3] parameters out of bounds are refused by name", async () => {
    const good = { app: service().app, user: "ada", device: "phone", instance: "one", kind: "web", keepAlive: "10000" };
    const bad: readonly (readonly [string, string])[] = [
      ["user", ""],
      ["user", "x".repeat(65)],
      ["user", "line\nbreak"],
      ["device", "with space"],
      ["device", "d".repeat(65)],
      ["instance", ""],
      ["kind", "k".repeat(33)],
      ["keepAlive", "-1"],
      ["keepAlive", "NaN"],
    ];
    for (const [name, value] of bad) {
      const client = tracked(RawClient.withSecret(wsUrl(`/v1/session?${new URLSearchParams({ ...good, [name]: value })}`), await tokenFor("ada")));
      expect(await client.closed, `${name}=${value}`).toMatchObject({ code: CLOSE.badRequest.code, reason: expect.stringMatching(new RegExp(`^${name}:`)) });
    }
  });

  it("[HT5] another version of the protocol is refused", async () => {
    const query = new URLSearchParams({ app: service().app, user: "ada", device: "phone", instance: "one" });
    const client = tracked(new RawClient(wsUrl(`/v1/session?${query}`), ["wigwag.v9", secretProtocol(await tokenFor("ada"))]));
    expect((await client.closed).code).toBe(CLOSE.versionUnsupported.code);
  });

  it("[HT10] a token exchanged for a ticket opens its user's session, and nobody else's", async () => {
    const user = fresh("ada");
    const { body } = await http("POST", "/v1/ticket", { app: service().app, user, token: await tokenFor(user) });
    const ticket = String(body.ticket);
    expect((await login(user, { token: ticket })).welcome.user).toBe(user);
    expect((await (await openSession("bob", { token: ticket })).closed).code).toBe(CLOSE.tokenInvalid.code);
    expect((await (await openSession(user, { token: `${ticket.slice(0, -2)}zz` })).closed).code).toBe(CLOSE.tokenInvalid.code);
  });
});

describe("a refused channel", () => {
  const refusedTicket = async (client: RawClient): Promise<void> => {
    expect((await client.closed).code).toBe(CLOSE.ticketRefused.code);
    expect(client.frames).toEqual([]);
  };

  it("[HT6] [TI4] a ticket opens the channel, user and device it names, and no other", async () => {
    const user = fresh("ada");
    const session = await login(user);
    const name = fresh("lobby");
    const { path, ticket } = await admit(session, name);
    for (const [key, value] of [
      ["name", `${name}x`],
      ["type", "stream"],
      ["user", "bob"],
      ["device", "laptop"],
    ] as const) {
      const query = new URLSearchParams(path.slice(path.indexOf("?")));
      query.set(key, value);
      await refusedTicket(openDirect({ path: `/v1/channel?${query}`, ticket }));
    }
    await refusedTicket(tracked(RawClient.withSecret(wsUrl(path), undefined)));
    await refusedTicket(openDirect({ path, ticket: await tokenFor(user) }));
    await refusedTicket(openDirect({ path, ticket: `${ticket.slice(0, -1)}${ticket.endsWith("A") ? "B" : "A"}` }));
    expect((await openDirect({ path, ticket }).nextOf("welcome")).kind).toBe("channel");
  });

  it("[CM8] a ticket of before a logout is refused, though its time is not over", async () => {
    const user = fresh("ada");
    const session = await login(user);
    const admission = await admit(session, fresh("lobby"));
    await session.client.ok("session.logout", {});
    await session.client.closed;
    await refusedTicket(openDirect(admission));
  });

  it("[CM8] a ticket of before a kick is refused, and one of the next login is not", async () => {
    const user = fresh("ada");
    const name = fresh("lobby");
    const { client, admission } = await joinDirect(await login(user), name);
    expect((await asServer("POST", `/v1/users/${user}/kick`, {})).body).toEqual({ closed: 1 });
    expect((await client.closed).code).toBe(CLOSE.banned.code);
    await refusedTicket(openDirect(admission));
    expect((await joinDirect(await login(user, { instance: "two" }), name)).welcome.kind).toBe("channel");
  });

  it("[CM11] leaving a channel before the kick does not save its ticket", async () => {
    const user = fresh("ada");
    const session = await login(user);
    const name = fresh("lobby");
    const { client, admission } = await joinDirect(session, name);
    await session.client.ok("channel.leave", { channel: messageChannel(name) });
    await client.closed;
    await asServer("POST", `/v1/users/${user}/kick`, {});
    await refusedTicket(openDirect(admission));
  });

  it("[CM11] a channel left and joined again is open to the same login", async () => {
    const session = await login(fresh("ada"));
    const name = fresh("lobby");
    const { client } = await joinDirect(session, name);
    await session.client.ok("channel.leave", { channel: messageChannel(name) });
    expect((await client.closed).code).toBe(1000);
    expect((await joinDirect(session, name)).welcome.kind).toBe("channel");
  });

  it("[US12] a token that names channels opens those, to read, to write, or both", async () => {
    const user = fresh("ada");
    const [both, read, none] = [fresh("both"), fresh("read"), fresh("none")] as const;
    const token = await tokenFor(user, { permissions: { messageChannels: { read: [both, read], write: [both] } } });
    const session = await login(user, { token });
    await publish((await joinDirect(session, both)).client, "hello");
    const reader = await joinDirect(session, read);
    expect(await reader.client.refused("channel.publish", { data: "no" })).toMatchObject({ code: "forbidden", field: "channel" });
    expect(await session.client.refused("channel.publish", { channel: messageChannel(read), data: "no" })).toMatchObject({ code: "forbidden" });
    expect(await session.client.refused("channel.join", { channel: messageChannel(none), via: "direct" })).toMatchObject({ code: "forbidden" });
    expect(await session.client.refused("channel.join", { channel: messageChannel(none), via: "session" })).toMatchObject({ code: "forbidden" });
  });

  it("[HT3] what is no channel or no position is refused by name", async () => {
    const session = await login(fresh("ada"));
    const { ticket } = await admit(session, "lobby");
    const query = channelQuery(session.user, "lobby");
    for (const position of ["1", "xyz.1", "0123456789abcdef.-1", "0123456789abcdef.99999999999999999"]) {
      const closed = await openDirect({ path: `/v1/channel?${query}`, ticket }, { epoch: position.split(".")[0], seq: position.split(".")[1] ?? "" }).closed;
      expect(closed, position).toMatchObject({ code: CLOSE.badRequest.code, reason: expect.stringMatching(/^position:/) });
    }
  });
});

describe("a token's end", () => {
  it("[US16] is warned of, and ends the session with its code", async () => {
    const user = fresh("ada");
    const { client, welcome } = await login(user, { token: await tokenFor(user, { expireSeconds: 4 }) });
    expect(Number(welcome.tokenExpiresAt) - Number(welcome.serverTime)).toBeLessThanOrEqual(4_000);
    expect((await client.notice("token.will-expire")).expiresAt).toBe(welcome.tokenExpiresAt);
    expect((await client.closed).code).toBe(CLOSE.tokenExpired.code);
  });

  it("[US16] a renewal keeps the session and its channels; nothing else does", async () => {
    const user = fresh("ada");
    const session = await login(user, { token: await tokenFor(user, { expireSeconds: 4 }) });
    const { client } = await joinDirect(session, fresh("lobby"));
    await session.client.notice("token.will-expire");
    const renewed = await session.client.ok("session.renew", { token: await tokenFor(user, { expireSeconds: 3600 }) });
    expect(Number(renewed.expiresAt)).toBeGreaterThan(Number(session.welcome.tokenExpiresAt));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, Number(session.welcome.tokenExpiresAt) - Date.now() + 300)));
    expect((await session.client.ok("user.devices", {})).devices).toHaveLength(1);
    expect(await publish(client, "still here")).toMatchObject({ data: "still here" });
  });

  it("[US22] a bad renewal is refused with its reason, and the session goes on as it was", async () => {
    const user = fresh("ada");
    const cases: readonly (readonly [string, string])[] = [
      ["nonsense", "token_invalid"],
      [await tokenFor("bob"), "token_foreign"],
      [await tokenFor(user, { appId: "f".repeat(32) }), "token_foreign"],
      [await tokenFor(user, { certificate: "0".repeat(32) }), "token_invalid"],
      [await tokenFor(user, { expireSeconds: 5, issuedAtMs: Date.now() - 60_000 }), "token_expired"],
    ];
    for (const [index, [token, code]] of cases.entries()) {
      const { client } = await login(user, { device: `d${index}` });
      expect(await client.refused("session.renew", { token })).toMatchObject({ code, retry: "new-token" });
      expect((await client.refused("session.renew", { token: "x".repeat(16 * 1024 + 1) })).field).toBe("token");
      expect((await client.ok("user.devices", {})).devices).toHaveLength(index + 1);
    }
  });

  it("[US23] rights that a renewal takes away are gone at once, by old tickets, too; rights it gives back are there", async () => {
    const user = fresh("ada");
    const name = fresh("lobby");
    const all = { messageChannels: { read: [name], write: [name] } };
    const session = await login(user, { token: await tokenFor(user, { permissions: all }) });
    const { client, admission } = await joinDirect(session, name);
    await publish(client, "one");
    await session.client.ok("session.renew", { token: await tokenFor(user, { permissions: { messageChannels: { read: [name] } } }) });
    expect((await client.closed).code).toBe(CLOSE.rightsChanged.code);
    await refusedTicketOf(openDirect(admission));
    const reading = await joinDirect(session, name);
    expect(await reading.client.refused("channel.publish", { data: "two" })).toMatchObject({ code: "forbidden" });
    await session.client.ok("session.renew", { token: await tokenFor(user, { permissions: {} }) });
    expect((await reading.client.closed).code).toBe(CLOSE.rightsChanged.code);
    expect(await session.client.refused("channel.join", { channel: messageChannel(name), via: "direct" })).toMatchObject({ code: "forbidden" });
    await session.client.ok("session.renew", { token: await tokenFor(user, { permissions: all }) });
    expect(await publish((await joinDirect(session, name)).client, "three")).toMatchObject({ data: "three", seq: 2 });
  });
});

async function refusedTicketOf(client: RawClient): Promise<void> {
  expect((await client.closed).code).toBe(CLOSE.ticketRefused.code);
}
