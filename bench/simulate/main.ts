import { commit } from "../lib/machine.ts";
import { simulateElastic } from "./elastic.ts";
import { NAIVE_DESIGNS } from "./naive.ts";
import { readSimulateOptions } from "./options.ts";
import type { Outcome } from "./outcome.ts";
import { boundsReached, recordOf, renderSimulation, saveSimulation } from "./record.ts";

/** What one box cannot show: a channel with up to a million members, on a model of the platform. */
const { runs, naive } = readSimulateOptions(process.argv.slice(2));
const [first] = runs;
if (first === undefined) throw new Error("nothing to simulate");
const outcomes: Outcome[] = [];
for (const options of runs) {
  const label = `${options.geography.name}: ${options.members.toLocaleString("en")} members, ${options.messagesPerSecond} messages a second`;
  const startedAt = performance.now();
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${label}; ${text}   `);
  };
  outcomes.push(await simulateElastic(options, progress));
  if (naive) for (const design of NAIVE_DESIGNS) outcomes.push(await design(options));
  console.log(`${process.stderr.isTTY ? "\r" : ""}${label}: simulated in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
const record = recordOf(new Date().toISOString(), commit(), first, runs, outcomes);
console.log(`\n${renderSimulation(record)}\n\n${(await saveSimulation(record)).join("\n")}`);
process.exit(outcomes.flatMap(boundsReached).every(({ met }) => met) ? 0 : 1);
