import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DevServer, startDevServer } from "../../scripts/lib/dev-server.ts";
import { root } from "../../scripts/lib/root.ts";
import { bundleWorker } from "../../scripts/lib/worker-bundle.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { type Patch, patchPlugin } from "../builds/patch.ts";
import { API_KEY, APP, CERTIFICATE } from "./app.ts";
import { Door } from "./door.ts";
import { labPatches, type RunningServer, type ServerOptions, versionPatch } from "./server.ts";

/** The service with all its parts, D1 and R2 among them, under wrangler, which is killed with it: so history is exported while all this goes on. */
export async function startDatabaseServer({ directory, port, timeScale, patches = [] }: ServerOptions): Promise<RunningServer> {
  await mkdir(join(directory, "bundle"), { recursive: true });
  const { entry } = readWorkerConfig(join(root, "wrangler.toml"));
  // In a folder of its own: wrangler starts anew when anything in it changes.
  const bundle = join(directory, "bundle", "worker.js");
  const build = (extra: readonly Patch[]) => bundleWorker(entry, bundle, {}, [patchPlugin([...labPatches(patches), ...patches, ...extra])]);
  await build([]);
  const variables = {
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
    WIGWAG_TIME_SCALE: String(timeScale),
  };
  const door = new Door(`http://127.0.0.1:${port}`);
  const start = (): Promise<DevServer> =>
    startDevServer({
      ...{ port, persistTo: join(directory, "state"), variables, bundle, compatibilityFlags: ["unsafe_module"] },
      onLine: (line) => door.heard(line),
    });
  let server = await start();
  let before: Promise<unknown> = Promise.resolve();
  let builds = 0;
  return {
    url: server.url,
    get pid() {
      return server.child.pid;
    },
    isTestBuild: true,
    hasDatabase: true,
    log: () => server.log(),
    kill: () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await start();
    },
    end: () => server.kill(),
    alone(work) {
      const mine = before.then(work);
      before = mine.catch(() => {});
      return mine;
    },
    reach: (mark, nth, withinMs) => door.reach(mark, nth, withinMs),
    forget: (how) => door.open(how),
    endChannel: () => door.open("end-channel"),
    refuseDatabase: (refuses) => door.open(`database?refuses=${refuses ? "yes" : "no"}`),
    rebuild: async () => {
      builds += 1;
      await build([versionPatch(builds)]);
    },
  };
}
