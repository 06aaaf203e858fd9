import { join } from "node:path";
import { pause } from "../../bench/load/parallel.ts";
import { GROUP_LIMITS } from "../../src/protocol/group-limits.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, Finding } from "../experiment.ts";
import { type CrowdOptions, digestOf, type Errand, memberOf, type Report } from "./group/errand.ts";
import { cpuSecondsOf, rest, type Service, startService, takeCounts } from "./support/service.ts";
import { type SideProcess, startSideProcess } from "./support/side-process.ts";

const RULE = "HX19";
const GROUP = "many";
const PROCESSES = 2;
const PER_CALL = 60;
/** An object that is awake holds three open files, for some ten seconds after its last word. */
const INVITED_PER_SECOND = 300;
const ENTERING_PER_SECOND = 60;
/** Until the last acknowledgements are reported. */
const DRAIN_MS = 1_000;
const WARM_MESSAGES = 10;
const WITHIN_MS = 60_000;

export interface GroupSize {
  readonly members: number;
  readonly online: number;
  readonly messagesPerSecond: number;
  /** Over how many processes of workerd the objects are spread. */
  readonly servers?: number;
  /** Of whom more than so many are there, a group calls leaves; 0: never. */
  readonly hotMembers?: number;
  /** Before it is measured: objects that were awake for the beginning go to sleep within 10 s. */
  readonly restMs?: number;
}

/** A large group over real sockets: everybody who is online hears everything, and what it costs. */
export const largeGroupOf = ({ members, online, messagesPerSecond, servers = 1, hotMembers = 256, restMs = 12_000 }: GroupSize): Experiment => ({
  name: "large-group",
  title: `a group of ${members}, ${online} of them online, with ${messagesPerSecond} messages a second: does everybody hear all once and in order, how late, and what does it cost`,
  run: async ({ directory, seconds, say }) => {
    const service = await startService({
      directory,
      variables: { WIGWAG_GROUP_HOT_MEMBERS: String(hotMembers) },
      processes: servers,
      counts: true,
      settings: { groupMembers: Math.max(GROUP_LIMITS.members, members) },
    });
    const { url, urls, app, certificate } = service;
    const share = online / PROCESSES;
    const crowds = Array.from({ length: PROCESSES }, (_, index) =>
      startSideProcess<Report>(join(import.meta.dirname, "group/crowd.ts"), {
        ...{ url, urls, app, certificate, group: GROUP, from: Math.round(index * share), to: Math.round((index + 1) * share) },
      } satisfies CrowdOptions),
    );
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const all = async (errand: Errand): Promise<readonly Report[]> => {
      const reports = await Promise.all(crowds.map((crowd: SideProcess<Report>) => crowd.ask(errand)));
      for (const what of new Set(reports.flatMap((report) => report.wrong))) wrong(what);
      return reports;
    };
    const talk = (name: string, messages: number) => all({ is: "talk", name, messages: messages / PROCESSES, perSecond: messagesPerSecond / PROCESSES });
    try {
      await makeGroup(service, members);
      say(`the group has ${members} members`);
      await all({ is: "enter", perSecond: ENTERING_PER_SECOND / PROCESSES });
      // The first messages find out who is away.
      const warm = await talk("warm", WARM_MESSAGES);
      await all({ is: "heard", upTo: headOf(warm), withinMs: WITHIN_MS });
      say(`${online} are online; the others are known to be away`);
      await pause(restMs);
      await takeCounts(service);
      const cpu = cpuSecondsOf(service);
      const begin = performance.now();
      const said = await talk("said", messagesPerSecond * seconds);
      const spoken = (performance.now() - begin) / 1000;
      const heard = await all({ is: "heard", upTo: headOf(said), withinMs: WITHIN_MS });
      await pause(DRAIN_MS);
      const cost = { cpuSeconds: cpuSecondsOf(service) - cpu, seconds: (performance.now() - begin) / 1000, counts: await takeCounts(service) };
      const reports = [...said, ...heard];
      const order = [...warm, ...reports].flatMap((report) => report.said).toSorted(([, a], [, b]) => a - b);
      const expected = order.reduce((digest, [key]) => digestOf(digest, key), 0);
      for (const [user, messages, digest] of heard.flatMap((report) => report.heard)) {
        if (messages !== order.length) wrong(`${user} heard ${messages} of ${order.length} messages`);
        else if (digest !== expected) wrong(`${user} heard the messages in another order`);
      }
      if (new Set(order.map(([, seq]) => seq)).size !== order.length) wrong("two messages have one number");
      const messages = order.length - warm.reduce((sum, report) => sum + report.said.length, 0);
      return finding({ size: { members, online, messagesPerSecond, servers }, messages, spoken, cost, reports }, violations);
    } finally {
      for (const crowd of crowds) crowd.end();
      await Promise.all(service.servers.map((server) => server.kill()));
    }
  },
});

/** With so many members, so many of whom are online, and so many messages a second. */
export const LARGE_GROUP = largeGroupOf({
  members: Number(process.env.WIGWAG_GROUP_MEMBERS ?? "3000"),
  online: Number(process.env.WIGWAG_GROUP_ONLINE ?? "600"),
  messagesPerSecond: Number(process.env.WIGWAG_GROUP_RATE ?? "20"),
  servers: Number(process.env.WIGWAG_PROCESSES ?? "1"),
  hotMembers: Number(process.env.WIGWAG_GROUP_HOT ?? "256"),
});

async function makeGroup(service: Service, members: number): Promise<void> {
  const made = await rest(service, "POST", `/v1/groups/${GROUP}`, { owner: memberOf(0), name: "Many", maxMembers: members });
  if (made.status !== 200) throw new Error(`no group: ${made.status} ${JSON.stringify(made.body)}`);
  for (let at = 1; at < members; at += PER_CALL) {
    const users = Array.from({ length: Math.min(PER_CALL, members - at) }, (_, offset) => memberOf(at + offset));
    const due = performance.now() + (users.length * 1000) / INVITED_PER_SECOND;
    const { status, body } = await rest(service, "POST", `/v1/groups/${GROUP}/members`, { users });
    if (status !== 200 || (body as { failed: unknown[] }).failed.length > 0) throw new Error(`not invited: ${status} ${JSON.stringify(body)}`);
    await pause(Math.max(0, due - performance.now()));
  }
}

const headOf = (reports: readonly Report[]): number => Math.max(...reports.flatMap(({ said }) => said.map(([, seq]) => seq)));

interface Measured {
  readonly size: GroupSize;
  readonly messages: number;
  readonly spoken: number;
  readonly cost: { readonly cpuSeconds: number; readonly seconds: number; readonly counts: Awaited<ReturnType<typeof takeCounts>> };
  readonly reports: readonly Report[];
}

function finding({ size, messages, spoken, cost, reports }: Measured, violations: readonly Violation[]): Finding {
  const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const most = (of: (report: Report) => number): number => Math.max(...reports.map(of).filter(Number.isFinite));
  const per = (count: number): string => (count / messages).toFixed(count / messages < 10 ? 2 : 0);
  const { calls, rows, alarms, abroad } = cost.counts;
  return {
    figures: {
      members: size.members,
      online: size.online,
      "processes of the service": size.servers ?? 1,
      messages,
      "messages a second": (messages / spoken).toFixed(1),
      deliveries: sum(({ deliveries }) => deliveries),
      "messages in a frame": (
        sum(({ deliveries }) => deliveries) /
        Math.max(
          1,
          sum(({ frames }) => frames),
        )
      ).toFixed(2),
      "p50 ms": Math.round(most(({ p50Ms }) => p50Ms)),
      "p99 ms": Math.round(most(({ p99Ms }) => p99Ms)),
      "most ms": Math.round(most(({ mostMs }) => mostMs)),
      "heard again, and known as such": sum(({ repeats }) => repeats),
      "gaps, mended by asking": sum(({ gaps }) => gaps),
      "processor time of the service, s a second": (cost.cpuSeconds / cost.seconds).toFixed(2),
      "processor time, ms a message": ((cost.cpuSeconds * 1000) / messages).toFixed(1),
      "rows a message": per(rows),
      "alarms a message": per(alarms),
      "calls to members a message": per(calls.chatNews ?? 0),
      "reports of members a message": per(calls.report ?? 0),
      ...(abroad > 0 && { "calls between processes, a message": per(abroad) }),
    },
    violations,
    tables: [
      {
        title: "calls between objects",
        columns: ["method", "calls", "a message"],
        rows: Object.entries(calls)
          .sort(([, a], [, b]) => b - a)
          .map(([method, times]) => [method, times, per(times)]),
      },
    ],
  };
}
