import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { root } from "../lib/root.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** Of the checkout's development app. */
export function developmentVariables(): Variables {
  const file = join(root, ".dev.vars");
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
