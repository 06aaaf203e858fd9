import { afterEach, describe, expect, it, vi } from "vitest";
import type { Workerd } from "../../scripts/lib/workerd.ts";
import { buildToken } from "../../src/client/token.ts";
import { AppServer, stopAppServers } from "../support/app-server.ts";
import { API_KEY, APP, CERTIFICATE, type Killable, startKillable } from "../support/killable.ts";
import { hangUpAll, Phone } from "../support/phone.ts";

let killable: Killable | undefined;
afterEach(async () => {
  await hangUpAll();
  stopAppServers();
  await killable?.end();
});

async function start(app: AppServer): Promise<Killable> {
  killable = await startKillable({ WIGWAG_TIME_SCALE: "0.2" });
  const { status } = await fetch(`${killable.server.url}/v1/settings`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP, "content-type": "application/json" },
    body: JSON.stringify({ pushHookUrl: app.url, pushHookSecret: app.secret }),
  });
  expect(status).toBe(200);
  return killable;
}

const connect = (server: Workerd, user: string): Promise<Phone> =>
  Phone.connect(user, "phone", {
    url: server.url,
    app: APP,
    token: () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3600 }),
    timings: { scale: 1, reconnectSpreadMs: 50 },
  });

describe("the service is killed before the app's server has taken a push", () => {
  it("[CL42] of a ring: it comes again, though nobody asks for the call", { timeout: 60_000 }, async () => {
    const app = await AppServer.start("silent");
    const { server } = await start(app);
    const ann = await connect(server, "ann");
    const { call } = await ann.invite("bob", { reachMs: 60_000 });
    await app.next(1);
    await server.kill();
    ann.client.close();
    await server.restart();
    const [first, second] = await app.next(2);
    expect([first, second]).toMatchObject([{ body: { type: "call.ring", call, to: "bob" } }, { signed: true, body: { type: "call.ring", call, to: "bob" } }]);
  });

  it("[CL42] of a cancellation: it comes again, and the ring that was taken does not", { timeout: 60_000 }, async () => {
    const app = await AppServer.start(200, "silent");
    const { server } = await start(app);
    const ann = await connect(server, "ann");
    const { call } = await ann.invite("bob", { reachMs: 60_000 });
    await app.next(1);
    await ann.do("leave", call);
    const pushes = await app.next(2);
    await server.kill();
    await server.restart();
    expect(pushes[1]?.body).toMatchObject({ type: "call.cancelled", call });
    // The ring may come again before it: that it was taken need not have been written yet.
    await vi.waitFor(() => expect(app.pushes.slice(2).map(({ body }) => [body.type, body.call])).toContainEqual(["call.cancelled", call]), { timeout: 20_000 });
  });
});
