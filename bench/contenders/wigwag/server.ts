import { join } from "node:path";
import { readWorkerConfig } from "../../../scripts/lib/worker-config.ts";
import { startWorkerd } from "../../../scripts/lib/workerd.ts";
import type { RunningServer, ServerOptions } from "../servers.ts";
import { BENCH_APP } from "./app.ts";

const root = join(import.meta.dirname, "../../..");

/** The service itself, as wrangler.toml describes it, in a bare workerd: without D1, whose absence it must bear. */
export function startWigwag(options: ServerOptions): Promise<RunningServer> {
  const { variables, ...worker } = readWorkerConfig(join(root, "wrangler.toml"));
  return startWorkerd({
    ...options,
    ...worker,
    variables: { ...variables, WIGWAG_DEV_APP_ID: BENCH_APP.id, WIGWAG_DEV_APP_CERTIFICATE: BENCH_APP.certificate },
  });
}
