import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../scripts/lib/workerd.ts";
import { buildToken } from "../../src/client/token.ts";
import type { CallView } from "../../src/protocol/messages/call.ts";
import { freePort } from "../support/free-port.ts";
import { hangUpAll, Phone, stateOf } from "../support/phone.ts";

const APP = "00000000000000000000000000000de7";
const CERTIFICATE = "0000000000000000000000000000ce27";
const API_KEY = "wk_0123456789abcdef0123456789abcdef0123456789abcdef";

const directories: string[] = [];
const running: Workerd[] = [];
afterEach(async () => {
  await hangUpAll();
  for (const server of running.splice(0)) await server.kill();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<Workerd> {
  const directory = mkdtempSync(join(tmpdir(), "wigwag-call-"));
  directories.push(directory);
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const secrets = {
    WIGWAG_SECRET: "kill-test-kill-test-kill-test-kill-test",
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
  };
  const server = await startWorkerd({ entry, directory, port: await freePort(), durableObjects, compatibilityFlags, variables: { ...variables, ...secrets } });
  running.push(server);
  return server;
}

const connect = (server: Workerd, user: string): Promise<Phone> =>
  Phone.connect(user, "phone", {
    url: server.url,
    app: APP,
    token: () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3600 }),
    timings: { scale: 1, reconnectSpreadMs: 50 },
  });

const view = async (server: Workerd, call: string): Promise<CallView> => {
  const answer = await fetch(`${server.url}/v1/calls/${call}`, { headers: { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP } });
  return ((await answer.json()) as { call: CallView }).call;
};

describe("the server is killed", () => {
  it("[CL30] while it rings: the ring ends in time all the same, and everybody hears of it", { timeout: 60_000 }, async () => {
    const server = await start();
    const [ann, bob] = await Promise.all([connect(server, "ann"), connect(server, "bob")]);
    const { call } = await ann.invite("bob", { answerMs: 4_000 });
    await bob.stands("bob", "calling");
    const { members } = await bob.do("ringing", call);
    const until = members[1]?.until ?? 0;
    await server.kill();
    await server.restart();
    const ended = await ann.ended("missed");
    expect(stateOf(ended, "bob")).toBe("missed");
    expect(Date.now() - until).toBeLessThan(1_000);
    await bob.ended("missed");
  });

  it("[CL31] after the answer: the call goes on with those who come back", { timeout: 60_000 }, async () => {
    const server = await start();
    const [ann, bob] = await Promise.all([connect(server, "ann"), connect(server, "bob")]);
    const { call } = await ann.invite("bob");
    await bob.stands("bob", "calling");
    await bob.do("accept", call);
    await server.kill();
    await server.restart();
    expect(await ann.list()).toMatchObject([{ call, phase: "active" }]);
    await bob.do("leave", call);
    await ann.ended("left");
    expect(await view(server, call)).toMatchObject({ phase: "ended", end: "left" });
  });
});
