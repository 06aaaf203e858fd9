import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SERVERS } from "./contenders/servers.ts";
import { withDescriptors } from "./lib/descriptors.ts";
import { readOptions } from "./lib/options.ts";
import { runLoad } from "./load/job.ts";
import { perCpuSecond } from "./load/measurement.ts";
import { cpuProfile } from "./profile/inspector.ts";
import { selfTimes } from "./profile/self-time.ts";

/**
 * Where a server's processor time goes in one scenario: `node bench/profile.ts --scenario fan-out-100 --contender wigwag`. JavaScript by
 * the DevTools protocol, the whole process by `perf`, one after the other, because each slows the other down.
 */
const SERVER_CPU = 0;
const LOAD_CPU = 1;
const PROFILE_SECONDS = 3;
/** Connecting 5,000 clients takes a while, and a profile of that is not wanted. */
const LEAD_IN_SECONDS = 6;
const ROWS = 25;

withDescriptors();
const options = readOptions(process.argv.slice(2));
const [scenario] = options.scenarios;
const [contender] = options.contenders;
if (scenario === undefined || contender === undefined) throw new Error("one scenario and one contender, please");

const directory = await mkdtemp(join(tmpdir(), "wigwag-profile-"));
const inspectorPort = options.port + 1;
const server = await SERVERS[contender]({ port: options.port, directory, cpu: SERVER_CPU, inspectorPort });
try {
  const seconds = LEAD_IN_SECONDS + 2 * PROFILE_SECONDS + 2;
  const load = runLoad({ scenario: scenario.id, contender, url: server.url, serverPid: server.pid, warmupSeconds: 1, seconds }, LOAD_CPU);
  await Promise.race([load, wait(LEAD_IN_SECONDS * 1000)]);
  const native = await nativeProfile(server.pid);
  const profile = await cpuProfile(inspectorPort, PROFILE_SECONDS);
  const path = join(import.meta.dirname, "results", `${scenario.id}-${contender}.cpuprofile`);
  await mkdir(join(import.meta.dirname, "results"), { recursive: true });
  await writeFile(path, JSON.stringify(profile));
  console.log(`${scenario.title}, ${contender}\n\nJavaScript, self time (${path})`);
  for (const { what, share } of selfTimes(profile).slice(0, ROWS)) console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${what}`);
  console.log(`\nwhole process\n${native}`);
  console.log(`\n${Math.round(perCpuSecond(await load))} per CPU-second while profiled`);
} finally {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
}
process.exit(0);

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The most expensive native symbols, or why there are none. */
async function nativeProfile(pid: number): Promise<string> {
  const run = promisify(execFile);
  const data = join(directory, "perf.data");
  try {
    await run("perf", ["record", "-q", "-F", "997", "-o", data, "-p", String(pid), "--", "sleep", String(PROFILE_SECONDS)]);
    const { stdout } = await run("perf", ["report", "-i", data, "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.7"], { maxBuffer: 1 << 26 });
    const lines = stdout.split("\n").filter((line) => /^\s+\d/.test(line));
    return lines.slice(0, ROWS).join("\n");
  } catch (error) {
    return `no perf here: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}
