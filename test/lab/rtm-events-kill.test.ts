import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../scripts/lib/workerd.ts";
import { buildToken } from "../../src/client/token.ts";
import { freePort } from "../support/free-port.ts";
import { RawClient } from "../support/raw-client.ts";

const APP = "00000000000000000000000000000de7";
const CERTIFICATE = "0000000000000000000000000000ce27";
const API_KEY = "wk_0123456789abcdef0123456789abcdef0123456789abcdef";
const ROUNDS = 4;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(): Promise<Workerd> {
  const directory = mkdtempSync(join(tmpdir(), "wigwag-events-"));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const named = { WIGWAG_DEV_APP_ID: APP, WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE, WIGWAG_DEV_API_KEY: API_KEY };
  const own = { WIGWAG_SECRET: "kill-test-kill-test-kill-test-kill-test", WIGWAG_TIME_SCALE: "0.1", ...named };
  const server = await startWorkerd({ entry, directory, port: await freePort(), durableObjects, compatibilityFlags, variables: { ...variables, ...own } });
  ends.push(() => server.kill());
  return server;
}

/** Logs in and joins, and is cut off with the server. */
async function comeIn(server: Workerd, user: string): Promise<void> {
  const ws = server.url.replace(/^http/, "ws");
  const query = new URLSearchParams({ app: APP, user, device: "phone", kind: "test", instance: "one", keepAlive: "10000" });
  const token = await buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3600 });
  const client = RawClient.withSecret(`${ws}/v1/session?${query}`, token);
  ends.push(() => client.terminate());
  client.startIds(Number((await client.nextOf("welcome")).firstId));
  const { path, ticket } = await client.ok("channel.join", { channel: { type: "message", name: "lobby" }, via: "direct" });
  const direct = RawClient.withSecret(`${ws}${String(path)}&keepAlive=30000`, String(ticket));
  ends.push(() => direct.terminate());
  await direct.nextOf("welcome");
  // The flush that tells it of itself writes the list of members.
  await direct.notice("channel.count");
}

it(`[EV8] killed ${ROUNDS} times right after somebody came: each login, join and end of it is there, once`, { timeout: 120_000 }, async () => {
  const server = await start();
  const settings = await fetch(`${server.url}/v1/settings`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP, "content-type": "application/json" },
    body: JSON.stringify({ restEvents: true }),
  });
  expect(settings.status).toBe(200);
  const users = Array.from({ length: ROUNDS }, (_, round) => `user-${round}`);
  for (const user of users) {
    await comeIn(server, user);
    await server.kill();
    await server.restart();
  }
  const told = new Map<string, string[]>();
  const read = async (kind: "user" | "channel"): Promise<void> => {
    const headers = { authorization: `Basic ${btoa(`${APP}:${API_KEY}`)}` };
    const answer = await fetch(`${server.url}/dev/v2/project/${APP}/rtm/vendor/${kind}_events`, { headers });
    const { events } = (await answer.json()) as { events: { user_id: string; type: string }[] };
    for (const { user_id, type } of events) told.set(user_id, [...(told.get(user_id) ?? []), type]);
  };
  await vi.waitFor(
    async () => {
      await read("user");
      await read("channel");
      for (const user of users) expect([user, ...(told.get(user) ?? []).sort()]).toEqual([user, "Join", "Leave", "Login", "Logout"]);
    },
    { timeout: 60_000, interval: 500 },
  );
});
