import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { app } from "../../../src/server/http/app.ts";
import { isRecord } from "../../../src/util/record.ts";
import { DEV_APP, errorOf, fakeEnv } from "./fake-env.ts";

const START_MS = 1_900_000_000_000;
let hours = 0;
let nowMs = START_MS;
beforeEach(() => {
  nowMs = START_MS + ++hours * 3_600_000;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
});
afterEach(() => {
  vi.useRealTimers();
});

const ask = (user: unknown, { request } = fakeEnv()) => request("POST", "/demo/token", { body: { user } });

describe("tokens for the demo pages", () => {
  it("[DM1] let their user in for an hour, and nobody else", async () => {
    const { request, asked } = fakeEnv();
    const response = await ask("Zoë 🦊", { ...fakeEnv(), request });
    const body: unknown = await response.json();
    if (!isRecord(body)) throw new Error("no object");
    expect(body).toEqual({ app: DEV_APP, token: expect.stringMatching(/^007/), expiresAt: nowMs + 3_600_000 });
    const login = (user: string) =>
      request("GET", "/v1/users/ada/attributes", {
        headers: { authorization: `Bearer ${String(body.token)}`, "x-wigwag-app": DEV_APP, "x-wigwag-user": encodeURIComponent(user) },
      });
    expect((await login("Zoë 🦊")).status).toBe(200);
    expect(asked.at(-1)?.call?.caller).toMatchObject({ kind: "user", user: "Zoë 🦊" });
    expect((await login("ada")).status).toBe(401);
    vi.setSystemTime(nowMs + 3_601_000);
    expect(await errorOf(await login("Zoë 🦊"))).toMatchObject({ status: 401, code: "token_expired" });
  });

  it.each(["WIGWAG_DEV_APP_ID", "WIGWAG_DEV_APP_CERTIFICATE"])("[DM2] are not there without %s", async (name) => {
    const { env } = fakeEnv();
    const init = { method: "POST", body: '{"user":"ada"}' };
    expect((await app.request("/demo/token", init, env)).status).toBe(200);
    expect(await errorOf(await app.request("/demo/token", init, { ...env, [name]: undefined }))).toMatchObject({ status: 404, code: "not_found" });
    expect((await app.request("/demo/token", init, { ...env, [name]: "" })).status).toBe(404);
  });

  it.each([undefined, "", 7, { a: 1 }, "x".repeat(LIMITS.nameBytes + 1), "a\u0000b"])("[DM3] want a name: %j is none", async (user) => {
    expect(await errorOf(await ask(user))).toMatchObject({ status: 400, code: "bad_request", field: "user" });
  });

  it("[DM3] read no more of a body than REST does", async () => {
    expect(await errorOf(await ask("x".repeat(LIMITS.restBodyBytes)))).toMatchObject({ status: 413, code: "too_large" });
    expect((await fakeEnv().request("POST", "/demo/token", { body: "no json" })).status).toBe(400);
  });

  it("[DM4] are counted per address and user", async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask("ada")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429]);
    expect(answers.at(-1)?.headers.get("retry-after")).toBe("1");
    expect((await ask("grace")).status).toBe(200);
  });

  it("[DM5] are kept by no cache and read by no other origin", async () => {
    const { headers } = await fakeEnv().request("POST", "/demo/token", { body: { user: "ada" }, headers: { origin: "https://elsewhere.example" } });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});
