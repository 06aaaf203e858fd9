import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import type { Plugin } from "esbuild";
import { root } from "../../scripts/lib/root.ts";

const run = promisify(execFile);
const git = async (...args: string[]): Promise<string> => (await run("git", args, { cwd: root })).stdout.trim();
/** Where the shape of the wire is written down, and that of storage: before the first release either may still change in place. */
const SHAPES = [
  "test/unit/protocol/fingerprint.json",
  "src/server/objects/user/schema.ts",
  "src/server/storage/channel-schema.ts",
  "src/server/storage/event-table.ts",
  "src/server/objects/shell/schema.ts",
];

export interface OldSources {
  readonly root: string;
  readonly commit: string;
  readonly date: string;
}

/** Why there are none; undefined where there are. */
export const oldSourcesMissing = (): Promise<string | undefined> =>
  oldCommit().then(
    () => undefined,
    () => "it builds an earlier state of the sources, and there is no history here",
  );

/**
 * The sources of the last release, by its tag. Before the first one, those of the commit that last changed the shape of the wire or of
 * storage: the oldest client and the oldest storage that this state has to get along with.
 */
export async function checkOutOld(directory: string): Promise<OldSources> {
  const commit = await oldCommit();
  await mkdir(directory, { recursive: true });
  const archive = join(directory, "old.tar");
  await git("archive", "--output", archive, commit, "src");
  await run("tar", ["-xf", archive, "-C", directory]);
  // Its dependencies are those of today: what differs is ours.
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  return { root: directory, commit: commit.slice(0, 7), date: await git("log", "-1", "--format=%cs", commit) };
}

async function oldCommit(): Promise<string> {
  const named = process.env.WIGWAG_OLD;
  if (named !== undefined) return git("rev-parse", named);
  const released = await git("describe", "--tags", "--abbrev=0", "--match", "v*").catch(() => undefined);
  const commit = released ?? (await git("log", "-1", "--format=%H", "--", ...SHAPES));
  if (commit === "") throw new Error(`no commit has ${SHAPES[0]}`);
  return git("rev-parse", commit);
}

/** For esbuild: whatever is imported of `src` is taken from there. */
export const oldSourcesPlugin = (old: string): Plugin => ({
  name: "old sources",
  setup: (build) => {
    const own = join(root, "src") + sep;
    build.onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      return file.startsWith(own) ? { path: join(old, relative(root, file)) } : undefined;
    });
  },
});
