import { afterEach, describe, expect, it } from "vitest";
import { type App, asServer, createApp, fresh, service, tokenFor } from "../support/accounts.ts";
import { AppServer, stopAppServers } from "../support/app-server.ts";
import { hangUpAll, Phone } from "../support/phone.ts";

afterEach(async () => {
  await hangUpAll();
  stopAppServers();
});

async function appWith(server: AppServer): Promise<App> {
  const app = await createApp();
  const changed = await asServer("PATCH", "/v1/settings", { pushHookUrl: server.url, pushHookSecret: server.secret }, { app });
  expect(changed.status).toBe(200);
  return app;
}
const connect = (app: App, user: string): Promise<Phone> => Phone.connect(user, "phone", { app: app.id, token: () => tokenFor(user, { app }) });

describe.skipIf(service().operatorKey === "")("an app's push service", () => {
  it("[CL32] hears of a call that rings somebody who is not connected, and when it was in vain", async () => {
    const server = await AppServer.start();
    const app = await appWith(server);
    const ann = await connect(app, fresh("ann"));
    const bob = fresh("bob");
    const { call } = await ann.invite(bob, { content: "hi", channel: "room" });
    await server.next(1);
    await ann.do("leave", call);
    const [ring, cancelled] = await server.next(2);
    expect(ring).toMatchObject({ signed: true, body: { type: "call.ring", app: app.id, call, from: ann.user, to: bob, content: "hi", channel: "room" } });
    expect(ring?.body.ttlSeconds).toBeGreaterThan(0);
    expect(cancelled).toMatchObject({ signed: true, body: { type: "call.cancelled", app: app.id, call, from: ann.user, to: bob } });
  });

  it("[CL33] is asked three times at most, follows nobody elsewhere, and delays no call", async () => {
    const server = await AppServer.start(500, 302, 503);
    const app = await appWith(server);
    const ann = await connect(app, fresh("ann"));
    const bob = fresh("bob");
    const { call } = await ann.invite(bob);
    await server.next(3);
    await ann.do("leave", call);
    const pushes = await server.next(4);
    expect(pushes.map(({ body }) => body.type)).toEqual(["call.ring", "call.ring", "call.ring", "call.cancelled"]);
  });

  it("[CL34] hears nothing of who is connected; its address is https, and its secret long", async () => {
    const server = await AppServer.start();
    const app = await appWith(server);
    const [ann, bob] = await Promise.all([connect(app, fresh("ann")), connect(app, fresh("bob"))]);
    const { call } = await ann.invite(bob.user);
    await bob.do("accept", call);
    await bob.do("leave", call);
    expect(server.pushes).toEqual([]);
    for (const wrong of [{ pushHookUrl: "http://example.com/push" }, { pushHookUrl: "https://user@example.com" }, { pushHookSecret: "short" }])
      expect((await asServer("PATCH", "/v1/settings", wrong, { app })).status).toBe(400);
  });
});
