import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SERVERS } from "./contenders/servers.ts";
import { withDescriptors } from "./lib/descriptors.ts";
import { contendersIn, readOptions } from "./lib/options.ts";
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
const ROWS = 25;
/** C++ names of templates go on for lines. */
const LINE_CHARS_MAX = 150;

withDescriptors();
const options = readOptions(process.argv.slice(2));
const [scenario] = options.scenarios;
const [contender] = scenario === undefined ? [] : contendersIn(options, scenario);
if (scenario === undefined || contender === undefined) throw new Error("one scenario and one contender, please");

const directory = await mkdtemp(join(tmpdir(), "wigwag-profile-"));
const perfData = join(directory, "perf.data");
const run = promisify(execFile);
const inspectorPort = options.port + 1;
const server = await SERVERS[contender]({ port: options.port, directory, cpu: SERVER_CPU, inspectorPort });
try {
  const seconds = 2 * PROFILE_SECONDS + 2;
  const measuring = Promise.withResolvers<void>();
  const job = { scenario: scenario.id, contender, url: server.url, serverPid: server.pid, warmupSeconds: 1, settles: true, seconds };
  const load = runLoad(job, LOAD_CPU, measuring.resolve);
  // Connecting takes a while, and a profile of that is not wanted. A load that fails before says why.
  await Promise.race([measuring.promise, load]);
  const recorded = await recordNative(server.pid);
  const profile = await cpuProfile(inspectorPort, PROFILE_SECONDS);
  const perSecond = Math.round(perCpuSecond(await load));
  const path = join(import.meta.dirname, "results", `${scenario.id}-${contender}.cpuprofile`);
  await mkdir(join(import.meta.dirname, "results"), { recursive: true });
  await writeFile(path, JSON.stringify(profile));
  console.log(`${scenario.title}, ${contender}\n\nJavaScript, self time (${path})`);
  for (const { what, share } of selfTimes(profile).slice(0, ROWS)) console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${what}`);
  console.log(`\nwhole process\n${recorded ?? (await nativeSymbols())}`);
  console.log(`\n${perSecond} per CPU-second while profiled`);
} finally {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
}
process.exit(0);

/** Samples the process; answers why it could not, if it could not. */
async function recordNative(pid: number): Promise<string | undefined> {
  const args = ["record", "-q", "-F", "997", "-o", perfData, "-p", String(pid), "--", "sleep", String(PROFILE_SECONDS)];
  return run("perf", args).then(
    () => undefined,
    (error: unknown) => `no perf here: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
  );
}

/** The most expensive native symbols. It takes perf a while to find them, so the load must be over. */
async function nativeSymbols(): Promise<string> {
  const args = ["report", "-i", perfData, "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.7"];
  const { stdout } = await run("perf", args, { maxBuffer: 1 << 26 });
  const lines = stdout.split("\n").filter((line) => /^\s+\d/.test(line));
  return lines
    .slice(0, ROWS)
    .map((line) => line.slice(0, LINE_CHARS_MAX))
    .join("\n");
}
