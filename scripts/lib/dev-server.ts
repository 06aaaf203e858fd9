import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild, waitUntilHealthy } from "./child.ts";
import { root } from "./root.ts";
import { ONE_PROCESS } from "./worker-config.ts";

export interface DevServerOptions {
  readonly port: number;
  /** Where D1 and the objects keep their data; the checkout's `.wrangler/state` if not given. */
  readonly persistTo?: string;
  /** Variables beside those of `.dev.vars`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A bundle to run in place of the configured entry; its WebAssembly stands beside it. */
  readonly bundle?: string;
  readonly compatibilityFlags?: readonly string[];
  /** Told of each line it writes to stdout, which is then not kept in the log. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface DevServer {
  readonly url: string;
  log(): string;
  /** Ends the server and everything it started. */
  kill(): Promise<void>;
  /** Settles when the server has ended by itself. */
  readonly child: Child;
}

const QUIET = { WRANGLER_SEND_METRICS: "false", CI: "1" };
const READY_WITHIN_MS = 90_000;
const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");

const persist = ({ persistTo }: DevServerOptions): string[] => (persistTo === undefined ? [] : ["--persist-to", persistTo]);

/** The whole service as it runs on a developer's machine: migrations applied, then `wrangler dev` with all its parts. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  if (options.persistTo !== undefined) mkdirSync(options.persistTo, { recursive: true });
  await migrate(options);
  const variables = Object.entries({ ...ONE_PROCESS, ...options.variables }).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const { bundle, compatibilityFlags = [], onLine } = options;
  const args = [
    wrangler,
    "dev",
    ...(bundle === undefined ? [] : [bundle, "--no-bundle", "--config", join(root, "wrangler.toml")]),
    ...compatibilityFlags.flatMap((flag) => ["--compatibility-flags", flag]),
    "--ip",
    "127.0.0.1",
    "--port",
    String(options.port),
    // Any: servers that start at the same moment would find the same one free.
    "--inspector-port",
    "0",
    "--show-interactive-dev-session=false",
    ...persist(options),
    ...variables,
  ];
  const child = startChild(process.execPath, args, { cwd: root, env: QUIET, onLine });
  const url = `http://127.0.0.1:${options.port}`;
  await waitUntilHealthy(child, `${url}/health`, READY_WITHIN_MS);
  return { url, child, log: () => child.log(), kill: () => child.kill() };
}

/** Brings the local D1 to the newest schema. */
async function migrate(options: DevServerOptions): Promise<void> {
  const child = startChild(process.execPath, [wrangler, "d1", "migrations", "apply", "DB", "--local", ...persist(options)], { cwd: root, env: QUIET });
  const code = await child.ended;
  if (code !== 0) throw new Error(`the migrations of D1 could not be applied:\n${child.log()}`);
}
