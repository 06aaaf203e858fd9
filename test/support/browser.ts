import { accessSync, constants } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import type { BrowserContext } from "playwright-core";
import { installDebianPackage } from "../../scripts/lib/debian-package.ts";

/** Where distributions and vendors put Chromium; any of its kin will do. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** No sandbox, as in containers; and nothing that talks to its maker while we test. */
export const BROWSER_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A camera and a microphone that need neither devices nor anybody's leave; few pictures a second, for machines under test are slow. */
export const MEDIA_ARGS = ["--use-fake-device-for-media-stream=fps=10", "--use-fake-ui-for-media-stream"];

/** How long a context may take to close. */
const CLOSES_WITHIN_MS = 10_000;

/** Closes what one test had open. A loaded browser now and then never answers: it is closed with all it holds later. */
export async function closeContexts(...contexts: readonly BrowserContext[]): Promise<void> {
  await Promise.race([Promise.all(contexts.map((context) => context.close())), after(CLOSES_WITHIN_MS, undefined, { ref: false })]);
}

/**
 * The Chromium to drive. Where there is none it is installed, if that may be done; else the tests that need it cannot
 * run, which nobody should overlook: in CI that is a failure, elsewhere undefined and a loud word.
 */
export function findBrowser(): string | undefined {
  const found = present() ?? (installDebianPackage("chromium") ? present() : undefined);
  if (found !== undefined) return found;
  const advice = "no Chromium found: install the package `chromium`, or name a browser in CHROMIUM_PATH";
  if (process.env.CI === "true") throw new Error(advice);
  console.warn(`\n*** BROWSER TESTS SKIPPED: ${advice} ***\n`);
  return undefined;
}

function present(): string | undefined {
  const given = process.env.CHROMIUM_PATH;
  if (given === undefined || given === "") return PLACES.find(isProgram);
  // Somebody asked for this one; another would be a surprise.
  if (!isProgram(given)) throw new Error(`CHROMIUM_PATH is ${given}, where no program is`);
  return given;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
