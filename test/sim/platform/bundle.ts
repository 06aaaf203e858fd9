import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { compileFunction } from "node:vm";
import { type BuildOptions, build, type Plugin } from "esbuild";
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

/**
 * Bundled like the Worker that is deployed, with the patches in it. `entry` stands from the project's root. What is pure is shared by
 * all programs, and made once: most of a start is the building of schemas, and code that is used anew each time stays slow.
 */
export async function compile(entry: string, patches: readonly Patch[] = []): Promise<Program> {
  const folders = PURE.filter((folder) => !patches.some(({ file }) => file.startsWith(folder)));
  const [run, modules] = await Promise.all([bundled({ entryPoints: [join(root, entry)] }, entry, [sharing(folders), patchPlugin(patches)]), pureModules()]);
  return (world, own) => run(world, { ...modules, ...own });
}

/** No clock, no chance, nothing kept: one copy does for all. */
const PURE = ["src/util/", "src/protocol/", "src/domain/"] as const;
const SHARED = "shared:";
const SHARED_PACKAGES = ["zod"];

let made: Promise<Readonly<Record<string, unknown>>> | undefined;

function pureModules(): Promise<Readonly<Record<string, unknown>>> {
  made ??= (async () => {
    const files = PURE.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}${file}`));
    const names = [...SHARED_PACKAGES, ...files.filter((file) => file.endsWith(".ts"))];
    const imports = names.map((name, n) => `import * as m${n} from ${JSON.stringify(name.endsWith(".ts") ? `./${name}` : name)};`);
    const exported = names.map((name, n) => `${JSON.stringify(SHARED + name)}: m${n}`);
    const contents = `${imports.join("\n")}\nexport const modules = { ${exported.join(", ")} };`;
    const run = await bundled({ stdin: { contents, resolveDir: root, sourcefile: "shared.ts", loader: "ts" } }, "shared");
    return run(globalThis as unknown as Readonly<Record<string, unknown>>, {}).modules as Readonly<Record<string, unknown>>;
  })();
  return made;
}

const sharing = (folders: readonly string[]): Plugin => ({
  name: "shared modules",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
      const file = relative(root, join(resolveDir, path));
      return folders.some((folder) => file.startsWith(folder)) ? { path: SHARED + file, external: true } : undefined;
    });
    onResolve({ filter: new RegExp(`^(${SHARED_PACKAGES.join("|")})$`) }, ({ path }) => ({ path: SHARED + path, external: true }));
  },
});

async function bundled(entry: Pick<BuildOptions, "entryPoints" | "stdin">, name: string, plugins: readonly Plugin[] = []): Promise<Program> {
  const { outputFiles } = await build({
    ...entry,
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
    plugins: [withoutWasm, ...plugins],
  });
  const run = compileFunction(outputFiles[0]?.text ?? "", ["module", "exports", "require", ...WORLD], { filename: `simulated:${name}` });
  return (world, modules) => {
    const module: { exports: Record<string, unknown> } = { exports: {} };
    const require = (asked: string): unknown => {
      if (!(asked in modules)) throw new Error(`${name} asks for ${asked}`);
      return modules[asked];
    };
    run(module, module.exports, require, ...WORLD.map((name) => world[name]));
    return module.exports;
  };
}
