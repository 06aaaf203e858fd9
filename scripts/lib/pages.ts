import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { root } from "./root.ts";

const SOURCE = join(root, "src", "demo");
const TARGET = join(root, "public", "demo");

/** What a page has of scripts, each a file of its own. */
const SCRIPTS = ["main.ts", "main.tsx", "service-worker.ts"];

/** Bundles the demo pages of `src/demo/<name>/` into `public/demo/<name>/`, which the Worker serves as assets; `/demo/` lists them. */
export async function buildPages(): Promise<void> {
  rmSync(TARGET, { recursive: true, force: true });
  if (!existsSync(SOURCE)) return;
  copyFiles(SOURCE, TARGET);
  for (const { name } of readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const from = join(SOURCE, name);
    const to = join(TARGET, name);
    copyFiles(from, to);
    let parts: readonly string[] = [];
    for (const script of SCRIPTS.filter((one) => existsSync(join(from, one)))) {
      const { metafile } = await build({
        entryPoints: [join(from, script)],
        outdir: to,
        absWorkingDir: root,
        bundle: true,
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
      if (!script.startsWith("main.")) continue;
      const named = (path: string): string => relative(to, join(root, path)).replaceAll("\\", "/");
      parts = Object.keys(metafile.outputs)
        .map(named)
        .filter((name) => name.startsWith("parts/") && name.endsWith(".js"));
      preload(join(to, "index.html"), neededAtOnce(metafile).map(named));
    }
  }
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
function preload(page: string, parts: readonly string[]): void {
  if (parts.length === 0) return;
  const links = parts.map((part) => `<link rel="modulepreload" href="${part}">\n    `).join("");
  writeFileSync(page, readFileSync(page, "utf8").replace('<script type="module" src="main.js">', `${links}$&`));
}

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((one) => /\.(html|css|svg|png|webmanifest)$/.test(one))) cpSync(join(from, file), join(to, file));
}
