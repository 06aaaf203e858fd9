import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type App, asServer, createApp, fresh, service, tokenFor } from "../support/accounts.ts";
import { hangUpAll, Phone } from "../support/phone.ts";

const SECRET = "a-secret-of-the-app-s-own";
const DEADLINE_MS = 10_000;

interface Push {
  readonly body: Record<string, unknown>;
  readonly signed: boolean;
}

/** An app's own server: answers with the given statuses in turn, then with 200. */
class AppServer {
  readonly pushes: Push[] = [];
  readonly #server: Server;
  readonly #statuses: number[];
  #came: (() => void)[] = [];

  private constructor(server: Server, statuses: number[]) {
    this.#server = server;
    this.#statuses = statuses;
    server.on("request", (request, response) => {
      void this.#take(request).then(() => response.writeHead(this.#statuses.shift() ?? 200, { location: "/elsewhere" }).end());
    });
  }

  static async start(...statuses: number[]): Promise<AppServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const app = new AppServer(server, statuses);
    open.push(app);
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/push`;
  }

  async next(count: number): Promise<Push[]> {
    const late = AbortSignal.timeout(DEADLINE_MS);
    while (this.pushes.length < count) {
      late.throwIfAborted();
      await new Promise<void>((resume) => {
        this.#came.push(resume);
        late.addEventListener("abort", () => resume(), { once: true });
      });
    }
    return this.pushes;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
    this.pushes.push({ body: JSON.parse(body.toString()) as Record<string, unknown>, signed: request.headers["x-wigwag-signature"] === signature });
    for (const resume of this.#came.splice(0)) resume();
  }
}

const open: AppServer[] = [];
afterEach(async () => {
  await hangUpAll();
  for (const server of open.splice(0)) server.stop();
});

async function appWith(server: AppServer): Promise<App> {
  const app = await createApp();
  const changed = await asServer("PATCH", "/v1/settings", { pushHookUrl: server.url, pushHookSecret: SECRET }, { app });
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
