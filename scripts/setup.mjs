// Makes everything ready that a fresh machine lacks, then runs the script it is given on the project's own Node. Runs on
// whatever Node the system has, so: plain JavaScript, no packages. Not `setup && node …` in one line: a shell that has found
// `node` once does not look again, and would go on with the system's.
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".wigwag-installed");

/** Changes when the packages asked for do. */
function wanted() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return createHash("sha256")
    .update(JSON.stringify([dependencies, devDependencies]))
    .digest("hex");
}

function install() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted()) return;
  console.log("Installing packages (once, about a minute) …");
  // Not `npm ci`: a lock file holds the optional packages of the platform it was written on only.
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm install failed: see above. It needs the npm registry.");
    process.exit(status ?? 1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted());
}

/** Secrets of the local development app: random per checkout, never committed. */
function developmentSecrets() {
  const file = join(root, ".dev.vars");
  const example = join(root, ".dev.vars.example");
  if (existsSync(file) || !existsSync(example)) return;
  const hex = (bytes) => randomBytes(bytes).toString("hex");
  const values = {
    WIGWAG_SECRET: hex(32),
    WIGWAG_DEV_APP_ID: hex(16),
    WIGWAG_DEV_APP_CERTIFICATE: hex(16),
    WIGWAG_DEV_API_KEY: `wk_${hex(24)}`,
    WIGWAG_OPERATOR_KEY: `wo_${hex(24)}`,
  };
  const text = readFileSync(example, "utf8").replace(/^(WIGWAG_[A-Z_]+) = .*$/gm, (line, name) =>
    values[name] === undefined ? line : `${name} = "${values[name]}"`,
  );
  writeFileSync(file, text, { mode: 0o600 });
  console.log("Made .dev.vars with a development app of your own.");
}

install();
developmentSecrets();

const [script, ...args] = process.argv.slice(2);
if (script !== undefined) {
  const child = spawn(join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node"), [script, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}
