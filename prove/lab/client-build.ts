import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "../../scripts/lib/root.ts";
import { type Patch, patchPlugin } from "../builds/patch.ts";

/** The program of client processes, in one file: the SDK from its sources, with seeded bugs if there are any. */
export const buildClients = (outfile: string, patches: readonly Patch[] = [], plugins: readonly Plugin[] = []): Promise<void> =>
  buildProgram("prove/lab/client/main.ts", outfile, [...plugins, patchPlugin(patches)]);

/** `entry`: from the project's root. */
export async function buildProgram(entry: string, outfile: string, plugins: readonly Plugin[] = []): Promise<void> {
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    logLevel: "error",
    // `ws` is CommonJS.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [...plugins],
  });
}
