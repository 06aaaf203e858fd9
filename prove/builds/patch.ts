import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "../../scripts/lib/root.ts";

/** A change to one source file that a test build has and the product never: a seeded bug, or a place to stop at. */
export interface Patch {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The file's text with the patches that are for it. A patch that no longer fits is an error: it must follow the source. */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  return patches.reduce((changed, { name, file: own, find, replace }) => {
    if (own !== file) return changed;
    const parts = changed.split(find);
    if (parts.length !== 2) throw new Error(`patch ${name}: "${find}" stands ${parts.length - 1} times in ${file}`);
    return parts.join(replace);
  }, text);
}

/** For esbuild: the sources as the patches make them. */
export function patchPlugin(patches: readonly Patch[]): Plugin {
  const files = new Set(patches.map(({ file }) => file));
  return {
    name: "patches",
    setup: (build) => {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(root, path);
        if (!files.has(file)) return undefined;
        return { contents: patched(file, await readFile(path, "utf8"), patches), loader: "ts" };
      });
    },
  };
}
