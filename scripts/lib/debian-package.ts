import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** The registry may be slow, and Chromium is large. */
const INSTALL_MS_MAX = 300_000;

/** Installs a package where that may be done: on Debian and its kin, as root, which is what containers of CI are. */
export function installDebianPackage(name: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log(`installing ${name} (once) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...args: string[]): boolean => spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], timeout: INSTALL_MS_MAX, env }).status === 0;
  return run("update") && run("install", "-y", "--no-install-recommends", name);
}
