import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { type Child, startChild, waitUntilHealthy } from "./child.ts";
import { bundleWorker } from "./worker-bundle.ts";
import { type DurableObjectBinding, type PeerBinding, workerdConfig } from "./workerd-config.ts";

/** A Worker in a bare `workerd serve`: no simulators around it, so what is measured, or killed, is the Worker alone. */
export interface Workerd {
  readonly url: string;
  readonly port: number;
  /** Of the process now running; another one after a restart. */
  readonly pid: number;
  log(): string;
  /** SIGKILL of the process group: nothing gets to say goodbye. */
  kill(): Promise<void>;
  /** Ends what runs, if anything does, and starts again on the same storage. */
  restart(): Promise<void>;
  /** Another bundle, from the next start on. */
  rebuild(plugins: readonly Plugin[]): Promise<void>;
}

export interface WorkerdOptions {
  readonly entry: string;
  /** Holds configuration, bundle and storage. The caller chooses and removes it. */
  readonly directory: string;
  readonly port: number;
  /** Where it listens, if clients are not on this machine's loopback. */
  readonly host?: string;
  readonly durableObjects: readonly DurableObjectBinding[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly compatibilityFlags?: readonly string[];
  readonly peers?: readonly PeerBinding[] | undefined;
  readonly healthPath?: string;
  /** Changes to the sources that a test build has. */
  readonly plugins?: readonly Plugin[];
  /** Told of each line that the Worker writes to stdout. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Lets a test build have what no deployment has, such as `workerd:unsafe`. */
  readonly experimental?: boolean;
  /** How long a start may take until it answers. */
  readonly startMsMax?: number;
  readonly cpu?: number | undefined;
  /** Where DevTools may connect, for CPU profiles. */
  readonly inspectorPort?: number | undefined;
}

const COMPATIBILITY_DATE = "2026-10-01";
const START_MS_MAX = 20_000;

/** The native program itself: the package's launcher would be a second process that SIGKILL has to reach. */
function workerdBinary(): string {
  const exports: unknown = createRequire(import.meta.url)("workerd");
  if (typeof exports !== "object" || exports === null || !("default" in exports) || typeof exports.default !== "string") {
    throw new Error("the workerd package does not name its program");
  }
  return exports.default;
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const directory = resolve(options.directory);
  const storage = join(directory, "storage");
  await mkdir(storage, { recursive: true });
  const bundle = (plugins: readonly Plugin[] = []) => bundleWorker(options.entry, join(directory, "worker.js"), {}, plugins);
  const wasm = await bundle(options.plugins);
  const configPath = join(directory, "workerd.capnp");
  const { port, host = "127.0.0.1", durableObjects, variables = {}, compatibilityFlags = [] } = options;
  await writeFile(
    configPath,
    workerdConfig({ host, port, storage, durableObjects, variables, compatibilityFlags, compatibilityDate: COMPATIBILITY_DATE, wasm, peers: options.peers }),
  );

  const args = ["serve", configPath];
  if (options.experimental === true) args.push("--experimental");
  if (options.inspectorPort !== undefined) args.push(`--inspector-addr=127.0.0.1:${options.inspectorPort}`);
  const url = `http://${host}:${port}`;
  const launch = async (): Promise<Child> => {
    const child = startChild(workerdBinary(), args, { cpu: options.cpu, onLine: options.onLine });
    try {
      await waitUntilHealthy(child, url + (options.healthPath ?? "/health"), options.startMsMax ?? START_MS_MAX);
      return child;
    } catch (error) {
      await child.kill();
      throw error;
    }
  };

  let child = await launch();
  return {
    url,
    port,
    get pid() {
      return child.pid;
    },
    log: () => child.log(),
    kill: () => child.kill(),
    restart: async () => {
      await child.kill();
      child = await launch();
    },
    rebuild: async (plugins) => void (await bundle(plugins)),
  };
}
