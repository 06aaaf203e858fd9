import { join } from "node:path";
import { pause } from "../../bench/load/parallel.ts";
import { PRIORITIES, type Priority } from "../../src/protocol/priority.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, Finding } from "../experiment.ts";
import { type CrowdOptions, type Errand, type PerPriority, perPriority, type Rates, type Report } from "./room/errand.ts";
import { cpuSecondsOf, rest, SECRET, type Service, startService, takeCounts } from "./support/service.ts";
import { startSideProcess } from "./support/side-process.ts";

const RULE = "HX20";
const ROOM = "arena";
const PROCESSES = 2;
const WITHIN_MS = 30_000;
const DRAIN_MS = 1_000;
/** Of what is said: what counts, what is said, and likes. */
const SHARES: Readonly<Record<Priority, number>> = { high: 0.1, normal: 0.4, low: 0.5 };
/** The room takes so much of it. */
const TAKEN = 0.8;

export interface RoomSize {
  readonly viewers: number;
  readonly messagesPerSecond: number;
  readonly joinsPerSecond: number;
  /** Over how many processes of workerd hub and leaves are spread. */
  readonly servers?: number;
  /** From so many viewers on there are leaves, of so many each. */
  readonly leafMembers?: number;
  /** From so many on they are counted. */
  readonly countedMembers?: number | undefined;
  /** How long viewers have to go where the room has them by now, and how long is talked before it is measured. */
  readonly settleSeconds?: number;
  /** How late what has a high priority may be heard, p99. */
  readonly p99MsMost?: number;
}

interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly cpuShare: number;
  readonly leaves: number;
  readonly reports: readonly Report[];
}

/** A large room over real sockets: what counts is heard by all, and what is left out is counted. */
export const largeRoomOf = ({
  viewers,
  messagesPerSecond,
  joinsPerSecond,
  servers = 1,
  leafMembers = 1000,
  countedMembers,
  settleSeconds = 10,
  p99MsMost = 300,
}: RoomSize): Experiment => ({
  name: "large-room",
  title: `a room of ${viewers} viewers with ${messagesPerSecond} messages a second of all priorities: does everybody hear what counts, how late, and is the rest counted`,
  run: async ({ directory, seconds, say }) => {
    const service = await startService({
      directory,
      processes: servers,
      counts: true,
      variables: {
        ...{ WIGWAG_CHANNEL_HUB_MEMBERS: String(leafMembers), WIGWAG_CHANNEL_LEAF_MEMBERS: String(leafMembers) },
        ...(countedMembers !== undefined && { WIGWAG_CHANNEL_COUNTED_MEMBERS: String(countedMembers) }),
      },
    });
    const { url, urls, app, certificate } = service;
    const crowds = Array.from({ length: PROCESSES }, (_, index) =>
      startSideProcess<Report>(join(import.meta.dirname, "room/crowd.ts"), {
        ...{ url, urls, app, certificate, secret: SECRET, room: ROOM, prefix: `v${index}-` },
      } satisfies CrowdOptions),
    );
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const phases: Phase[] = [];
    const phase = async (name: string, errand: (share: number) => Errand): Promise<Phase> => {
      const cpu = cpuSecondsOf(service);
      const begin = performance.now();
      const reports = await Promise.all(crowds.map((crowd, index) => crowd.ask(errand(index))));
      const length = (performance.now() - begin) / 1000;
      for (const what of new Set(reports.flatMap((report) => report.wrong))) wrong(`${name}: ${what}`);
      const found = { name, seconds: length, cpuShare: (cpuSecondsOf(service) - cpu) / length, leaves: (await loadOf(service)).plan.leaves, reports };
      phases.push(found);
      say(`${name}: ${lineOf(found)}`);
      return found;
    };
    const rates = (perSecond: number): Rates => perPriority((priority) => (SHARES[priority] * perSecond) / PROCESSES);
    const shareOf = (index: number): number => Math.floor((viewers + index) / PROCESSES);
    try {
      const made = await rest(service, "POST", `/v1/rooms/${ROOM}`, {
        ...{ owner: "host", name: "Arena", maxMembers: viewers, keep: false, messagesPerSecond: Math.round(messagesPerSecond * TAKEN) },
      });
      if (made.status !== 200) throw new Error(`no room: ${made.status} ${JSON.stringify(made.body)}`);
      await phase("they come", (index) => ({ is: "grow", to: shareOf(index), perSecond: joinsPerSecond / PROCESSES }));
      await phase("they find their places", () => ({ is: "stay", ms: settleSeconds * 1000 }));
      const warm = await phase("begins", () => ({ is: "talk", name: "warm", perSecond: rates(messagesPerSecond), seconds: settleSeconds }));
      // A room is spread by its rate, too: who is asked to go goes before it is measured.
      await phase("they find their places again", () => ({ is: "stay", ms: settleSeconds * 1000 }));
      await takeCounts(service);
      const talk = await phase("is full", () => ({ is: "talk", name: "full", perSecond: rates(messagesPerSecond), seconds }));
      await pause(DRAIN_MS);
      const counts = await takeCounts(service);
      const head = Math.max(...(await phase("falls silent", () => ({ is: "stay", ms: DRAIN_MS }))).reports.map((report) => report.head));
      const end = await phase("the last word", () => ({ is: "heard", upTo: head, withinMs: WITHIN_MS }));
      judge({ service: await roomOf(service), said: [warm, talk], end, talk, viewers, p99MsMost }, wrong);
      return finding({ viewers, messagesPerSecond, servers, phases, talk, end, counts }, violations);
    } finally {
      for (const crowd of crowds) crowd.end();
      await Promise.all(service.servers.map((server) => server.kill()));
    }
  },
});

const SERVERS = Number(process.env.WIGWAG_PROCESSES ?? "1");

/** With so many viewers, messages and joins a second, over so many processes. */
export const LARGE_ROOM = largeRoomOf({
  viewers: Number(process.env.WIGWAG_ROOM_VIEWERS ?? "1000"),
  messagesPerSecond: Number(process.env.WIGWAG_ROOM_RATE ?? "100"),
  joinsPerSecond: Number(process.env.WIGWAG_JOINS ?? "150"),
  servers: SERVERS,
  // With several processes leaves are to be in all of them.
  leafMembers: Number(process.env.WIGWAG_ROOM_LEAF ?? (SERVERS > 1 ? "250" : "1000")),
  countedMembers: process.env.WIGWAG_ROOM_COUNTED === undefined ? undefined : Number(process.env.WIGWAG_ROOM_COUNTED),
});

interface Load {
  readonly members: number;
  readonly plan: { readonly leaves: number };
}
interface RoomNow {
  readonly members: number;
  readonly dropped: PerPriority;
}

async function loadOf(service: Service): Promise<Load> {
  return (await rest(service, "GET", `/v1/channels/room/${ROOM}/load`)).body as Load;
}
async function roomOf(service: Service): Promise<RoomNow> {
  return (await rest(service, "GET", `/v1/rooms/${ROOM}`)).body as RoomNow;
}

const sumOf = (reports: readonly Report[], of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);

interface Judged {
  readonly service: RoomNow;
  /** Whatever was said. */
  readonly said: readonly Phase[];
  readonly talk: Phase;
  readonly end: Phase;
  readonly viewers: number;
  readonly p99MsMost: number;
}

function judge({ service, said, talk, end, viewers, p99MsMost }: Judged, wrong: (what: string) => void): void {
  const reports = said.flatMap((phase) => phase.reports);
  if (service.members !== viewers) wrong(`${service.members} of ${viewers} are in the room`);
  for (const priority of PRIORITIES) {
    const accepted = sumOf(reports, (report) => report.accepted[priority]);
    const skipped = sumOf(reports, (report) => report.skipped[priority]);
    for (const { heard } of end.reports) {
      const [least, most] = heard[priority];
      if (least !== accepted || most !== accepted) wrong(`${accepted} messages of ${priority} priority were accepted, and ${least} to ${most} heard`);
    }
    if (service.dropped[priority] !== skipped) wrong(`${skipped} of ${priority} priority were left out, and ${service.dropped[priority]} counted`);
    if (priority === "high" && skipped > 0) wrong(`${skipped} of high priority were left out`);
  }
  for (const [what, times] of reports.flatMap(({ refused }) => refused)) wrong(`${times} times refused: ${what}`);
  const late = Math.max(...talk.reports.map(({ latency }) => latency.high.p99Ms));
  if (!(late <= p99MsMost)) wrong(`p99 of high priorities is ${late.toFixed(0)} ms, above ${p99MsMost}`);
}

function lineOf({ seconds, cpuShare, leaves, reports }: Phase): string {
  const most = (of: (report: Report) => number): number => Math.max(...reports.map(of));
  const late = PRIORITIES.map((priority) => [priority, most((report) => report.latency[priority].p99Ms)] as const).filter(([, ms]) => Number.isFinite(ms));
  const told = late.map(([priority, ms]) => `${priority} p99 ${ms.toFixed(0)} ms`).join(", ");
  const deliveries = Math.round(sumOf(reports, (report) => report.deliveries) / seconds);
  return `${sumOf(reports, ({ viewers }) => viewers)} viewers, ${leaves} leaves, ${told === "" ? "" : `${told}, `}${deliveries} deliveries/s, ${Math.round(cpuShare * 100)} % CPU, ${sumOf(reports, ({ moves }) => moves)} moves, ${sumOf(reports, ({ gaps }) => gaps)} gaps, ${seconds.toFixed(0)} s`;
}

interface Measured {
  readonly viewers: number;
  readonly messagesPerSecond: number;
  readonly servers: number;
  readonly phases: readonly Phase[];
  readonly talk: Phase;
  readonly end: Phase;
  readonly counts: Awaited<ReturnType<typeof takeCounts>>;
}

function finding({ viewers, messagesPerSecond, servers, phases, talk, end, counts }: Measured, violations: readonly Violation[]): Finding {
  const { reports, seconds, leaves } = talk;
  const accepted = perPriority((priority) => sumOf(reports, (report) => report.accepted[priority]));
  const skipped = perPriority((priority) => sumOf(reports, (report) => report.skipped[priority]));
  const messages = accepted.high + accepted.normal + accepted.low;
  const told = end.reports.map(({ toldSkipped }) => toldSkipped);
  return {
    figures: {
      viewers,
      leaves,
      "processes of the service": servers,
      "messages a second": messagesPerSecond,
      "deliveries a second": Math.round(sumOf(reports, ({ deliveries }) => deliveries) / seconds),
      "processor time of the service, s a second": talk.cpuShare.toFixed(2),
      "rows a message": (counts.rows / messages).toFixed(2),
      "calls to leaves a message": ((counts.calls.push ?? 0) / messages).toFixed(2),
      "calls of leaves a message": (((counts.calls.up ?? 0) + (counts.calls.ask ?? 0)) / messages).toFixed(2),
      "left out, as viewers were told, at least": Math.min(...told.map(([least]) => least)),
      "left out, as viewers were told, at most": Math.max(...told.map(([, most]) => most)),
    },
    violations,
    tables: [
      {
        title: "by priority",
        columns: ["priority", "accepted", "left out", "p50 ms", "p99 ms", "most ms"],
        rows: PRIORITIES.map((priority) => {
          const most = (of: "p50Ms" | "p99Ms" | "mostMs"): number => Math.round(Math.max(...reports.map(({ latency }) => latency[priority][of])));
          return [priority, accepted[priority], skipped[priority], most("p50Ms"), most("p99Ms"), most("mostMs")];
        }),
      },
      { title: "course", columns: ["phase", "what happened"], rows: phases.map((phase) => [phase.name, lineOf(phase)]) },
    ],
  };
}
