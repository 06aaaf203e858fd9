import { join } from "node:path";
import { DESCRIPTORS_NEEDED } from "../../bench/lib/descriptors.ts";
import { treeUsage } from "../../bench/lib/server-usage.ts";
import { inParallel, pause } from "../../bench/load/parallel.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, Finding } from "../experiment.ts";
import { type CrowdOptions, channelOf, type Errand, type Report } from "./storm/errand.ts";
import type { Manner } from "./storm/light-client.ts";
import { largest, residentMb, startSeries } from "./support/series.ts";
import { rest, type Service, startService } from "./support/service.ts";
import { type SideProcess, startSideProcess } from "./support/side-process.ts";
import { spreadOf } from "./support/spread.ts";

const RULE = "HX10";
/** workerd holds two open files for each socket and three for each object that is awake: five thousand users would be more than common limits allow. */
const DEVICES_PER_USER = 5;
const PER_CHANNEL = 50;
const PROCESSES = 2;
/** Whoever is not back by then does not come back, on whatever machine. */
const WITHIN_MS = 120_000;
const HEARD_WITHIN_MS = 30_000;
const SETTLE_MS = 3_000;
const CALLS_AT_ONCE = 6;

const ROUNDS: readonly { readonly manner: Manner; readonly name: string }[] = [
  { manner: "spread", name: "as the SDK does" },
  { manner: "at-once", name: "all at once" },
  { manner: "expired-token", name: "with ended tokens" },
];

interface Round {
  readonly name: string;
  readonly upMs: number;
  readonly wholeMs: readonly number[];
  readonly missing: number;
  readonly deaf: number;
  readonly attempts: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

/** The whole service dies with so many clients, and all come back. */
export const stormOf = (clients: number): Experiment => ({
  name: "storm",
  title: `${clients} clients lose the service at one moment and come back: spread as the SDK does, all at once, and with tokens that have ended`,
  missing: async () =>
    Number(await softLimit()) < DESCRIPTORS_NEEDED ? `it takes ${DESCRIPTORS_NEEDED} open files: ulimit -n ${DESCRIPTORS_NEEDED}` : undefined,
  run: async ({ directory, say }) => {
    const service = await startService({ directory });
    const { url, app, certificate } = service;
    const share = clients / PROCESSES;
    const crowds = Array.from({ length: PROCESSES }, (_, index) =>
      startSideProcess<Report>(join(import.meta.dirname, "storm/crowd.ts"), {
        ...{ url, app, certificate, from: index * share, to: (index + 1) * share, devicesPerUser: DEVICES_PER_USER, perChannel: PER_CHANNEL },
      } satisfies CrowdOptions),
    );
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    try {
      const enteredAt = performance.now();
      await Promise.all(crowds.map((crowd) => crowd.ask({ is: "enter" } satisfies Errand)));
      const enterSeconds = (performance.now() - enteredAt) / 1000;
      say(`${clients} clients have logged in and joined, in ${enterSeconds.toFixed(0)} s`);
      const before = residentMb(service.server.pid);
      const rounds: Round[] = [];
      for (const { manner, name } of ROUNDS) {
        const round = await storm(service, crowds, { manner, name, clients }, wrong);
        const whole = spreadOf(round.wholeMs);
        say(`${name}: all are whole after ${(whole.most / 1000).toFixed(1)} s, half after ${(whole.p50 / 1000).toFixed(1)} s; ${round.attempts} attempts`);
        rounds.push(round);
      }
      return finding(rounds, { clients, before, enterSeconds }, violations);
    } finally {
      for (const crowd of crowds) crowd.end();
      await service.server.kill();
    }
  },
});

export const STORM = stormOf(5_000);

async function softLimit(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const limits = await readFile("/proc/self/limits", "latin1").catch(() => "");
  return /Max open files\s+(\d+)/.exec(limits)?.[1] ?? "0";
}

interface Storm {
  readonly manner: Manner;
  readonly name: string;
  readonly clients: number;
}

async function storm(
  service: Service,
  crowds: readonly SideProcess<Report>[],
  { manner, name, clients }: Storm,
  wrong: (what: string) => void,
): Promise<Round> {
  const waiting = Promise.all(crowds.map((crowd) => crowd.ask({ is: "storm", manner, withinMs: WITHIN_MS } satisfies Errand)));
  // The crowds know what to do before the service is gone.
  await pause(SETTLE_MS / 3);
  const killedAt = Date.now();
  await service.server.kill();
  await service.server.restart();
  const upMs = Date.now() - killedAt;
  const memory = startSeries(250, () => residentMb(service.server.pid));
  const reports = await waiting;
  const { cpuSeconds } = treeUsage(service.server.pid);
  const wholeMs = reports.flatMap(({ wholeAt }) => wholeAt.map((at) => at - killedAt));
  const missing = reports.reduce((sum, report) => sum + report.missing, 0);
  const data = `after ${manner}`;
  const channels = Math.ceil(clients / PER_CHANNEL);
  await inParallel(channels, CALLS_AT_ONCE, async (index) => {
    const channel = channelOf(index * PER_CHANNEL, PER_CHANNEL);
    const { status } = await rest(service, "POST", `/v1/channels/message/${channel}/messages`, { from: "server", data });
    if (status !== 200) wrong(`${name}: a publish to ${channel} was answered with ${status}`);
  });
  const heard = await Promise.all(crowds.map((crowd) => crowd.ask({ is: "heard", data, withinMs: HEARD_WITHIN_MS } satisfies Errand)));
  const deaf = heard.reduce((sum, report) => sum + report.missing, 0);
  const refusals = new Map<string, number>();
  for (const { refusals: own } of reports) for (const [why, times] of own) refusals.set(why, (refusals.get(why) ?? 0) + times);
  if (missing > 0) wrong(`${name}: ${missing} clients were not whole after ${WITHIN_MS / 1000} s`);
  if (deaf !== 0) wrong(`${name}: a message to every channel was heard ${clients - deaf} times, not ${clients}`);
  for (const what of new Set(heard.flatMap((report) => report.wrong))) wrong(`${name}: ${what}`);
  if (manner === "expired-token") {
    const told = [...refusals].reduce((sum, [why, times]) => sum + (why.startsWith("4100") ? times : 0), 0);
    if (told < clients) wrong(`${name}: ${told} of ${clients} were told that their token has ended`);
  }
  await pause(SETTLE_MS);
  const round = { name, upMs, wholeMs, missing, deaf, refusals, attempts: reports.reduce((sum, { attempts }) => sum + attempts, 0) };
  return { ...round, peakMb: largest(memory.stop()), cpuSeconds };
}

function finding(
  rounds: readonly Round[],
  { clients, before, enterSeconds }: { clients: number; before: number; enterSeconds: number },
  violations: readonly Violation[],
): Finding {
  const seconds = (ms: number): number => Math.round(ms / 100) / 10;
  return {
    figures: {
      clients,
      "logins and joins a second, at the beginning": Math.round(clients / enterSeconds),
      "memory of the server before, MB": Math.round(before),
      ...Object.fromEntries(
        rounds.flatMap(({ name, wholeMs, upMs, peakMb, cpuSeconds, attempts }) => {
          const whole = spreadOf(wholeMs);
          return [
            [`${name}: s until the next process answers`, seconds(upMs)],
            [`${name}: s until half are whole`, seconds(whole.p50)],
            [`${name}: s until all are whole`, seconds(whole.most)],
            [`${name}: whole a second`, Math.round(wholeMs.length / Math.max(0.001, (whole.most - upMs) / 1000))],
            [`${name}: attempts`, attempts],
            [`${name}: memory of the server, MB at most`, Math.round(peakMb)],
            [`${name}: processor time of the server, s`, seconds(cpuSeconds * 1000)],
          ];
        }),
      ),
    },
    violations,
    tables: [
      {
        title: "who was refused, and what they were told",
        columns: ["storm", "told", "times"],
        rows: rounds.flatMap(({ name, refusals }) => [...refusals].sort(([, a], [, b]) => b - a).map(([why, times]) => [name, why, times])),
      },
    ],
  };
}
