import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./root.ts";

const SOURCE = join(root, "src", "demo");
const TARGET = join(root, "public", "demo");

/** Bundles the demo pages of `src/demo/<name>/` into `public/demo/<name>/`, which the Worker serves as assets; `/demo/` lists them. */
export async function buildPages(): Promise<void> {
  rmSync(TARGET, { recursive: true, force: true });
  if (!existsSync(SOURCE)) return;
  copyFiles(SOURCE, TARGET);
  for (const { name } of readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const from = join(SOURCE, name);
    const to = join(TARGET, name);
    copyFiles(from, to);
    if (existsSync(join(from, "main.ts"))) {
      await build({
        entryPoints: [join(from, "main.ts")],
        outfile: join(to, "main.js"),
        bundle: true,
        format: "esm",
        target: "es2022",
        minify: true,
        sourcemap: true,
        logLevel: "error",
      });
    }
  }
}

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((one) => /\.(html|css|svg|png|webmanifest)$/.test(one))) cpSync(join(from, file), join(to, file));
}
