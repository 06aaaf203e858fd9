import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageIsBuilt } from "../../scripts/demo/built.ts";
import { root } from "../../scripts/lib/root.ts";

/** A folder as a user has it who installed the package: what `npm pack` packs, and nothing of this repository. */
export interface Installed {
  readonly directory: string;
  /** Lends a package of this repository, as if it were installed, too. */
  lend(name: string): void;
  remove(): void;
}

export function installPacked(): Installed {
  if (!packageIsBuilt()) execFileSync(process.execPath, ["scripts/build.ts"], { cwd: root });
  const directory = mkdtempSync(join(tmpdir(), "wigwag-package-"));
  const modules = join(directory, "node_modules");
  mkdirSync(join(modules, "wigwag"), { recursive: true });
  // Ends npm's search for a project, and its wish to look for updates.
  const env = { ...process.env, npm_config_update_notifier: "false" };
  const packed = execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", directory], { cwd: root, env, encoding: "utf8" });
  execFileSync("tar", ["-xzf", join(directory, packed.trim()), "--strip-components=1", "-C", join(modules, "wigwag")]);
  return {
    directory,
    lend: (name) => symlinkSync(join(root, "node_modules", name), join(modules, name), "dir"),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A Node of this machine that is too old to have a WebSocket, if there is one. */
export function nodeWithoutWebSocket(): string | undefined {
  return ["/usr/local/bin/node", "/usr/bin/node", "/opt/node20/bin/node"].find((path) => {
    const { stdout } = spawnSync(path, ["-p", "typeof WebSocket"], { encoding: "utf8" });
    return stdout?.trim() === "undefined";
  });
}
