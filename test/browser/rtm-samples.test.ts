import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { basename, extname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { buildToken } from "../../src/client/token.ts";
import { BROWSER_ARGS, findBrowser } from "../support/browser.ts";
import { developmentVariables } from "../support/service.ts";

const executablePath = findBrowser();
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" };
/** What the pages look for beside them. */
const BUILT: Readonly<Record<string, string>> = { "agora-rtm.js": "dist/agora-rtm.js", "agora-rtm.mjs": "dist/rtm/index.mjs" };

/** The folder of the samples, as any web server has it. */
async function serveSamples(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? "/", "http://localhost").pathname);
    const type = TYPES[extname(name)];
    if (type === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": type }).end(readFileSync(join(root, BUILT[name] ?? `examples/rtm-1x/${name}`)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  return { server, url: `http://127.0.0.1:${address.port}` };
}

describe.runIf(executablePath !== undefined)("programs for RTM 1.x in a browser", () => {
  const site = inject("siteUrl");
  let samples: { readonly server: Server; readonly url: string };
  let browser: Browser;
  const faults: string[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    [browser, samples] = await Promise.all([chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS }), serveSamples()]);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    samples?.server.close();
    await browser?.close();
  });

  const open = async (name: string): Promise<Page> => {
    const page = await browser.newPage();
    pages.push(page);
    page.on("pageerror", (error) => faults.push(error.message));
    await page.goto(`${samples.url}/${name}.html`);
    return page;
  };
  /** Fills a form by the names of its fields, and sends it. */
  const send = async (page: Page, form: string, fields: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`#${form} [name=${name}]`).fill(value);
    await page.locator(`#${form} button`).click();
  };
  const account = async (uid: string) => {
    const variables = developmentVariables();
    const appId = variables.get("WIGWAG_DEV_APP_ID") ?? "";
    const certificate = variables.get("WIGWAG_DEV_APP_CERTIFICATE") ?? "";
    return { url: site, appId, uid, token: await buildToken({ appId, certificate, userId: uid, expireSeconds: 600 }) };
  };

  it.each([["chat"], ["chat-module"]])("[RP5] %s: two people write to each other and in a channel", async (name) => {
    const [ann, bob] = await Promise.all([open(name), open(name)]);
    const line = (page: Page, text: string) => page.locator("#log", { hasText: text }).waitFor();
    await send(ann, "login", await account("ann"));
    await send(bob, "login", await account("bob"));
    await Promise.all([line(ann, "connection: CONNECTED (LOGIN_SUCCESS)"), line(bob, "connection: CONNECTED (LOGIN_SUCCESS)")]);
    await send(ann, "peer", { peerId: "bob", text: "hello, 你好" });
    await Promise.all([line(ann, "delivered: hello, 你好"), line(bob, "ann to me: hello, 你好")]);
    await send(ann, "peer", { peerId: "nobody", text: "anybody?" });
    await line(ann, "nobody there for: anybody?");
    await send(ann, "say", { text: "too early" });
    await line(ann, "error");
    await send(ann, "join", { channelId: name });
    await line(ann, `in ${name}: ann`);
    await send(bob, "join", { channelId: name });
    await Promise.all([line(ann, "bob came"), line(bob, `in ${name}: ann, bob`)]);
    await send(bob, "say", { text: "to everybody" });
    await line(ann, "bob to all: to everybody");
    await send(bob, "logout", {});
    await Promise.all([line(ann, "bob went"), line(bob, "gone")]);
  });

  it.each([["classroom"], ["classroom-module"]])("[RP5] %s: a class sees its topic and its hands change", async (name) => {
    const [teacher, student] = await Promise.all([open(name), open(name)]);
    const shows = (page: Page, id: string, text: string | RegExp) => page.locator(`#${id}`).filter({ hasText: text }).waitFor({ state: "attached" });
    await send(teacher, "enter", { ...(await account("teacher")), role: "teacher", room: name });
    await shows(teacher, "state", "in the room");
    await send(student, "enter", { ...(await account("student")), room: name });
    await Promise.all([shows(student, "state", "in the room"), shows(student, "count", "2"), shows(teacher, "count", "2")]);
    await send(teacher, "set-topic", { topic: "flags" });
    await Promise.all([shows(teacher, "topic", "flags (by teacher)"), shows(student, "topic", "flags (by teacher)")]);
    await student.locator("#raise").click();
    await shows(teacher, "hands", "student");
    await student.locator("#lower").click();
    await shows(teacher, "hands", /^$/);
    await teacher.locator("#roles").click();
    await shows(teacher, "members", "student: student, teacher: teacher");
  });

  it.each([["voice-room"], ["voice-room-module"]])("[RP5] %s: seats are taken, muted and left, and gifts are seen", async (name) => {
    const [host, singer] = await Promise.all([open(name), open(name)]);
    const shows = (id: string, text: string) =>
      Promise.all([host, singer].map((page) => page.locator(`#${id}`).filter({ hasText: text }).waitFor({ state: "attached" })));
    const line = (page: Page, text: string) => page.locator("#log", { hasText: text }).waitFor();
    await send(host, "enter", { ...(await account("host")), room: name });
    await host.locator("#members", { hasText: "host" }).waitFor();
    await send(singer, "enter", { ...(await account("singer")), room: name });
    await Promise.all([shows("members", "host, singer"), shows("host", "host")]);
    await send(singer, "take", { seat: "2" });
    await shows("seats", "1: free, 2: singer, 3: free, 4: free");
    await send(host, "take", { seat: "2" });
    await line(host, "seat 2 is singer's");
    await send(singer, "mute", { seat: "2" });
    await line(singer, "only the host mutes");
    await send(host, "mute", { seat: "2" });
    await shows("seats", "2: singer (muted), 3: free");
    await send(host, "give", { to: "singer", gift: "roses 🌹" });
    await Promise.all([line(host, "I give singer: roses 🌹"), line(singer, "host gives singer: roses 🌹")]);
    await send(singer, "stand-up", {});
    await shows("seats", "1: free, 2: free, 3: free, 4: free");
    await send(singer, "leave", {});
    await Promise.all([
      line(singer, "gone"),
      host
        .locator("#members")
        .filter({ hasText: /^host$/ })
        .waitFor(),
    ]);
  });

  it.each([["call"], ["call-module"]])("[RP5] %s: an invitation rings, is refused, cancelled and accepted", async (name) => {
    const [caller, callee] = await Promise.all([open(name), open(name)]);
    const [ann, bob] = [`ann-${name}`, `bob-${name}`];
    const line = (page: Page, text: string) => page.locator("#log", { hasText: text }).waitFor();
    const place = async (content: string) => {
      await send(caller, "place", { calleeId: bob, content });
      await line(callee, `${ann} calls: ${content}`);
    };
    const answer = async (button: string, response: string) => {
      await callee.locator("#answer [name=response]").fill(response);
      await callee.locator("#answer button", { hasText: button }).click();
    };
    await Promise.all([send(caller, "login", await account(ann)), send(callee, "login", await account(bob))]);
    await Promise.all([line(caller, "ready"), line(callee, "ready")]);
    await place("lunch?");
    await line(caller, `it rings at ${bob}`);
    await answer("Refuse", "not now");
    await Promise.all([line(caller, `${bob} refuses: not now`), line(callee, `I refused ${ann}`)]);
    await place("dinner?");
    await send(caller, "cancel", {});
    await Promise.all([line(caller, `I call ${bob} no more`), line(callee, `${ann} rings no more`)]);
    await answer("Accept", "too late");
    await line(callee, "in answer");
    await place("tea, 喝茶?");
    await answer("Accept", "with pleasure");
    await Promise.all([line(caller, `${bob} accepts: with pleasure`), line(callee, `in a call with ${ann}`)]);
  });
});
