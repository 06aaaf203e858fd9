/** `npm run demo`: clients and the service are killed while real text and pictures travel, and nothing is lost or doubled. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageIsBuilt } from "./demo/built.ts";
import { type DemoOptions, FULL, HELP, parseOptions, QUICK } from "./demo/options.ts";
import { root } from "./lib/root.ts";

async function demonstrate({ quick, keep, url }: DemoOptions): Promise<boolean> {
  // Reading the Worker's configuration takes seconds to load, which whoever only wants help need not wait for.
  const { givenService, ownService } = await import("./demo/service.ts");
  const { Run } = await import("./demo/run.ts");
  const directory = mkdtempSync(join(tmpdir(), "wigwag-demo-"));
  const service = url === undefined ? await ownService(directory) : givenService(url);
  const run = new Run(directory, service, quick ? QUICK : FULL);
  try {
    return await run.perform();
  } finally {
    await run.end();
    await service.own?.kill();
    if (keep) console.log(`What was sent and received is in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  }
}

function read(): DemoOptions | "help" {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(2);
  }
}

const options = read();
if (options === "help") console.log(HELP);
else {
  if (!packageIsBuilt()) {
    console.log("Building the package …");
    const { status } = spawnSync(process.execPath, ["scripts/build.ts"], { cwd: root, stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
  const good = await demonstrate(options).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return false;
  });
  process.exit(good ? 0 : 1);
}
