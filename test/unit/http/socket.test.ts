import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../../src/client/token.ts";
import { issueTicket } from "../../../src/domain/access/ticket.ts";
import { type FanOutPlan, leafOf, NO_LEAVES } from "../../../src/domain/channel/relay-plan.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import { movedResponse } from "../../../src/server/objects/channel/fan-out.ts";
import { TRUST_HEADER } from "../../../src/server/trust.ts";
import { toBase64Url } from "../../../src/util/base64url.ts";
import { encodeUtf8 } from "../../../src/util/text.ts";
import { DEV_APP, DEV_CERTIFICATE, fakeEnv } from "./fake-env.ts";

// Each test an hour of its own, with full token buckets.
let now = 1_900_000_000_000;
beforeEach(() => {
  now += 3_600_000;
  vi.useFakeTimers({ toFake: ["Date"], now });
});
afterEach(() => void vi.useRealTimers());

const upgrade = (secret: string, more: Record<string, string> = {}): Record<string, string> => ({
  upgrade: "websocket",
  "sec-websocket-protocol": `wigwag.v1, t.${toBase64Url(encodeUtf8(secret))}`,
  ...more,
});
const token = (user: string): Promise<string> => buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600 });
const sessionPath = (changes: Record<string, string> = {}): string =>
  `/v1/session?${new URLSearchParams({ app: DEV_APP, user: "Zoë ☕", device: "phone", kind: "web", instance: "i1", ...changes })}`;
const channelPath = (changes: Record<string, string> = {}): string =>
  `/v1/channel?${new URLSearchParams({ app: DEV_APP, user: "ada", device: "phone", type: "message", name: "lob:by", ...changes })}`;

const ticketFor = (changes: object = {}): Promise<string> => {
  const claims = {
    appId: DEV_APP,
    userId: "ada",
    deviceId: "phone",
    sessionGeneration: 4,
    channel: { type: "message" as const, name: "lob:by" },
    leaf: 0,
    planEpoch: "",
    rights: { read: true, write: false, quiet: false },
    expiresAtMs: now + 60_000,
  };
  return issueTicket({ ...claims, ...changes }, encodeUtf8("test-secret-test-secret-test-secret"), webTokenCrypto());
};

const trustOf = (request: Request | undefined): Record<string, unknown> => JSON.parse(decodeURIComponent(request?.headers.get(TRUST_HEADER) ?? "{}"));

describe("a session's upgrade", () => {
  it("[HT11] reaches the user's object with what was established, in ASCII", async () => {
    const { request, asked } = fakeEnv();
    await request("GET", sessionPath(), { headers: upgrade(await token("Zoë ☕")) });
    expect(asked.map(({ name }) => name)).toEqual([`${DEV_APP}:user:Zoë ☕`]);
    expect(asked[0]?.request?.headers.get(TRUST_HEADER)).toMatch(/^[\x21-\x7e]+$/);
    expect(trustOf(asked[0]?.request)).toEqual({
      app: DEV_APP,
      user: "Zoë ☕",
      device: "phone",
      kind: "web",
      instance: "i1",
      keepAliveMs: 10_000,
      tokenExpiresAt: now + 600_000,
      enforceExpiry: true,
      rights: "all",
      settings: DEFAULT_SETTINGS,
    });
  });

  it("[HT12] brings nothing that only the client says: no trust header of its own, no query, no secret", async () => {
    const { request, asked } = fakeEnv();
    const secret = await token("ada");
    const forged = encodeURIComponent(JSON.stringify({ app: "other", user: "root" }));
    await request("GET", sessionPath({ user: "ada", extra: "1" }), {
      headers: upgrade(secret, { [TRUST_HEADER]: forged, cookie: "a=b", authorization: "Bearer x" }),
    });
    const forwarded = asked[0]?.request;
    expect(trustOf(forwarded)).toMatchObject({ app: DEV_APP, user: "ada" });
    expect(forwarded?.url).toBe("https://object/session");
    expect(forwarded?.headers.get("upgrade")).toBe("websocket");
    expect(forwarded?.headers.get("sec-websocket-protocol")).toBe("wigwag.v1");
    const rest = JSON.stringify([...(forwarded?.headers ?? [])]);
    for (const leak of [secret, toBase64Url(encodeUtf8(secret)), "a=b", "Bearer", "extra", "root"]) expect(rest).not.toContain(leak);
  });

  it("[HT10] is opened by the ticket that a token was exchanged for", async () => {
    const { request, asked } = fakeEnv();
    const answer = await request("POST", "/v1/ticket", { body: { app: DEV_APP, user: "ada", token: await token("ada") } });
    const { ticket } = (await answer.json()) as { ticket: string };
    await request("GET", sessionPath({ user: "ada" }), { headers: upgrade(ticket) });
    expect(trustOf(asked[0]?.request)).toMatchObject({ user: "ada", tokenExpiresAt: now + 600_000, rights: "all" });
  });

  it.each([
    ["1", 1_000],
    ["999999999", 300_000],
    ["60000", 60_000],
  ])("[HT13] a keep-alive of %s ms is taken as %d", async (keepAlive, keepAliveMs) => {
    const { request, asked } = fakeEnv();
    await request("GET", sessionPath({ user: "ada", keepAlive }), { headers: upgrade(await token("ada")) });
    expect(trustOf(asked[0]?.request)).toMatchObject({ keepAliveMs });
  });
});

describe("of sockets opened side by side", () => {
  it("[US25] the number goes along to both objects", async () => {
    const { request, asked } = fakeEnv();
    await request("GET", sessionPath({ user: "ada", attempt: "7" }), { headers: upgrade(await token("ada")) });
    await request("GET", channelPath({ attempt: "8" }), { headers: upgrade(await ticketFor()) });
    expect(asked.map((one) => trustOf(one.request))).toMatchObject([{ attempt: 7 }, { attempt: 8 }]);
  });

  it.each(["-1", "1.5", "", "1234567890"])("[US25] %j is no number for one", async (attempt) => {
    const { request, asked } = fakeEnv();
    vi.stubGlobal("WebSocketPair", undefined);
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    await request("GET", sessionPath({ user: "ada", attempt }), { headers: upgrade(await token("ada")) });
    expect(asked).toEqual([]);
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
});

describe("too many logins", () => {
  it("[HT36] are counted per device: a user's devices may all come back at once", async () => {
    const { request, asked } = fakeEnv();
    const headers = upgrade(await token("ada"));
    vi.stubGlobal("WebSocketPair", undefined);
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    for (let n = 0; n < 10; n++) await request("GET", sessionPath({ user: "ada", device: `d${n}` }), { headers });
    expect(asked).toHaveLength(10);
    for (let n = 0; n < 10; n++) await request("GET", sessionPath({ user: "ada", device: "d0" }), { headers });
    expect(asked).toHaveLength(13);
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
});

describe("a channel's upgrade", () => {
  it("[HT14] reaches the channel's object with the ticket's rights and the client's position", async () => {
    const { request, asked } = fakeEnv();
    await request("GET", channelPath({ position: "0123456789abcdef.42" }), { headers: upgrade(await ticketFor()) });
    expect(asked[0]?.name).toBe(`${DEV_APP}:channel:message:lob:by`);
    expect(trustOf(asked[0]?.request)).toEqual({
      app: DEV_APP,
      user: "ada",
      device: "phone",
      generation: 4,
      channel: { type: "message", name: "lob:by" },
      read: true,
      write: false,
      keepAliveMs: 10_000,
      position: { epoch: "0123456789abcdef", seq: 42 },
      settings: DEFAULT_SETTINGS,
    });
  });
});

describe("a channel that is spread over leaves", () => {
  /** Who answers an upgrade with which plan; everybody else takes it. */
  const spread = (plans: Readonly<Record<string, Partial<FanOutPlan>>>) =>
    fakeEnv(undefined, (name) => {
      const plan = plans[name];
      return plan === undefined ? new Response("taken") : movedResponse({ ...NO_LEAVES, ...plan });
    });
  const hub = (name: string): string => `${DEV_APP}:channel:message:${name}`;
  const leaf = (index: number, name: string): string => `${DEV_APP}:leaf:message:${index}:${name}`;
  const open = async (request: ReturnType<typeof fakeEnv>["request"], name: string, user = "ada"): Promise<Response> => {
    const ticket = await ticketFor({ userId: user, channel: { type: "message", name } });
    return request("GET", channelPath({ user, name }), { headers: upgrade(ticket) });
  };

  it("[EL5] is found by the map that its object answers with, which is kept: the next upgrade goes straight to its leaf", async () => {
    const { request, asked } = spread({ [hub("arena")]: { version: 7, leaves: 5 } });
    const place = leafOf("ada", 5);
    expect(await (await open(request, "arena")).text()).toBe("taken");
    await open(request, "arena");
    expect(asked.map(({ name }) => name)).toEqual([hub("arena"), leaf(place, "arena"), leaf(place, "arena")]);
    expect(trustOf(asked[1]?.request)).toMatchObject({ user: "ada", placedBy: 7 });
    await open(request, "arena", "bob");
    expect(asked.at(-1)?.name).toBe(leaf(leafOf("bob", 5), "arena"));
  });

  it("[EL5] is found also by an old map: whoever has a newer one sends on", async () => {
    const first = spread({ [hub("field")]: { version: 7, leaves: 5 } });
    await open(first.request, "field");
    // It has shrunk to nothing since.
    const later = spread({ [leaf(leafOf("ada", 5), "field")]: { version: 9, leaves: 0 } });
    expect(await (await open(later.request, "field")).text()).toBe("taken");
    expect(later.asked.map(({ name }) => name)).toEqual([leaf(leafOf("ada", 5), "field"), hub("field")]);
  });

  it("[EL5] sends nobody round and round", async () => {
    const { request, asked } = spread({ [hub("maze")]: { version: 7, leaves: 5 }, [leaf(leafOf("ada", 5), "maze")]: { version: 9, leaves: 0 } });
    vi.stubGlobal("WebSocketPair", undefined);
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    await open(request, "maze");
    expect(asked).toHaveLength(4);
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
});
