import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { BROWSER_ARGS, findBrowser } from "../support/browser.ts";

const executablePath = findBrowser();
const conversation = { type: "single", id: "bob" };

/** What the service says of messages in which Bob says this. */
const newsOf = (after: number, ...texts: string[]) => ({
  type: "notice",
  name: "conversation.news",
  conversation,
  number: 1,
  after,
  upTo: after + texts.length,
  records: texts.map((text, index) => ({
    seq: after + index + 1,
    version: after + index + 1,
    from: "bob",
    ts: after + index + 1,
    key: `k${after + index}`,
    content: { type: "text", text },
  })),
  receipts: [],
  cleared: 0,
  unread: after + texts.length,
});

describe.runIf(executablePath !== undefined)("hooks in React itself", () => {
  const site = inject("siteUrl");
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
    page = await browser.newPage();
    page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(error.message));
    await page.goto(`${site}/health`);
    await page.addScriptTag({ content: await bundled("test/support/hooks-page.tsx"), type: "module" });
    await page.waitForFunction("globalThis.unmount !== undefined");
  });
  afterAll(() => browser?.close());

  const say = (name: string, event: object) => page.evaluate(`say(${JSON.stringify(name)}, ${JSON.stringify(event)})`);
  const shown = async (id: "list" | "chat" | "group" | "led"): Promise<unknown> => JSON.parse((await page.locator(`#${id}`).textContent()) ?? "null");

  it("[CT40] useConversations, useMessages, usePresence, usePeople and useTyping show what is, and follow it", async () => {
    await expect.poll(() => shown("list")).toEqual({ rows: [], unread: 0, connected: true, synced: true });
    await say("notice", newsOf(0, "one", "two"));
    await expect.poll(() => shown("list")).toEqual({ rows: ["Bobby ONLINE"], unread: 2, connected: true, synced: true });
    await expect.poll(() => shown("chat")).toEqual({ texts: ["one", "two"], waiting: [], older: false, typing: [] });
    await say("presence", { users: [{ user: "bob", state: "OFFLINE" }] });
    await expect.poll(() => shown("list")).toMatchObject({ rows: ["Bobby OFFLINE"] });
    await say("presence", { users: [{ user: "bob", state: "ONLINE", devices: [], ext: "fishing" }] });
    await expect.poll(() => shown("list")).toMatchObject({ rows: ["Bobby ONLINE fishing"] });
    await say("notice", { ...newsOf(2), passing: [{ kind: "typing", from: "bob", on: true }] });
    await expect.poll(() => shown("chat")).toMatchObject({ typing: [["single:bob", ["bob"]]] });
    await say("notice", newsOf(2, "three"));
    await expect.poll(() => shown("chat")).toMatchObject({ texts: ["one", "two", "three"], typing: [] });
  });

  it("[CT40] useGroup and useGroupMembers show a group, and follow it", async () => {
    await expect.poll(() => shown("group")).toEqual({ name: "Birds", size: 2, members: ["ann", "bob"], more: false });
    await say("notice", { name: "group.word", group: "birds", event: { kind: "updated", changed: { name: "Larks" } } });
    await expect.poll(() => shown("group")).toMatchObject({ name: "Larks" });
  });

  it("[CT40] the hooks of who leads a group show its lists, its files, its members' names there, and how many have read what was said", async () => {
    const lists = [["cho"], ["di"], []];
    await expect.poll(() => shown("led")).toEqual({ lists, files: ["song.txt"], uploads: 0, name: "Bobby", read: [] });
    const said = newsOf(0, "who comes?");
    await say("notice", { ...said, conversation: { type: "group", id: "birds" }, records: said.records.map((record) => ({ ...record, from: "ann" })) });
    await expect.poll(() => shown("led")).toMatchObject({ read: [["delivered", 1]] });
    await say("notice", { name: "group.word", group: "birds", event: { kind: "attributesChanged", user: "bob", attributes: { nickname: "Bo" } } });
    await expect.poll(() => shown("led")).toMatchObject({ name: "Bo" });
  });

  it("[CT40] what has not changed is not shown anew, and nothing is heard of after the end", async () => {
    const before = await page.evaluate("({ ...counts })");
    await say("notice", { type: "notice", name: "conversation.news", conversation: { type: "single", id: "cy" }, nonsense: true });
    expect(await page.evaluate("({ ...counts })")).toEqual(before);
    await page.evaluate("unmount()");
    await say("notice", newsOf(3, "four"));
    expect(await page.evaluate("({ ...counts })")).toEqual(before);
    expect(faults).toEqual([]);
  });
});

describe.runIf(executablePath !== undefined)("a room in React itself", () => {
  it("[RE5] useRoom comes in, follows the room, and leaves as often as it has come", async () => {
    const browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
    try {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(error.message));
      await page.goto(`${inject("siteUrl")}/health`);
      await page.addScriptTag({ content: await bundled("test/support/room-hook-page.tsx"), type: "module" });
      await page.waitForFunction("globalThis.unmount !== undefined");
      const shown = async (): Promise<unknown> => JSON.parse((await page.locator("#room").textContent()) ?? "null");
      await expect.poll(shown).toEqual({ texts: ["said 1"], keys: ["seat=bob"], name: "Stage", count: 2, error: false });
      await page.evaluate("hear(2)");
      await expect.poll(shown).toMatchObject({ texts: ["said 1", "said 2"] });
      const keysChanged = { kind: "keysChanged", set: [{ key: "seat", value: "cho", owner: "cho", revision: 2 }], removed: [], revision: 2 };
      const notice = { type: "notice", name: "room.event", channel: { type: "room", name: "stage" }, event: keysChanged };
      await page.evaluate(`say("notice", ${JSON.stringify(notice)})`);
      await expect.poll(shown).toMatchObject({ keys: ["seat=cho"] });
      const before = await page.evaluate("counts.shown");
      await page.evaluate(`say("notice", ${JSON.stringify({ ...notice, channel: { type: "room", name: "other" } })})`);
      expect(await page.evaluate("counts.shown")).toBe(before);
      await page.evaluate("unmount()");
      await expect.poll(() => page.evaluate("counts.joined > 0 && counts.left === counts.joined")).toBe(true);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"development"' },
  });
  return outputFiles[0]?.text ?? "";
}
