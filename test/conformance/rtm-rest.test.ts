import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../src/protocol/limits.ts";
import { type App, asServer, closeAll, createApp, fresh, http, joinDirect, login, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { PATIENCE } from "../support/patience.ts";
import type { Json } from "../support/raw-client.ts";

afterEach(closeAll);

const customer = (app: App = sharedApp()) => ({ authorization: `Basic ${Buffer.from(`${app.id}:${app.apiKey}`).toString("base64")}` });
const path = (rest: string, app: App = sharedApp()): string => `/dev/v2/project/${app.id}/rtm${rest}`;
const post = (rest: string, body: object, headers: Record<string, string> = customer()) => http("POST", path(rest), body, headers);
const users = (user: string): string => `/users/${encodeURIComponent(user)}`;

const acknowledging = async (user: string) => {
  const session = await login(user);
  session.client.onMessage = (message) => {
    if (message.type === "message") session.client.received(message);
  };
  return session;
};

describe("RTM 1.x messages over REST", () => {
  it("[RR1] [RR2] reach a peer as any other, and the answer says whether they did", async () => {
    const bob = await acknowledging(fresh("bob"));
    const ann = fresh("安");
    for (const [name, ack, code] of [
      ["peer_messages", "true", "message_delivered"],
      ["peer_message", "false", "message_sent"],
    ] as const) {
      const payload = `你好，世界 😀 ${name}`;
      const sent = await post(`${users(ann)}/${name}?wait_for_ack=${ack}`, { destination: bob.user, payload });
      expect([sent.status, sent.body]).toEqual([200, { result: "success", request_id: expect.any(String), code }]);
      expect(await bob.client.item(({ data }) => data === payload)).toMatchObject({ from: ann, ts: expect.any(Number) });
    }
    const away = await post(`${users(ann)}/peer_messages?wait_for_ack=true`, { destination: fresh("nobody"), payload: "x" });
    expect(away.body).toMatchObject({ result: "success", code: "message_offline" });
  });

  it("[RR3] wait for an absent peer where offline messaging is asked for, and only there", async () => {
    const bob = fresh("bob");
    const send = (payload: string, enable_offline_messaging: boolean) =>
      post(`${users("ann")}/peer_messages?wait_for_ack=true`, { destination: bob, payload, enable_offline_messaging });
    for (const [payload, keep] of [
      ["dropped", false],
      ["kept", true],
    ] as const)
      expect((await send(payload, keep)).body.code).toBe("message_offline");
    const { client } = await login(bob);
    const events = await client.next(({ type, stream }) => type === "events" && stream === "inbox");
    expect((events.items as Json[]).map(({ data }) => data)).toEqual(["kept"]);
  });

  it("[RR27] reach a peer that was cut off and comes back, and nobody who comes later", async () => {
    const ann = await login(fresh("ann"));
    const bob = fresh("bob");
    const becomes = (state: string) =>
      vi.waitUntil(async () => ((await ann.client.ok("presence.query", { users: [bob] })).users as Json[])[0]?.state === state, {
        timeout: 10_000,
        interval: 100,
      });
    const send = (payload: string) => post(`${users("ann")}/peer_messages?wait_for_ack=true`, { destination: bob, payload });
    (await login(bob)).client.terminate();
    await becomes("UNREACHABLE");
    const sent = send("late");
    const back = await login(bob);
    const events = await back.client.next(({ type, stream }) => type === "events" && stream === "inbox");
    expect((events.items as Json[]).map(({ data }) => data)).toEqual(["late"]);
    back.client.post({ type: "ack", stream: "inbox", upTo: Number(events.upTo) });
    // Which of them says only how fast this machine is.
    expect(["message_delivered", "message_offline"]).toContain((await sent).body.code);
    back.client.terminate();
    await becomes("OFFLINE");
    expect((await send("dropped")).body.code).toBe("message_offline");
    expect((await login(bob)).welcome.inbox).toMatchObject({ seq: events.upTo });
  });

  it("[RR4] reach a channel's members from a user who neither joined nor logged in", async () => {
    const bob = await login(fresh("bob"));
    const [lobby, ann] = [fresh("大厅"), fresh("ann")];
    const { client } = await joinDirect(bob, lobby);
    const sent = await post(`${users(ann)}/channel_messages`, { channel_name: lobby, payload: "大家好" });
    expect([sent.status, sent.body]).toMatchObject([200, { result: "success", code: "message_sent" }]);
    expect(await client.item(({ data }) => data === "大家好")).toMatchObject({ from: ann });
  });

  it("[RR5] [RR6] [RR7] [RR8] prove their caller in three ways", async () => {
    const ann = fresh("ann");
    const token = await tokenFor(ann);
    const body = { destination: fresh("bob"), payload: "x" };
    const status = async (headers: Record<string, string>, user = ann) => (await post(`${users(user)}/peer_messages`, body, headers)).status;
    expect(await status({ "x-agora-token": token, "x-agora-uid": ann })).toBe(200);
    expect(await status({ authorization: `agora token=${token}` })).toBe(200);
    expect(await status({ authorization: `agora token=${token}` }, fresh("eve"))).toBe(401);
    expect(await status({ "x-agora-token": token, "x-agora-uid": "eve" })).toBe(401);
    expect(await status({ authorization: `Basic ${btoa("id:secret")}` })).toBe(401);
    expect(await status({})).toBe(401);
  });

  it("[RR9] [RR10] [RR12] are refused in the same words everywhere", async () => {
    const large = await post(`${users("ann")}/peer_messages`, { destination: "bob", payload: "x".repeat(LIMITS.payloadBytes + 1) });
    expect([large.status, large.body]).toMatchObject([400, { result: "failed", request_id: expect.any(String), code: "too_large", field: "payload" }]);
    const nowhere = await post(`${users("ann")}/Peer_messages`, {});
    expect([nowhere.status, nowhere.body]).toMatchObject([404, { result: "failed", code: "not_found" }]);
  });
});

describe.skipIf(sharedAppOnly())("an app of its own", () => {
  let app: App;
  const vendor = async (kind: "user" | "channel"): Promise<Json[]> =>
    (await http("GET", path(`/vendor/${kind}_events`, app), undefined, customer(app))).body.events as Json[];
  beforeAll(async () => {
    app = await createApp();
    await asServer("PATCH", "/v1/settings", { restEvents: true }, { app });
  });

  it("[EV2] [EV3] [EV4] has its users' comings and goings, once, as RTM 1.x names them", async () => {
    const [ann, lobby] = [fresh("ann"), fresh("大厅")];
    const session = await login(ann, { app });
    await joinDirect(session, lobby);
    const told = { user: [] as Json[], channel: [] as Json[] };
    const read = async () => {
      told.user.push(...(await vendor("user")));
      told.channel.push(...(await vendor("channel")));
    };
    const until = (count: number) =>
      vi.waitFor(async () => {
        await read();
        expect([told.user.length, told.channel.length]).toEqual([count, count]);
      }, WAIT);
    await until(1);
    await session.client.ok("session.logout", {});
    await until(2);
    const event = { user_id: ann, ms: expect.any(Number), ts: expect.any(Number) };
    const inLobby = { ...event, group_id: lobby, channel_id: lobby };
    expect(told).toEqual({
      user: [
        { ...event, type: "Login" },
        { ...event, type: "Logout" },
      ],
      channel: [
        { ...inLobby, type: "Join" },
        { ...inLobby, type: "Leave" },
      ],
    });
    for (const list of Object.values(told)) expect(Number(list[0]?.ms)).toBeLessThan(Number(list[1]?.ms));
  });

  it("[EV2] a user who vanishes is logged out when its lease is over", async () => {
    const ann = fresh("ann");
    const { client } = await login(ann, { app });
    client.terminate();
    const told: unknown[] = [];
    await vi.waitFor(async () => {
      told.push(...(await vendor("user")).filter(({ user_id }) => user_id === ann).map(({ type }) => type));
      expect(told).toEqual(["Login", "Logout"]);
    }, WAIT);
  });

  it("[EV10] shows them to servers only", async () => {
    const token = await tokenFor("ann", { app });
    for (const kind of ["user", "channel"])
      expect((await http("GET", path(`/vendor/${kind}_events`, app), undefined, { authorization: `agora token=${token}` })).status).toBe(401);
  });

  it("[RR11] is held to its rate, and told how long to wait", async () => {
    // One that nobody has asked anything: of the other, the tests before have taken what they needed.
    const unused = await createApp();
    const answers = await Promise.all(Array.from({ length: 100 }, () => http("GET", path("/vendor/user_events", unused), undefined, customer(unused))));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(10);
    for (const { body, headers } of refused) expect([body.code, Number(headers.get("retry-after"))]).toEqual(["rate_limited", 1]);
  });

  it("[RR23] with history switched off says so", async () => {
    await asServer("PATCH", "/v1/settings", { history: false }, { app });
    const kept = { payload: "x", enable_historical_messaging: true };
    const peer = await http("POST", path(`${users("ann")}/peer_messages`, app), { ...kept, destination: "bob" }, customer(app));
    const channel = await http("POST", path(`${users("ann")}/channel_messages`, app), { ...kept, channel_name: "lobby" }, customer(app));
    for (const answer of [peer, channel]) expect([answer.status, answer.body.field]).toEqual([400, "enable_historical_messaging"]);
    await asServer("PATCH", "/v1/settings", { history: true }, { app });
  });
});

describe("RTM 1.x history over REST", () => {
  const range = { start_time: new Date(Date.now() - 3_600_000).toISOString(), end_time: new Date(Date.now() + 3_600_000).toISOString() };
  async function found(filter: object): Promise<Json[]> {
    const asked = await post("/message/history/query", { filter: { ...range, ...filter }, limit: 100, order: "asc" });
    const { body } = await http("GET", path(String(asked.body.location).slice("~/rtm".length)), undefined, customer());
    expect(body).toMatchObject({ result: "success", code: "ok" });
    return body.messages as Json[];
  }

  it("[RR13] [RR14] [RR19] [RR20] has what was sent over REST and over sockets, in any language", async () => {
    const [ann, bob, lobby] = [fresh("安"), fresh("bob"), fresh("大厅")];
    const session = await login(ann);
    await session.client.ok("peer.send", { to: bob, data: "私信 1", store: true });
    await post(`${users(ann)}/peer_messages`, { destination: bob, payload: "私信 2 😀", enable_historical_messaging: true });
    await post(`${users(ann)}/channel_messages`, { channel_name: lobby, payload: "公告", enable_historical_messaging: true });
    await post(`${users(ann)}/channel_messages`, { channel_name: lobby, payload: "不存" });
    const payloads = (messages: Json[]) => messages.map(({ payload }) => payload);
    expect(payloads(await found({ destination: bob }))).toEqual(["私信 1", "私信 2 😀"]);
    expect(payloads(await found({ source: ann, destination: lobby }))).toEqual(["公告"]);
    await vi.waitFor(async () => expect(payloads(await found({ source: ann }))).toEqual(["私信 1", "私信 2 😀", "公告"]), WAIT);
    expect(await found({ source: ann })).toMatchObject([
      { src: ann, dst: bob, message_type: "peer_message" },
      { src: ann, dst: bob, message_type: "peer_message" },
      { src: ann, dst: lobby, message_type: "channel_message" },
    ]);
    const query = new URLSearchParams({ ...range, source: ann });
    expect((await http("GET", path(`/message/history/count?${query}`), undefined, customer())).body).toMatchObject({ result: "success", code: "ok", count: 3 });
  });
});

/** A deployment may have no operator's key for us. */
function sharedAppOnly(): boolean {
  return service().operatorKey === "";
}

/** The queue is read ten times a second at most. */
const WAIT = { ...PATIENCE, interval: 250 };
