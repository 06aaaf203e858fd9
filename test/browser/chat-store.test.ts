import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { BROWSER_ARGS, findBrowser } from "../support/browser.ts";
import { chatStoreCases } from "../support/chat-store-cases.ts";

const executablePath = findBrowser();

/** Runs one check in the page, on a database of its own; what is wrong is thrown there. */
const PROGRAM = `
  import { indexedStore } from "./src/client/chat/indexed-store.ts";
  import { chatStoreCases } from "./test/support/chat-store-cases.ts";
  globalThis.check = async (title) => {
    const [, run] = chatStoreCases.find(([each]) => each === title);
    const store = await indexedStore(title);
    await run(store, async () => {
      store.close();
      return indexedStore(title);
    });
  };
  globalThis.outbox = async (title) => (await (await indexedStore(title)).load()).outbox.map(({ key }) => key);`;

describe.runIf(executablePath !== undefined)("chats in IndexedDB", () => {
  const site = inject("siteUrl");
  let browser: Browser;
  let program: string;

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
    const { outputFiles } = await build({ stdin: { contents: PROGRAM, resolveDir: root }, bundle: true, write: false, format: "iife", target: "es2022" });
    program = outputFiles[0]?.text ?? "";
  });
  afterAll(() => browser?.close());

  it("[CT10] are given back as they were written, also to a page that was loaded again", async () => {
    const page = await browser.newPage();
    await page.goto(`${site}/health`);
    await page.addScriptTag({ content: program });
    for (const [title] of chatStoreCases) expect(await page.evaluate(`check(${JSON.stringify(title)})`)).toBeUndefined();
    await page.reload();
    await page.addScriptTag({ content: program });
    expect(await page.evaluate(`outbox(${JSON.stringify(chatStoreCases[2]?.[0])})`)).toEqual(["b"]);
  });
});
