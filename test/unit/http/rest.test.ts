import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../../src/client/token.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { DEV_APP, DEV_CERTIFICATE, errorOf, fakeEnv, SERVER } from "./fake-env.ts";

const MESSAGES = "/v1/channels/message/lobby/messages";

const asUser = async (user: string, changes: object = {}): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600, ...changes })}`,
  "x-wigwag-app": DEV_APP,
  "x-wigwag-user": encodeURIComponent(user),
});

// Each test an hour of its own: buckets are full and caches empty again.
let hours = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 + ++hours * 3_600_000 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("who calls", () => {
  it("[HT20] an API key calls as a server, a user's token as that user", async () => {
    const { request, asked } = fakeEnv();
    await request("GET", "/v1/users/ada/attributes", { headers: SERVER });
    await request("GET", "/v1/users/ada/attributes", { headers: await asUser("grace") });
    await request("GET", "/v1/users/ada/attributes", { headers: await asUser("Zoë") });
    expect(asked.map(({ call }) => call?.caller)).toEqual([
      { kind: "server", app: DEV_APP },
      { kind: "user", app: DEV_APP, user: "grace", rights: "all" },
      { kind: "user", app: DEV_APP, user: "Zoë", rights: "all" },
    ]);
  });

  it.each([
    ["nothing", {}, "unauthenticated"],
    ["no scheme", { authorization: "wk_unit-test-key", "x-wigwag-app": DEV_APP }, "unauthenticated"],
    ["a wrong key", { ...SERVER, authorization: "Bearer wk_unit-test-kex" }, "token_invalid"],
    ["a key without its app", { authorization: SERVER.authorization }, "token_invalid"],
    ["another app", { ...SERVER, "x-wigwag-app": "f".repeat(32) }, "app_unknown"],
    ["no app token", { ...SERVER, authorization: "Bearer 007nonsense" }, "token_invalid"],
    ["the app id", { ...SERVER, authorization: `Bearer ${DEV_APP}`, "x-wigwag-user": "ada" }, "token_invalid"],
  ])("[HT21] %s is not let in", async (_what, headers, code) => {
    const { request, asked } = fakeEnv();
    expect(await errorOf(await request("GET", "/v1/users/ada/attributes", { headers: { ...headers } }))).toMatchObject({ status: 401, code });
    expect(asked).toEqual([]);
  });

  it("[HT22] an operation says which callers it is for", async () => {
    const { request, asked } = fakeEnv();
    expect(await errorOf(await request("POST", "/v1/users/ada/deactivate", { headers: await asUser("ada"), body: {} }))).toMatchObject({
      status: 403,
      code: "forbidden",
    });
    expect(await errorOf(await request("POST", "/v1/apps", { headers: SERVER, body: { name: "x" } }))).toMatchObject({ status: 403, code: "forbidden" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["PUT", "/v1/users/ada/attributes", { attributes: [] }],
    ["DELETE", "/v1/users/ada/attributes", {}],
    ["GET", "/v1/users/ada/messages", undefined],
    ["GET", "/v1/users/ada/devices", undefined],
  ])("[OP3] %s %s is for ada alone, and servers", async (method, path, body) => {
    const { request, asked } = fakeEnv();
    const options = (headers: Record<string, string>) => (body === undefined ? { headers } : { headers, body });
    expect(await errorOf(await request(method, path, options(await asUser("grace"))))).toMatchObject({ code: "forbidden", field: "user" });
    expect((await request(method, path, options(await asUser("ada")))).status).toBe(200);
    expect((await request(method, path, options(SERVER))).status).toBe(200);
    expect(asked.map(({ name }) => name)).toEqual([`${DEV_APP}:user:ada`, `${DEV_APP}:user:ada`]);
  });

  it("[OP4] only servers speak in another's name", async () => {
    const { request, asked } = fakeEnv();
    const body = { data: "hi", from: "ada" };
    expect(await errorOf(await request("POST", MESSAGES, { headers: await asUser("grace"), body }))).toMatchObject({ code: "forbidden", field: "from" });
    expect((await request("POST", MESSAGES, { headers: SERVER, body })).status).toBe(200);
    expect((await request("GET", `${MESSAGES}?from=1000`, { headers: await asUser("grace") })).status).toBe(200);
    expect(asked).toHaveLength(2);
  });
});

describe("inputs", () => {
  it("[HT23] path, query and body make one input, numbers and lists as the schema has them", async () => {
    const { request, asked } = fakeEnv();
    await request("GET", `${MESSAGES}?limit=20&from=1000&order=oldest-first`, { headers: SERVER });
    await request("GET", "/v1/users/ada/attributes?keys=a&keys=b", { headers: SERVER });
    await request("DELETE", "/v1/channels/message/lobby/attributes?notify=true", { headers: SERVER });
    const channel = { type: "message", name: "lobby" };
    expect(asked.map(({ call }) => call?.input)).toEqual([
      { channel, limit: 20, from: 1000, order: "oldest-first" },
      { user: "ada", keys: ["a", "b"] },
      { channel, notify: true },
    ]);
  });

  it.each(["a/b", "50%", "%41", "Zoë ☕", "a:b", "x?y#z", "__proto__", "..."])("[HT24] the name %j comes through a path unharmed", async (name) => {
    const { request, asked } = fakeEnv();
    expect((await request("GET", `/v1/channels/message/${encodeURIComponent(name)}/members`, { headers: SERVER })).status).toBe(200);
    expect(asked[0]?.name).toBe(`${DEV_APP}:channel:message:${name}`);
  });

  it("[HT25] a body that is not JSON is the payload: text, or bytes", async () => {
    const { request, asked } = fakeEnv();
    await request("POST", `${MESSAGES}?store=true`, { headers: { ...SERVER, "content-type": "text/plain" }, body: "hé" });
    await request("POST", MESSAGES, { headers: { ...SERVER, "content-type": "application/octet-stream" }, body: new Uint8Array([0, 255]) });
    await request("POST", MESSAGES, { headers: SERVER, body: { dataBase64: "AP8=" } });
    expect(asked.map(({ call }) => call?.input)).toMatchObject([
      { data: "hé", store: true },
      { data: new Uint8Array([0, 255]) },
      { data: new Uint8Array([0, 255]) },
    ]);
  });

  it.each([
    ["not JSON", "{", "body"],
    ["a list", "[1]", "body"],
    ["an unknown field", '{"data":"x","colour":1}', "colour"],
    ["a field twice", '{"data":"x","channel":{"type":"stream","name":"x"}}', "channel"],
    ["a wrong type", '{"data":"x","store":"yes"}', "store"],
    ["no payload", "{}", "data"],
    ["__proto__", '{"data":"x","__proto__":{"store":true}}', "__proto__"],
    ["bad base64", '{"dataBase64":"***"}', "dataBase64"],
    ["both payloads", '{"data":"x","dataBase64":"AA=="}', "dataBase64"],
  ])("[HT26] a body with %s is refused by field", async (_what, body, field) => {
    const { request, asked } = fakeEnv();
    const response = await request("POST", MESSAGES, { headers: { ...SERVER, "content-type": "application/json" }, body });
    expect(await errorOf(response)).toMatchObject({ status: 400, code: "bad_request", field });
    expect(asked).toEqual([]);
  });

  it("[HT26] hostile query names are refused by field", async () => {
    const { request } = fakeEnv();
    for (const name of ["__proto__", "constructor", "toString", "channel"]) {
      expect(await errorOf(await request("GET", `${MESSAGES}?${name}=1`, { headers: SERVER }))).toMatchObject({ code: "bad_request", field: name });
    }
  });

  it("[HT27] an error names the limit", async () => {
    const { request } = fakeEnv();
    const path = `/v1/channels/message/${"x".repeat(65)}/members`;
    expect(await errorOf(await request("GET", path, { headers: SERVER }))).toMatchObject({
      code: "bad_request",
      field: "channel.name",
      limit: LIMITS.nameBytes,
    });
    expect(await errorOf(await request("GET", "/v1/channels/message/lobby/members?limit=100000", { headers: SERVER }))).toMatchObject({
      field: "limit",
      limit: LIMITS.membersPerPage,
    });
  });

  it("[HT28] a payload one byte too large is refused, in either form; one at the limit is not", async () => {
    const { request } = fakeEnv();
    const text = "x".repeat(LIMITS.payloadBytes);
    const plain = { headers: { ...SERVER, "content-type": "text/plain" } };
    const tooLarge = { status: 413, code: "too_large", field: "data", limit: LIMITS.payloadBytes };
    expect((await request("POST", MESSAGES, { ...plain, body: text })).status).toBe(200);
    expect((await request("POST", MESSAGES, { headers: SERVER, body: { data: text } })).status).toBe(200);
    expect(await errorOf(await request("POST", MESSAGES, { ...plain, body: `${text}x` }))).toMatchObject(tooLarge);
    expect(await errorOf(await request("POST", MESSAGES, { headers: SERVER, body: { data: `${text}x` } }))).toMatchObject(tooLarge);
  });

  it("[HT29] reading a body stops at its limit, whatever it claims to be", async () => {
    const { request } = fakeEnv();
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const headers = { ...SERVER, "content-type": "application/json", "content-length": "2" };
    expect(await errorOf(await request("POST", MESSAGES, { headers, body: endless }))).toMatchObject({
      code: "too_large",
      field: "body",
      limit: LIMITS.restBodyBytes,
    });
    expect(pulled).toBeLessThan(2 * LIMITS.restBodyBytes);
  });

  it("[HT30] an Idempotency-Key goes along where the operation needs one, and is bounded", async () => {
    const { request, asked } = fakeEnv();
    await request("POST", MESSAGES, { headers: { ...SERVER, "idempotency-key": "order-66" }, body: { data: "x" } });
    await request("GET", MESSAGES, { headers: { ...SERVER, "idempotency-key": "order-66" } });
    expect(asked.map(({ call }) => call?.idempotencyKey)).toEqual(["order-66", undefined]);
    for (const key of ["k".repeat(129), "a b"]) {
      expect(await errorOf(await request("POST", MESSAGES, { headers: { ...SERVER, "idempotency-key": key }, body: { data: "x" } }))).toMatchObject({
        code: "bad_request",
        field: "Idempotency-Key",
      });
    }
  });
});

describe("answers", () => {
  it("[HT31] an object's error has the catalogue's status, and says when to try again", async () => {
    const { request } = fakeEnv(() => ({ error: { code: "overloaded", message: "busy", retry: "later", retryAfterMs: 1500 } }));
    const response = await request("POST", MESSAGES, { headers: SERVER, body: { data: "x" } });
    expect([response.status, response.headers.get("retry-after"), await response.json()]).toEqual([
      503,
      "2",
      { error: { code: "overloaded", message: "busy", retry: "later", retryAfterMs: 1500 } },
    ]);
  });

  it("[HT32] bytes in an answer stand as dataBase64", async () => {
    const message = { from: "ada", device: "phone", id: 1, ts: 1, seq: 1 };
    const { request } = fakeEnv(() => ({
      ok: {
        messages: [
          { ...message, data: new Uint8Array([0, 255]) },
          { ...message, data: "text" },
        ],
      },
    }));
    expect(await (await request("GET", MESSAGES, { headers: SERVER })).json()).toEqual({
      messages: [
        { ...message, dataBase64: "AP8=" },
        { ...message, data: "text" },
      ],
    });
  });

  it("[HT33] a fault of ours is an internal error that says nothing of its cause", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const { request } = fakeEnv(() => Promise.reject(new Error("secret detail")));
    const text = await (await request("POST", MESSAGES, { headers: SERVER, body: { data: "x" } })).text();
    expect(text).toContain('"internal"');
    expect(text).not.toContain("secret detail");
  });

  it("[HT34] a call that the platform calls retryable is repeated if a repeat does no harm", async () => {
    const lost = () => Promise.reject(Object.assign(new Error("lost"), { retryable: true }));
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const { request, asked } = fakeEnv(lost);
    const publish = { headers: SERVER, body: { data: "x" } };
    expect(await errorOf(await request("GET", MESSAGES, { headers: SERVER }))).toMatchObject({ code: "unavailable" });
    expect(asked.length).toBe(3);
    await request("POST", MESSAGES, publish);
    expect(asked.length).toBe(4);
    await request("POST", MESSAGES, { ...publish, headers: { ...SERVER, "idempotency-key": "k" } });
    expect(asked.length).toBe(7);
  });

  it("[HT35] an operation over many asks each once, and answers in the order asked", async () => {
    const { request, asked } = fakeEnv(({ name, call }) => ({
      ok: { users: [{ user: String(Object.values(call.input).flat()[0]), state: name.endsWith("7") ? "ONLINE" : "OFFLINE" }] },
    }));
    const users = Array.from({ length: 20 }, (_, n) => `u${n}`);
    const answer = (await (await request("POST", "/v1/presence/query", { headers: SERVER, body: { users: [...users, "u3"] } })).json()) as {
      users: { user: string; state: string }[];
    };
    expect(answer.users.map(({ user }) => user)).toEqual(users);
    expect(answer.users.filter(({ state }) => state === "ONLINE").map(({ user }) => user)).toEqual(["u7", "u17"]);
    expect(asked).toHaveLength(20);
  });

  it("[HT35] one object that fails fails the call", async () => {
    const { request } = fakeEnv(({ name }) =>
      name.endsWith("b") ? { error: { code: "overloaded", message: "busy", retry: "later" } } : { ok: { counts: [] } },
    );
    const channels = ["a", "b", "c"].map((name) => ({ type: "message", name }));
    expect((await request("POST", "/v1/channels/member-count", { headers: SERVER, body: { channels } })).status).toBe(503);
  });

  it("[HT36] a caller that calls too often is told how long to wait", async () => {
    const { request, asked } = fakeEnv();
    const headers = await asUser("ada");
    for (let n = 0; n < 20; n++) await request("PUT", "/v1/users/ada/attributes", { headers, body: { attributes: [] } });
    const response = await request("PUT", "/v1/users/ada/attributes", { headers, body: { attributes: [] } });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(asked).toHaveLength(20);
    vi.advanceTimersByTime(250);
    expect((await request("PUT", "/v1/users/ada/attributes", { headers, body: { attributes: [] } })).status).toBe(200);
  });

  it("[HT37] every operation with a REST shape has its route, and nothing else is there", async () => {
    const { request } = fakeEnv();
    for (const { rest } of OPERATIONS) {
      if (rest === undefined) continue;
      const path = `/v1${rest.path.replaceAll(/:[\w.]+/g, "x")}`;
      expect([path, (await request(rest.method, path, rest.method === "GET" ? {} : { body: {} })).status]).not.toEqual([path, 404]);
    }
    expect(await errorOf(await request("GET", "/v1/nothing"))).toMatchObject({ status: 404, code: "not_found" });
  });

  it("[HT38] pages of other origins may call", async () => {
    const { request } = fakeEnv();
    const preflight = await request("OPTIONS", "/v1/ticket", { headers: { origin: "https://page.example", "access-control-request-method": "POST" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    expect((await request("POST", "/v1/ticket", { body: {} })).headers.get("access-control-allow-origin")).toBe("*");
  });
});
