import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../scripts/lib/workerd.ts";
import { freePort } from "./free-port.ts";

/** The app of a service that a test kills. */
export const APP = "00000000000000000000000000000de7";
export const CERTIFICATE = "0000000000000000000000000000ce27";
export const API_KEY = "wk_0123456789abcdef0123456789abcdef0123456789abcdef";

/** Between two kills, at least and at most. */
const LIVES_MS = { least: 700, most: 2_500 };

export interface Killable {
  readonly server: Workerd;
  end(): Promise<void>;
}

/** The service on storage of its own, in a process that may be killed and started again. */
export async function startKillable(more: Readonly<Record<string, string>> = {}): Promise<Killable> {
  const directory = mkdtempSync(join(tmpdir(), "wigwag-kill-"));
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const own = {
    WIGWAG_SECRET: "kill-test-kill-test-kill-test-kill-test",
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
  };
  const server = await startWorkerd({
    entry,
    directory,
    port: await freePort(),
    durableObjects,
    compatibilityFlags,
    variables: { ...variables, ...own, ...more },
  });
  return {
    server,
    end: async () => {
      await server.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Kills and restarts `rounds` times at random moments, while the clients go on. */
export async function storm(server: Workerd, rounds: number, random: () => number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least)));
    await server.kill();
    await server.restart();
  }
}
