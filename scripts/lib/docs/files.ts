import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.ts";

export const read = (path: string): string => readFileSync(join(root, path), "utf8");
export const exists = (path: string): boolean => existsSync(join(root, path));

/** Files below a folder whose name ends in one of `endings`, sorted, as paths from the root. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  if (!exists(folder)) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => endings.some((ending) => path.endsWith(ending)) && statSync(join(root, path)).isFile())
    .sort();
}

/** Writes a generated file; in check mode only says whether it would change. */
export function put(path: string, text: string, check: boolean): string[] {
  if (exists(path) && read(path) === text) return [];
  if (check) return [`${path} is stale`];
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
  return [];
}
