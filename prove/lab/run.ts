import { join } from "node:path";
import { randomFrom } from "../../test/support/random.ts";
import { type OldSources, oldSourcesPlugin } from "../builds/old-sources.ts";
import type { Patch } from "../builds/patch.ts";
import { SETTINGS } from "./app.ts";
import { castOf } from "./client/cast.ts";
import { buildClients } from "./client-build.ts";
import { crewOf, type Totals } from "./crew.ts";
import { startDatabaseServer } from "./database-server.ts";
import { afterLeaseMs, takeStock, wake } from "./ending.ts";
import type { FaultKind, Lab } from "./fault.ts";
import { DATABASE_FAULTS, FAULTS } from "./faults/catalogue.ts";
import { attack } from "./nemesis.ts";
import type { Profile } from "./profiles.ts";
import { startProxy } from "./proxy.ts";
import { LabRecord, now } from "./record.ts";
import { Rest } from "./rest.ts";
import { startServer } from "./server.ts";

export interface RunOptions {
  readonly profile: Profile;
  readonly seed: number;
  /** Empty; the caller's to keep or remove. */
  readonly directory: string;
  readonly port: number;
  /** What the nemesis chooses from; all there is where absent. */
  readonly faults?: readonly FaultKind[];
  /** What is allowed for everything to come to rest once the faults have stopped. */
  readonly restMs?: number;
  /** Seeded bugs, of the server's sources or the client's. */
  readonly patches?: readonly Patch[];
  /** Every second process of clients has an old SDK, and the service is an old one until it is built anew: with these patches. */
  readonly before?: OldSources;
  readonly nextPatches?: readonly Patch[];
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

export interface RunOutcome {
  readonly totals: Totals;
  readonly faults: number;
  /** What kept the run from its end. */
  readonly troubles: readonly string[];
}

const PROGRESS_EVERY_MS = 5_000;
/** Everything that was under way has its outcome, and everybody is back, long before. */
const REST_MS = 150_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Attacks a service of its own for as long as the profile says, and leaves a run directory that can be judged. */
export async function run({
  profile,
  seed,
  directory,
  port,
  patches = [],
  faults: kinds = faultsOf(profile),
  restMs = REST_MS,
  before,
  nextPatches = [],
  say,
}: RunOptions): Promise<RunOutcome> {
  const record = new LabRecord(directory, profile, seed);
  const cast = castOf(seed, profile.processes, profile.devices);
  const program = join(directory, "clients.mjs");
  const ofClients = patches.filter(({ file }) => file.startsWith("src/client/"));
  const ofServer = patches.filter((patch) => !ofClients.includes(patch));
  const faults = await available(kinds, say);
  await buildClients(program, ofClients);
  const programs = [program];
  if (before !== undefined) {
    programs.unshift(join(directory, "old-clients.mjs"));
    await buildClients(programs[0] ?? "", [], [oldSourcesPlugin(before.root)]);
  }
  const server = await (profile.database === true ? startDatabaseServer : startServer)({
    directory: join(directory, "server"),
    port,
    timeScale: profile.timeScale,
    patches: ofServer,
    nextPatches,
    ...(before !== undefined && { before }),
  });
  const proxy = await startProxy({ target: server.url, random: randomFrom(seed + 1) });
  const rest = new Rest(server.url);
  await rest.settings(SETTINGS);
  for (const { name, log } of cast.channels) {
    await rest.configure(name, log);
    record.note({ is: "promised", target: `channel:${name}`, log });
  }
  const crew = crewOf(programs, proxy.url, profile, seed, record);
  const lab: Lab = {
    ...{ server, proxy, clients: crew.processes, timeScale: profile.timeScale, now, pause },
    fault: (fault) => record.note({ is: "fault", ...fault }),
  };
  const startedAt = now();
  const progress = setInterval(() => say(progressLine(now() - startedAt, crew.totals(), record.faults)), PROGRESS_EVERY_MS);
  try {
    await attack(lab, { faults, seed, quietMs: profile.quietMs, together: profile.together }, startedAt + profile.seconds * 1_000);
    record.note({ is: "calm" });
    const whole = await crew.rest(restMs, pause);
    await wake(rest, cast);
    await pause(afterLeaseMs(profile.timeScale));
    await takeStock(rest, crew, cast, record);
    const totals = crew.totals();
    const troubles = [...crew.failures(), ...(whole ? [] : [`not at rest after ${restMs / 1_000} s: ${JSON.stringify(totals)}`])];
    if (troubles.length > 0) say(server.log());
    await crew.end();
    return { totals, faults: record.faults, troubles };
  } finally {
    clearInterval(progress);
    for (const process of crew.processes) await process.kill();
    await proxy.stop();
    await server.end();
  }
}

const faultsOf = ({ database }: Profile): readonly FaultKind[] => (database === true ? [...FAULTS, ...DATABASE_FAULTS, ...DATABASE_FAULTS] : FAULTS);

async function available(faults: readonly FaultKind[], say: (line: string) => void): Promise<FaultKind[]> {
  const kinds: FaultKind[] = [];
  for (const kind of faults) {
    const missing = await kind.missing?.();
    if (missing === undefined) kinds.push(kind);
    else say(`without ${kind.name}: ${missing}`);
  }
  return kinds;
}

const progressLine = (ms: number, { acked, said, heard, away, underWay }: Totals, faults: number): string =>
  `${(ms / 1_000).toFixed(0).padStart(5)} s  acked ${acked} of ${said}, heard ${heard}, under way ${underWay}, away ${away}, faults ${faults}`;
