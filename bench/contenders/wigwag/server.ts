import { join } from "node:path";
import { readWorkerConfig } from "../../../scripts/lib/worker-config.ts";
import { startWorkerd } from "../../../scripts/lib/workerd.ts";
import type { RunningServer, ServerOptions } from "../servers.ts";
import { BENCH_APP } from "./app.ts";

const root = join(import.meta.dirname, "../../..");

/** The load generator is a few devices that send as fast as they can; the limit that protects an app would end its run. */
const BENCH_SETTINGS = { messagesPerSecond: 100_000 };

/** The service itself, as wrangler.toml describes it, in a bare workerd: without D1, whose absence it must bear. */
export async function startWigwag(options: ServerOptions, more: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const { variables, ...worker } = readWorkerConfig(join(root, "wrangler.toml"));
  const server = await startWorkerd({
    ...options,
    ...worker,
    variables: {
      ...variables,
      WIGWAG_SECRET: "a secret of the benchmark, where nothing is worth protecting",
      WIGWAG_DEV_APP_ID: BENCH_APP.id,
      WIGWAG_DEV_APP_CERTIFICATE: BENCH_APP.certificate,
      WIGWAG_DEV_API_KEY: BENCH_APP.apiKey,
      ...more,
    },
  });
  try {
    await configure(server.url);
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

async function configure(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/settings`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${BENCH_APP.apiKey}`, "x-wigwag-app": BENCH_APP.id, "content-type": "application/json" },
    body: JSON.stringify(BENCH_SETTINGS),
  });
  if (!response.ok) throw new Error(`the app's settings could not be set: ${response.status} ${await response.text()}`);
}
