import { describe, expect, it } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { DEV_APP, DEV_CERTIFICATE, get, refused, send, serverHeaders, tokenProtocol } from "./client.ts";

const session = (changes: Record<string, string> = {}): string =>
  `/v1/session?${new URLSearchParams({ app: DEV_APP, user: "ada", device: "phone", instance: "i1", ...changes })}`;
const channel = (changes: Record<string, string> = {}): string =>
  `/v1/channel?${new URLSearchParams({ app: DEV_APP, user: "ada", device: "phone", type: "message", name: "lobby", ...changes })}`;
const token = (changes: object = {}): Promise<string> =>
  buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: "ada", expireSeconds: 600, ...changes });
const hoursAgo = (hours: number): number => Date.now() - hours * 3_600_000;

describe("a refused socket", () => {
  it("[HT1] is accepted, has its sub-protocol echoed, and closes with the typed code", async () => {
    expect(await refused(session(), ["wigwag.v1", tokenProtocol("007nonsense")])).toMatchObject({ protocol: "wigwag.v1", code: CLOSE.tokenInvalid.code });
  });

  it("[HT2] says what is wrong with the token", async () => {
    const codeOf = async (text: string, path = session()) => (await refused(path, ["wigwag.v1", tokenProtocol(text)])).code;
    expect(await codeOf(await token({ issuedAtMs: hoursAgo(2) }))).toBe(CLOSE.tokenExpired.code);
    expect(await codeOf(await token({ userId: "grace" }))).toBe(CLOSE.tokenInvalid.code);
    expect(await codeOf(await token({ certificate: "1".repeat(32) }))).toBe(CLOSE.tokenInvalid.code);
    expect(await codeOf(DEV_APP)).toBe(CLOSE.tokenInvalid.code);
    expect((await refused(session(), ["wigwag.v1"])).code).toBe(CLOSE.tokenInvalid.code);
    expect(await codeOf(await token(), session({ app: "9".repeat(32) }))).toBe(CLOSE.appUnknown.code);
    expect(await codeOf(await token(), session({ app: "" }))).toBe(CLOSE.appUnknown.code);
  });

  it.each([
    { user: "" },
    { user: "x".repeat(65) },
    { user: "a\u0000b" },
    { device: "a b" },
    { device: "" },
    { kind: "ü" },
    { kind: "k".repeat(33) },
    { instance: "" },
    { instance: "i".repeat(65) },
    { keepAlive: "soon" },
  ])("[HT3] a session with %j is refused, and told which parameter", async (changes) => {
    const closed = await refused(session(changes), ["wigwag.v1", tokenProtocol(await token())]);
    expect(closed.code).toBe(CLOSE.badRequest.code);
    expect(closed.reason).toContain(`${Object.keys(changes)[0]}:`);
  });

  it.each([{ type: "other" }, { name: "" }, { name: "x".repeat(65) }, { position: "here" }, { position: "0123456789abcdef.99999999999999999" }])(
    "[HT3] a channel with %j is refused",
    async (changes) => {
      expect((await refused(channel(changes), ["wigwag.v1", tokenProtocol("channel-1.x")])).code).toBe(CLOSE.badRequest.code);
    },
  );

  it("[HT4] a secret in the query is refused, even beside a good one", async () => {
    const good = await token();
    expect((await refused(session({ token: good }), ["wigwag.v1", tokenProtocol(good)])).code).toBe(CLOSE.badRequest.code);
    expect((await refused(channel({ ticket: "x" }), ["wigwag.v1", tokenProtocol("x")])).code).toBe(CLOSE.badRequest.code);
  });

  it("[HT5] a version we do not speak is told so, in its own sub-protocol", async () => {
    expect(await refused(session(), ["wigwag.v99", tokenProtocol("x")])).toMatchObject({ protocol: "wigwag.v99", code: CLOSE.versionUnsupported.code });
    expect(await refused(session(), ["mqtt"])).toMatchObject({ protocol: null, code: CLOSE.versionUnsupported.code });
  });

  it("[HT6] a channel's bad ticket means: join again", async () => {
    for (const text of ["", "nonsense", "channel-1.AAAA", await token(), "session-1.AAAA"]) {
      expect((await refused(channel(), ["wigwag.v1", tokenProtocol(text)])).code).toBe(CLOSE.ticketRefused.code);
    }
  });

  it("[HT7] has a reason of at most 123 bytes", async () => {
    const { reason } = await refused(session(), ["wigwag.v1", `t.${"A".repeat(9_000)}`]);
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
    expect(reason).toContain("/v1/ticket");
  });
});

describe("an accepted socket", () => {
  it("[HT11] has the sub-protocol echoed, and is welcomed by the object of the user that the token names", async () => {
    const response = await get(session(), { upgrade: "websocket", "sec-websocket-protocol": `wigwag.v1, ${tokenProtocol(await token())}` });
    expect([response.status, response.headers.get("sec-websocket-protocol")]).toEqual([101, "wigwag.v1"]);
    const socket = response.webSocket;
    const first = new Promise<unknown>((resolve) => {
      socket?.addEventListener("message", ({ data }) => resolve(JSON.parse(String(data))));
    });
    socket?.accept();
    expect(await first).toMatchObject({ type: "welcome", kind: "session", user: "ada", device: "phone" });
    socket?.close();
  });
});

describe("the doors", () => {
  it("[HT8] a request that is no upgrade gets 426", async () => {
    const response = await get(session());
    expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
  });

  it("[HT9] health says version and protocol", async () => {
    expect(await (await get("/health")).json()).toEqual({ status: "ok", version: "0.1.0", protocol: 1 });
  });

  it("[HT10] a token is exchanged for a ticket that is of use to its user only", async () => {
    const response = await send("POST", "/v1/ticket", { app: DEV_APP, user: "ada", token: await token() });
    expect(response.status).toBe(200);
    const { ticket } = await response.json<{ ticket: string }>();
    expect((await refused(session({ user: "grace" }), ["wigwag.v1", tokenProtocol(ticket)])).code).toBe(CLOSE.tokenInvalid.code);
  });

  it("[SE2] settings change over REST", async () => {
    const changed = await send("PATCH", "/v1/settings", { devicePolicy: "newest" }, serverHeaders);
    expect([changed.status, await changed.json()]).toMatchObject([200, { devicePolicy: "newest", inboxMessages: 1000 }]);
    expect(await (await get("/v1/settings", serverHeaders)).json()).toMatchObject({ devicePolicy: "newest" });
  });

  it("[AP1] the operator creates an app, whose key then works at once", async () => {
    const created = await send("POST", "/v1/apps", { name: "tea house" }, { authorization: "Bearer wo_test-only-key" });
    const { id, apiKey } = await created.json<{ id: string; apiKey: string }>();
    const settings = await get("/v1/settings", { authorization: `Bearer ${apiKey}`, "x-wigwag-app": id });
    expect([created.status, settings.status]).toEqual([200, 200]);
    expect((await get("/v1/settings", { authorization: `Bearer ${apiKey}`, "x-wigwag-app": DEV_APP })).status).toBe(401);
  });

  it("[AP9] nobody else creates apps", async () => {
    const codes = [{}, serverHeaders, { authorization: "Bearer wo_wrong" }, { authorization: "Bearer wo_test-only-key", "x-wigwag-app": DEV_APP }].map(
      async (headers) => (await send("POST", "/v1/apps", { name: "x" }, headers)).status,
    );
    expect(await Promise.all(codes)).toEqual([401, 403, 401, 401]);
  });
});
