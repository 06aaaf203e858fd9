import { build } from "esbuild";

/** Bundles a Worker's entry the way wrangler does: one ES module, the runtime's own modules left to the runtime. */
export async function bundleWorker(entry: string, outfile: string, define: Record<string, string> = {}): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*"],
    // Classes of Durable Objects are found by their names.
    keepNames: true,
    logLevel: "error",
    sourcemap: "inline",
    define,
  });
}
