import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { must } from "../../src/util/assert.ts";
import { type Files, holdExactly } from "./folder.ts";
import { root } from "./root.ts";

const SOURCE = join(root, "src", "demo");
const TARGET = join(root, "public", "demo");

/** What a page has of scripts, each a file of its own. */
const SCRIPTS = ["main.ts", "main.tsx", "service-worker.ts"];

/**
 * Bundles the demo pages of `src/demo/<name>/` into `public/demo/<name>/`, which the Worker serves as assets; `/demo/` lists them.
 * What is there already stays as it is: services of other processes may be reading it.
 */
export async function buildPages(): Promise<void> {
  const names = readdirSync(SOURCE, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  const pages = await Promise.all(names.map((name) => page(join(SOURCE, name), join(TARGET, name))));
  holdExactly(TARGET, new Map([...filesOf(SOURCE, TARGET), ...pages.flatMap((files) => [...files])]), join(root, ".setup"));
}

async function page(from: string, to: string): Promise<Files> {
  const files = filesOf(from, to);
  let parts: readonly string[] = [];
  for (const script of SCRIPTS.filter((one) => existsSync(join(from, one)))) {
    const { metafile, outputFiles } = await build({
      entryPoints: [join(from, script)],
      outdir: to,
      absWorkingDir: root,
      bundle: true,
      write: false,
      // What a page imports only when it wants it stands in a part of its own.
      splitting: true,
      chunkNames: "parts/[name]-[hash]",
      metafile: true,
      format: "esm",
      target: "es2022",
      minify: true,
      sourcemap: true,
      logLevel: "error",
      // A page of ours runs the hooks for React in the small library that does the same.
      alias: { react: "preact/compat" },
      // The service worker keeps these, too, for a page without a network.
      define: { PAGE_PARTS: JSON.stringify(parts) },
    });
    for (const { path, contents } of outputFiles) files.set(path, contents);
    if (!script.startsWith("main.")) continue;
    const named = (path: string): string => relative(to, join(root, path)).replaceAll("\\", "/");
    parts = Object.keys(metafile.outputs)
      .map(named)
      .filter((name) => name.startsWith("parts/") && name.endsWith(".js"));
    preload(files, join(to, "index.html"), neededAtOnce(metafile).map(named));
  }
  return files;
}

/** Parts that the program cannot begin without. */
function neededAtOnce({ outputs }: Metafile): string[] {
  const needed = new Set<string>();
  const visit = (path: string): void => {
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind !== "import-statement" || needed.has(imported)) continue;
      needed.add(imported);
      visit(imported);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint !== undefined && /main\.tsx?$/.test(entryPoint)) visit(path);
  return [...needed];
}

/** The browser asks for them together with the program, and not after it. */
function preload(files: Map<string, Uint8Array>, page: string, parts: readonly string[]): void {
  if (parts.length === 0) return;
  const html = must(files.get(page), `a page at ${page}`);
  const links = parts.map((part) => `<link rel="modulepreload" href="${part}">\n    `).join("");
  files.set(page, new TextEncoder().encode(new TextDecoder().decode(html).replace('<script type="module" src="main.js">', `${links}$&`)));
}

/** What a page has besides its scripts. */
function filesOf(from: string, to: string): Map<string, Uint8Array> {
  const names = readdirSync(from).filter((one) => /\.(html|css|svg|png|webmanifest)$/.test(one));
  return new Map(names.map((name) => [join(to, name), readFileSync(join(from, name))]));
}
