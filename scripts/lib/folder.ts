import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** By their whole paths. */
export type Files = ReadonlyMap<string, Uint8Array>;

/**
 * A folder has these files and no others. Whoever reads it meanwhile finds each of them, as it was or as it is; one that is the same
 * is not touched. `scratch`, a folder of the same disk, has the half of one that is being written.
 */
export function holdExactly(folder: string, files: Files, scratch: string): void {
  mkdirSync(scratch, { recursive: true });
  for (const [path, contents] of files) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    const half = join(scratch, `${process.pid}.half`);
    writeFileSync(half, contents);
    renameSync(half, path);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path)) rmSync(path, { force: true });
  }
}
