import { describe, expect, it } from "vitest";
import { buildToken } from "../../../src/client/token.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { build006 } from "../../../src/protocol/token-codec/version-006.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import { DEV_APP, DEV_CERTIFICATE, fakeEnv } from "./fake-env.ts";

const RTM = `/dev/v2/project/${DEV_APP}/rtm`;
const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const CUSTOMER = basic(DEV_APP, "wk_unit-test-key");
const tokenOf = (userId: string) => buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId, expireSeconds: 600 });
const PEER = { destination: "bob", payload: "hello" };
const delivered = (count: number) => fakeEnv(() => ({ ok: { delivered: count, waiting: 0 } }));
const bodyOf = async (response: Response): Promise<Record<string, unknown>> => (await response.json()) as Record<string, unknown>;
const post = (env: ReturnType<typeof fakeEnv>, path: string, body: object, headers: Record<string, string> = CUSTOMER) =>
  env.request("POST", RTM + path, { body, headers });

describe("RTM 1.x messages over REST", () => {
  it.each(["peer_messages", "peer_message"])("[RR1] %s is the catalogue's peer.send in the name of the path's user", async (path) => {
    const env = delivered(0);
    const response = await post(env, `/users/%E5%BC%A0%20%E4%B8%89/${path}`, { ...PEER, payload: "你好 😀" });
    expect([response.status, await bodyOf(response)]).toMatchObject([200, { result: "success", code: "message_sent" }]);
    expect(env.asked).toMatchObject([
      {
        name: `${DEV_APP}:user:bob`,
        call: { op: "peer.send", input: { to: "bob", data: "你好 😀", from: "张 三", ifAbsent: "bridge" }, caller: { kind: "server" } },
      },
    ]);
  });

  it("[RR3] the two switches are the catalogue's ifAbsent and store", async () => {
    const env = delivered(0);
    await post(env, "/users/ann/peer_messages", { ...PEER, enable_offline_messaging: true, enable_historical_messaging: true, unknown: 1 });
    expect(env.asked[0]?.call?.input).toEqual({ to: "bob", data: "hello", from: "ann", ifAbsent: "keep", store: true });
  });

  it.each([
    ["true", 1, "message_delivered"],
    ["true", 0, "message_offline"],
    ["false", 1, "message_sent"],
    ["false", 0, "message_sent"],
  ])("[RR2] with wait_for_ack=%s and %i devices the code is %s", async (ack, count, code) => {
    expect(await bodyOf(await post(delivered(count), `/users/ann/peer_messages?wait_for_ack=${ack}`, PEER))).toMatchObject({ result: "success", code });
  });

  it("[RR4] a channel message is the catalogue's channel.publish", async () => {
    const env = fakeEnv(() => ({ ok: { epoch: "0".repeat(16), seq: 1 } }));
    const response = await post(env, "/users/ann/channel_messages", { channel_name: "lobby", payload: "hi", enable_historical_messaging: true });
    expect(await bodyOf(response)).toMatchObject({ result: "success", code: "message_sent" });
    expect(env.asked).toMatchObject([
      {
        name: `${DEV_APP}:channel:message:lobby`,
        call: { op: "channel.publish", input: { data: "hi", from: "ann", store: true, channel: { type: "message", name: "lobby" } } },
      },
    ]);
  });

  it.each([
    [{ payload: "x" }, "destination"],
    [{ destination: "", payload: "x" }, "destination"],
    [{ destination: "x".repeat(65), payload: "x" }, "destination"],
    [{ destination: "bob" }, "payload"],
    [{ destination: "bob", payload: "" }, "payload"],
    [{ destination: "bob", payload: 5 }, "payload"],
    [{ destination: "bob", payload: "é".repeat(LIMITS.payloadBytes / 2 + 1) }, "payload"],
    [{ ...PEER, enable_offline_messaging: "yes" }, "enable_offline_messaging"],
  ])("[RR10] %# is refused by the name of its field", async (body, field) => {
    const env = delivered(0);
    const response = await post(env, "/users/ann/peer_messages", body);
    expect([response.status, await bodyOf(response)]).toMatchObject([400, { result: "failed", field }]);
    expect(env.asked).toEqual([]);
  });

  it("[RR10] a body that is no JSON object, a user that is no name and a switch that is none are 400", async () => {
    const env = delivered(0);
    const raw = await env.request("POST", `${RTM}/users/ann/peer_messages`, { body: "[1", headers: CUSTOMER });
    const name = await post(env, "/users/a%00b/peer_messages", PEER);
    const flag = await post(env, "/users/ann/peer_messages?wait_for_ack=maybe", PEER);
    const channel = await post(env, "/users/ann/channel_messages", { channel_name: "", payload: "x" });
    expect([raw.status, name.status, flag.status, channel.status]).toEqual([400, 400, 400, 400]);
    expect([(await bodyOf(name)).field, (await bodyOf(channel)).field]).toEqual(["user_id", "channel_name"]);
    expect(env.asked).toEqual([]);
  });

  it.each([
    ["forbidden", 401],
    ["not_found", 404],
    ["timeout", 408],
    ["limit_exceeded", 400],
    ["rate_limited", 429],
    ["overloaded", 503],
    ["unavailable", 503],
    ["internal", 500],
  ] as const)("[RR9] the catalogue's %s is %i, and its name the code", async (code, status) => {
    const env = fakeEnv(() => ({ error: { code, message: "because", retry: "later", retryAfterMs: 1_500 } }));
    const response = await post(env, "/users/ann/peer_messages", PEER);
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, "2"]);
    expect(await bodyOf(response)).toEqual({ result: "failed", code, message: "because", request_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});

describe("RTM 1.x callers", () => {
  const send = (headers: Record<string, string>, user = "ann", env = delivered(1)) => post(env, `/users/${user}/peer_messages`, PEER, headers);
  const status = async (response: Promise<Response>): Promise<number> => (await response).status;

  it("[RR5] an app id and one of the app's keys speak for anybody, and no other pair does", async () => {
    expect(await status(send(CUSTOMER, "anybody"))).toBe(200);
    const wrong = [
      basic(DEV_APP, "wk_wrong-key-of-an-app"),
      basic("someone", "wk_unit-test-key"),
      basic(DEV_APP, ""),
      { authorization: "Basic %%%" },
      { authorization: `Basic ${btoa("no colon")}` },
    ];
    for (const headers of wrong) expect(await status(send(headers))).toBe(401);
  });

  it("[RR6] a token with its user id speaks for that user only", async () => {
    const headers = { "x-agora-token": await tokenOf("ann"), "x-agora-uid": "ann" };
    const env = delivered(1);
    expect(await status(send(headers, "ann", env))).toBe(200);
    expect(env.asked[0]?.call).toMatchObject({ caller: { kind: "user", user: "ann" }, input: { to: "bob", data: "hello" } });
    expect(await status(send(headers, "bob"))).toBe(401);
    expect(await status(send({ ...headers, "x-agora-uid": "bob" }, "bob"))).toBe(401);
    expect(await status(send({ "x-agora-token": headers["x-agora-token"] }))).toBe(401);
    expect(await status(send({ ...headers, "x-agora-uid": "a\u007fb" }))).toBe(400);
  });

  it("[RR6] a token of the older format does, too", async () => {
    const seconds = Math.floor(Date.now() / 1000) + 600;
    const token = await build006(
      { appId: DEV_APP, channel: "ann", uid: "", salt: 1, expiresAtSeconds: seconds, privileges: new Map([[1000, seconds]]) },
      DEV_CERTIFICATE,
      webTokenCrypto(),
    );
    expect(await status(send({ "x-agora-token": token, "x-agora-uid": "ann" }))).toBe(200);
    expect(await status(send({ "x-agora-token": token, "x-agora-uid": "bob" }, "bob"))).toBe(401);
    expect(await status(send({ authorization: `agora token=${token}` }))).toBe(401);
  });

  it("[RR6] a user id beyond ASCII comes percent-encoded; one with a percent sign as it is", async () => {
    expect(await status(send({ "x-agora-token": await tokenOf("张三"), "x-agora-uid": "%E5%BC%A0%E4%B8%89" }, "%E5%BC%A0%E4%B8%89"))).toBe(200);
    expect(await status(send({ "x-agora-token": await tokenOf("a%20b"), "x-agora-uid": "a%20b" }, "a%2520b"))).toBe(200);
    expect(await status(send({ "x-agora-token": await tokenOf("a b"), "x-agora-uid": "a%20b" }, "a%2520b"))).toBe(401);
  });

  it("[RR7] a 007 token in Authorization speaks for the user it names", async () => {
    const token = await tokenOf("ann");
    expect(await status(send({ authorization: `agora token=${token}` }))).toBe(200);
    expect(await status(send({ authorization: `agora token=${token}` }, "bob"))).toBe(401);
    expect(await status(send({ authorization: "agora token=007nonsense" }))).toBe(401);
    const forged = await buildToken({ appId: DEV_APP, certificate: "1".repeat(32), userId: "ann", expireSeconds: 600 });
    expect(await status(send({ authorization: `agora token=${forged}` }))).toBe(401);
  });

  it("[RR8] nobody else gets in, and nobody into an app that is not there", async () => {
    const none = await send({});
    expect([none.status, none.headers.get("www-authenticate"), (await bodyOf(none)).code]).toEqual([401, 'Basic realm="wigwag"', "unauthenticated"]);
    expect(await status(send({ authorization: "Bearer wk_unit-test-key" }))).toBe(401);
    const away = await delivered(1).request("POST", `/dev/v2/project/${"9".repeat(32)}/rtm/users/ann/peer_messages`, { body: PEER, headers: CUSTOMER });
    expect([away.status, (await bodyOf(away)).code]).toEqual([401, "app_unknown"]);
  });

  it("[RR12] paths are case-sensitive, and what is not there is 404 in the same words", async () => {
    for (const path of ["/Users/ann/peer_messages", "/users/ann/Peer_messages", "/users/ann/peer_messages/", "/vendor/events", "/users/ann"]) {
      const response = await post(delivered(1), path, PEER);
      expect([response.status, (await bodyOf(response)).result]).toEqual([404, "failed"]);
    }
  });

  it("[RR9] a fault of ours is 500 and says nothing of its cause", async () => {
    const env = fakeEnv(() => ({ ok: { delivered: "many" } }));
    const response = await post(env, "/users/ann/peer_messages", PEER);
    expect([response.status, await bodyOf(response)]).toMatchObject([500, { result: "failed", code: "internal", message: "A fault of the service." }]);
  });

  it("[RR12] pages of any origin may call", async () => {
    const preflight = await fakeEnv().request("OPTIONS", `${RTM}/users/ann/peer_messages`, {
      headers: { origin: "https://a.test", "access-control-request-method": "POST" },
    });
    expect([preflight.headers.get("access-control-allow-origin"), preflight.headers.get("access-control-allow-headers")]).toEqual([
      "*",
      expect.stringContaining("x-agora-token"),
    ]);
  });
});
