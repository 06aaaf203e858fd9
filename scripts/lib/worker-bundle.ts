import { dirname, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/**
 * Bundles a Worker's entry the way wrangler does: one ES module, the runtime's own modules left to the runtime. WebAssembly
 * comes to stand beside it, under the names that are returned.
 */
export async function bundleWorker(
  entry: string,
  outfile: string,
  define: Record<string, string> = {},
  plugins: readonly Plugin[] = [],
): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*", "workerd:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    metafile: true,
    // Classes of Durable Objects are found by their names.
    keepNames: true,
    logLevel: "error",
    sourcemap: "inline",
    define,
    plugins: [...plugins],
  });
  return Object.keys(metafile.outputs)
    .filter((path) => path.endsWith(".wasm"))
    .map((path) => relative(dirname(resolve(outfile)), resolve(path)));
}
