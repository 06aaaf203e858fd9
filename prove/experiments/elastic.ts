import { join } from "node:path";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, Finding } from "../experiment.ts";
import type { CrowdOptions, Errand, Report } from "./elastic/errand.ts";
import { cpuSecondsOf, rest, SECRET, type Service, startService } from "./support/service.ts";
import { startSideProcess } from "./support/side-process.ts";

const RULE = "HX15";
const CHANNEL = "elastic";
const FEW = 100;
/** Two descriptors a socket in the server: of 20,000 that leaves room for the rest. */
const MOST = Number(process.env.WIGWAG_ELASTIC ?? "9000");
/** Over how many processes of workerd hub and leaves are spread. */
const SERVERS = Number(process.env.WIGWAG_PROCESSES ?? "1");
const PROCESSES = 2;
const MESSAGES_PER_SECOND = 50;
const JOINS_PER_SECOND = Number(process.env.WIGWAG_JOINS ?? "300");
const STEADY_MS = 15_000;
const WITHIN_MS = 60_000;
/** Members that stay while the others come and go hear late by so much more at most. */
const P99_RATIO = 2;
const P99_SLACK_MS = 20;
/** A steady state that is no better says nothing about the rest: the machine has no time for it. */
const STEADY_P99_MS = 2_000;
/** The service's times, so that it shrinks within the experiment. */
const TIME_SCALE = 0.5;

const share = (members: number): number => Math.round(members / PROCESSES);

interface Load {
  readonly members: number;
  readonly sockets: number;
  readonly ownSockets: number;
  readonly plan: { readonly leaves: number; readonly relays: number };
  readonly counters: Readonly<Record<string, number>>;
}

interface Phase extends Omit<Report, "wrong" | "closed" | "refused"> {
  readonly name: string;
  readonly leaves: number;
  readonly cpuShare: number;
  readonly seconds: number;
}

/** A channel grows a hundredfold and shrinks again while its members speak. */
export const ELASTIC: Experiment = {
  name: "elastic",
  title: `a channel grows from ${FEW} to ${MOST} members and back while ${MESSAGES_PER_SECOND} messages a second flow: who misses something, and how late it is heard`,
  run: async ({ directory, say }) => {
    const service = await startService({
      directory,
      variables: { WIGWAG_CHANNEL_HUB_MEMBERS: "1000", WIGWAG_CHANNEL_LEAF_MEMBERS: "1000", WIGWAG_TIME_SCALE: String(TIME_SCALE) },
      settings: { recoveryMs: 600_000 },
      processes: SERVERS,
    });
    const { url, urls, app, certificate } = service;
    const crowds = Array.from({ length: PROCESSES }, (_, index) =>
      startSideProcess<Report>(join(import.meta.dirname, "elastic/crowd.ts"), {
        ...{ url, urls, app, certificate, secret: SECRET, channel: CHANNEL, prefix: `m${index}-`, publishers: share(FEW) },
      } satisfies CrowdOptions),
    );
    const violations: Violation[] = [];
    const phases: Phase[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const all = (errand: Errand): Promise<Report[]> => Promise.all(crowds.map((crowd) => crowd.ask(errand)));
    const phase = async (name: string, errand: Errand): Promise<Phase> => {
      const cpu = cpuSecondsOf(service);
      const begin = performance.now();
      const reports = await all(errand);
      const seconds = (performance.now() - begin) / 1000;
      const { plan } = await loadOf(service);
      const cpuShare = (cpuSecondsOf(service) - cpu) / seconds;
      const found = { name, leaves: plan.leaves, cpuShare, seconds, ...merged(reports, (what) => wrong(`${name}: ${what}`)) };
      phases.push(found);
      const told = reports.flatMap(({ closed, refused }) => [...closed, ...refused].map(([why, times]) => `${why} ${times}x`)).join(", ");
      say(
        `${name}: ${found.members} members, ${plan.leaves} leaves, p50 ${found.p50Ms.toFixed(0)} ms, p99 ${found.p99Ms.toFixed(0)} ms, ${Math.round(found.deliveries / seconds)} deliveries/s, ${Math.round(cpuShare * 100)} % CPU, ${found.moves} moves, ${found.gaps} gaps, ${seconds.toFixed(0)} s${told === "" ? "" : `; told ${told}`}`,
      );
      return found;
    };
    try {
      await all({ is: "grow", to: share(FEW), perSecond: JOINS_PER_SECOND / PROCESSES });
      await all({ is: "talk", perSecond: MESSAGES_PER_SECOND / PROCESSES });
      const before = await phase(`steady at ${FEW}`, { is: "stay", ms: STEADY_MS });
      const grows = await phase("grows", { is: "grow", to: share(MOST), perSecond: JOINS_PER_SECOND / PROCESSES });
      await phase("the last move", { is: "stay", ms: 8_000 });
      const large = await phase(`steady at ${MOST}`, { is: "stay", ms: STEADY_MS });
      const grown = await loadOf(service);
      const shrinks = await phase("shrinks", { is: "shrink", to: share(FEW), perSecond: JOINS_PER_SECOND / PROCESSES });
      await phase("comes together", { is: "stay", ms: 30_000 });
      const after = await phase(`steady at ${FEW} again`, { is: "stay", ms: STEADY_MS });
      await all({ is: "finish", withinMs: WITHIN_MS });
      const head = Math.max(...(await all({ is: "stay", ms: 1_000 })).map((report) => report.head));
      merged(await all({ is: "heard", upTo: head, withinMs: WITHIN_MS }), wrong);
      const end = await loadOf(service);
      if (grown.plan.leaves < MOST / 1_000) wrong(`it grew to ${grown.plan.leaves} leaves`);
      if (grown.sockets + grown.ownSockets !== MOST) wrong(`${grown.sockets} sockets on leaves and ${grown.ownSockets} on the hub are not ${MOST}`);
      if (end.plan.leaves !== 0 || end.ownSockets !== FEW || end.members !== FEW) wrong(`in the end: ${JSON.stringify(end)}`);
      for (const { name, p99Ms } of [before, large, after]) {
        if (p99Ms > STEADY_P99_MS) wrong(`${name}: p99 ${p99Ms.toFixed(0)} ms, so nothing is said about growth`);
      }
      for (const moving of [grows, shrinks]) {
        const most = Math.max(before.p99Ms, large.p99Ms, after.p99Ms);
        if (moving.p99Ms > Math.max(most * P99_RATIO, most + P99_SLACK_MS))
          wrong(`${moving.name}: p99 ${moving.p99Ms.toFixed(0)} ms, steady ${most.toFixed(0)} ms`);
      }
      return finding(phases, grown, end, violations);
    } finally {
      for (const crowd of crowds) crowd.end();
      await Promise.all(service.servers.map((server) => server.kill()));
    }
  },
};

async function loadOf(service: Service): Promise<Load> {
  const { status, body } = await rest(service, "GET", `/v1/channels/message/${CHANNEL}/load`);
  if (status !== 200) throw new Error(`no load: ${status} ${JSON.stringify(body)}`);
  return body as Load;
}

/** The worst of several crowds. */
function merged(reports: readonly Report[], wrong: (what: string) => void): Omit<Report, "wrong" | "closed" | "refused"> {
  for (const what of new Set(reports.flatMap((report) => report.wrong))) wrong(what);
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const most = (of: (report: Report) => number): number => Math.max(...reports.map(of));
  return {
    members: sum(({ members }) => members),
    head: most(({ head }) => head),
    p50Ms: most(({ p50Ms }) => p50Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    measured: sum(({ measured }) => measured),
    deliveries: sum(({ deliveries }) => deliveries),
    moves: sum(({ moves }) => moves),
    gaps: sum(({ gaps }) => gaps),
  };
}

function finding(phases: readonly Phase[], grown: Load, end: Load, violations: readonly Violation[]): Finding {
  return {
    figures: {
      members: MOST,
      "joins a second": JOINS_PER_SECOND,
      "processes of the service": SERVERS,
      "leaves when large": grown.plan.leaves,
      "messages in all": Math.max(...phases.map(({ head }) => head)),
      "deliveries in all": phases.reduce((sum, { deliveries }) => sum + deliveries, 0),
      ...Object.fromEntries(Object.entries(end.counters).map(([name, count]) => [`hub: ${name}`, count])),
    },
    violations,
    tables: [
      {
        title: "growth and back",
        columns: ["phase", "seconds", "members", "leaves", "p50 ms", "p99 ms", "deliveries/s", "CPU of the server", "moves", "gaps"],
        rows: phases.map(({ name, seconds, members, leaves, p50Ms, p99Ms, deliveries, cpuShare, moves, gaps }) => [
          ...[name, Math.round(seconds), members, leaves, Math.round(p50Ms), Math.round(p99Ms), Math.round(deliveries / seconds)],
          ...[`${Math.round(cpuShare * 100)} %`, moves, gaps],
        ]),
      },
    ],
  };
}
