import { join } from "node:path";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd } from "../../scripts/lib/workerd.ts";
import { DOOR_FILE, LAB_PATCHES } from "../builds/marks.ts";
import { type OldSources, oldSourcesPlugin } from "../builds/old-sources.ts";
import { type Patch, patchPlugin } from "../builds/patch.ts";
import { API_KEY, APP, CERTIFICATE } from "./app.ts";
import { Door } from "./door.ts";
import type { LabServer } from "./fault.ts";

export interface ServerOptions {
  readonly directory: string;
  readonly port: number;
  readonly timeScale: number;
  /** Seeded bugs. */
  readonly patches?: readonly Patch[];
  /** What it is built of until it is built anew, and what that next build has besides. */
  readonly before?: OldSources;
  readonly nextPatches?: readonly Patch[];
}

export interface RunningServer extends LabServer {
  log(): string;
  end(): Promise<void>;
}

/** All clients come back at once, and on a busy machine the first answer has to wait for them. */
const START_MS_MAX = 90_000;

/** The service in a bare workerd, with the lab's door: history stays in the objects, for want of a database. */
export async function startServer({ directory, port, timeScale, patches = [], before: old, nextPatches = [] }: ServerOptions): Promise<RunningServer> {
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const own = {
    WIGWAG_SECRET: "lab-only-lab-only-lab-only-lab-only",
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
    WIGWAG_TIME_SCALE: String(timeScale),
  };
  const door = new Door(`http://127.0.0.1:${port}`);
  const build = (extra: readonly Patch[]) => [patchPlugin([...labPatches(patches), ...patches, ...extra])];
  const workerd = await startWorkerd({
    entry,
    directory,
    port,
    durableObjects,
    compatibilityFlags: [...compatibilityFlags, "unsafe_module"],
    experimental: true,
    startMsMax: START_MS_MAX,
    variables: { ...variables, ...own },
    plugins: old === undefined ? build([]) : [oldSourcesPlugin(old.root)],
    onLine: (line) => door.heard(line),
  });
  let before: Promise<unknown> = Promise.resolve();
  let builds = 0;
  return {
    url: workerd.url,
    get pid() {
      return workerd.pid;
    },
    get isTestBuild() {
      return old === undefined || builds > 0;
    },
    hasDatabase: false,
    log: () => workerd.log(),
    kill: () => workerd.kill(),
    restart: () => workerd.restart(),
    end: () => workerd.kill(),
    alone(work) {
      const mine = before.then(work);
      before = mine.catch(() => {});
      return mine;
    },
    reach: (mark, nth, withinMs) => door.reach(mark, nth, withinMs),
    forget: (how) => door.open(how),
    endChannel: () => door.open("end-channel"),
    refuseDatabase: async () => false,
    rebuild() {
      builds += 1;
      return workerd.rebuild(build([versionPatch(builds), ...nextPatches]));
    },
  };
}

/** The lab's door and marks, for a build that has these patches as well. A seeded bug may stand where a mark does: without the bug the run would show nothing. */
export const labPatches = (patches: readonly Patch[]): readonly Patch[] =>
  LAB_PATCHES.filter(({ file }) => file === DOOR_FILE || !patches.some((patch) => patch.file === file));

/** Other bytes with the same sense, as the next release has. */
export const versionPatch = (n: number): Patch => ({
  name: "release",
  file: "src/server/version.ts",
  find: "export const VERSION",
  replace: `export const RELEASE = ${n};\nglobalThis.labRelease = RELEASE;\nexport const VERSION`,
});
