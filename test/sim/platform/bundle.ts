import { join } from "node:path";
import { compileFunction } from "node:vm";
import { build, type Plugin } from "esbuild";
import { type Patch, patchPlugin } from "../../../prove/builds/patch.ts";
import { root } from "../../../scripts/lib/root.ts";

/** A program whose world is handed to it: each call gives it anew, as a process that starts. */
export type Program = (world: Readonly<Record<string, unknown>>, modules: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** What a program finds in its world in place of the machine's own. All else is the language's. */
const WORLD = [
  "Date",
  "Math",
  "crypto",
  "performance",
  "console",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "fetch",
  "Request",
  "Response",
  "WebSocket",
  "WebSocketPair",
  "WebSocketRequestResponsePair",
  "CompressionStream",
  "DecompressionStream",
  "document",
] as const;

/** No image is made smaller here. */
const withoutWasm: Plugin = {
  name: "no WebAssembly",
  setup: ({ onLoad }) => onLoad({ filter: /\.wasm$/ }, () => ({ contents: "module.exports = undefined", loader: "js" })),
};

/** Bundled like the Worker that is deployed, with the patches in it. `entry` stands from the project's root. */
export async function compile(entry: string, patches: readonly Patch[] = []): Promise<Program> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "neutral",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*"],
    keepNames: true,
    logLevel: "error",
    sourcemap: "inline",
    plugins: [withoutWasm, patchPlugin(patches)],
  });
  const run = compileFunction(outputFiles[0]?.text ?? "", ["module", "exports", "require", ...WORLD], { filename: `simulated:${entry}` });
  return (world, modules) => {
    const module: { exports: Record<string, unknown> } = { exports: {} };
    const require = (name: string): unknown => {
      if (!(name in modules)) throw new Error(`${entry} asks for ${name}`);
      return modules[name];
    };
    run(module, module.exports, require, ...WORLD.map((name) => world[name]));
    return module.exports;
  };
}
