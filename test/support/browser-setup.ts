import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packageIsBuilt } from "../../scripts/demo/built.ts";
import { startDevServer } from "../../scripts/lib/dev-server.ts";
import { buildPages } from "../../scripts/lib/pages.ts";
import { root } from "../../scripts/lib/root.ts";
import { findBrowser } from "./browser.ts";
import { freePort } from "./free-port.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The service as a developer's machine runs it, its demo pages and the package built. */
    siteUrl: string;
  }
}

/** One service for all files: people and rooms have names of their own in each. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (findBrowser() === undefined) {
    project.provide("siteUrl", "");
    return async () => {};
  }
  if (!packageIsBuilt()) execFileSync(process.execPath, ["scripts/build.ts"], { cwd: root });
  await buildPages();
  const persistTo = mkdtempSync(join(tmpdir(), "wigwag-browser-"));
  const server = await startDevServer({ port: await freePort(), persistTo });
  project.provide("siteUrl", server.url);
  return async () => {
    await server.kill();
    rmSync(persistTo, { recursive: true, force: true });
  };
}
