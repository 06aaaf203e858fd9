import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/root.ts";

/** Whether `dist/` is there and younger than what it is made of. */
export function packageIsBuilt(): boolean {
  const built = join(root, "dist", "rtm", "index.d.ts");
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  return ["client", "rtm", "protocol", "util"].every((part) => newest(join(root, "src", part)) <= builtAt);
}

const newest = (folder: string): number =>
  Math.max(...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => statSync(join(folder, name)).mtimeMs));
