import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Experiment, ExperimentContext, Finding } from "../experiment.ts";
import { networkMissing } from "../lab/network/namespace.ts";
import type { PacketConditions } from "../lab/network/rules.ts";
import { percentile } from "./packet-loss/account.ts";
import type { Contender } from "./packet-loss/job.ts";
import { runTrial, type Trial } from "./packet-loss/trial.ts";

const CONTENDERS: readonly Contender[] = ["wigwag", "impatient", "plain"];

interface Condition {
  readonly name: string;
  readonly packets: PacketConditions;
}

const CONDITIONS: readonly Condition[] = [
  { name: "none", packets: {} },
  { name: "10 % both ways", packets: { lossUp: 10, lossDown: 10 } },
  { name: "30 % both ways", packets: { lossUp: 30, lossDown: 30 } },
  { name: "70 % up", packets: { lossUp: 70 } },
  { name: "70 % down", packets: { lossDown: 70 } },
  { name: "70 % both ways", packets: { lossUp: 70, lossDown: 70 } },
];

const COLUMNS = [
  "loss",
  "client",
  "said",
  "acknowledged",
  "reported as failed",
  "copies lost",
  "to arrive, s: p50",
  "p90",
  "p99",
  "max",
  "answer, s: p50",
  "p99",
];

/** What becomes of messages where packets are lost, beside a plain WebSocket that reconnects. */
export const PACKET_LOSS: Experiment = {
  name: "packet-loss",
  title: "10, 30 and 70 % of packets lost: what arrives, and when",
  missing: networkMissing,
  async run(context) {
    const trials: { condition: Condition; contender: Contender; trial: Trial }[] = [];
    for (const condition of CONDITIONS) {
      // Side by side, so that they share what else the machine does; most of the time they wait.
      const done = await Promise.all(CONTENDERS.map(async (contender) => ({ condition, contender, trial: await tryOne(context, condition, contender) })));
      trials.push(...done);
      for (const { contender, trial } of done) context.say(`${condition.name}, ${contender}: ${summary(trial)}`);
    }
    return finding(trials);
  },
};

async function tryOne({ directory, seed, seconds }: ExperimentContext, { name, packets }: Condition, contender: Contender): Promise<Trial> {
  const own = join(directory, `${name} ${contender}`.replaceAll(/[^a-z0-9]+/g, "-"));
  await mkdir(own, { recursive: true });
  return runTrial({ contender, conditions: packets, seconds, seed, directory: own });
}

const inSeconds = (ms: number): number | string => (Number.isNaN(ms) ? "–" : Number((ms / 1_000).toFixed(2)));

const summary = ({ account: { said, acknowledged, failed, missing, arrivalMs } }: Trial): string =>
  `${said} said, ${acknowledged} acknowledged, ${failed} reported as failed, ${missing} copies lost, p50 ${inSeconds(percentile(arrivalMs, 50))} s, p99 ${inSeconds(percentile(arrivalMs, 99))} s`;

function finding(trials: readonly { condition: Condition; contender: Contender; trial: Trial }[]): Finding {
  const figures: Record<string, number | string> = {};
  const rows = trials.map(({ condition, contender, trial: { account } }) => {
    const at = (percent: number) => inSeconds(percentile(account.arrivalMs, percent));
    figures[`s to arrive, p50, ${condition.name}, ${contender}`] = at(50);
    figures[`s to arrive, p99, ${condition.name}, ${contender}`] = at(99);
    return [
      condition.name,
      contender,
      account.said,
      contender === "plain" ? "–" : account.acknowledged,
      account.failed,
      account.missing,
      ...[50, 90, 99, 100].map(at),
      inSeconds(percentile(account.ackMs, 50)),
      inSeconds(percentile(account.ackMs, 99)),
    ];
  });
  return { figures, violations: trials.flatMap(({ trial }) => trial.violations), tables: [{ title: "Packet loss", columns: COLUMNS, rows }] };
}
