import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
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
    for (const script of SCRIPTS.filter((one) => existsSync(join(from, one)))) {
      await build({
        entryPoints: [join(from, script)],
        outfile: join(to, script.replace(/\.tsx?$/, ".js")),
        bundle: true,
        format: "esm",
        target: "es2022",
        minify: true,
        sourcemap: true,
        logLevel: "error",
        // A page of ours runs the hooks for React in the small library that does the same.
        alias: { react: "preact/compat" },
      });
    }
  }
}

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((one) => /\.(html|css|svg|png|webmanifest)$/.test(one))) cpSync(join(from, file), join(to, file));
}
