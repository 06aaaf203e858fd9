import { DESCRIPTORS_NEEDED, withDescriptors } from "./lib/descriptors.ts";
import { commit, machine } from "./lib/machine.ts";
import { readOptions } from "./lib/options.ts";
import { recordOf, save } from "./lib/record.ts";
import { render, summarise } from "./lib/report.ts";
import { runAll } from "./lib/runner.ts";

/** Above it somebody else is working, too. */
const LOAD_MAX = 0.5;

const descriptors = withDescriptors();
const options = readOptions(process.argv.slice(2));
if (descriptors < DESCRIPTORS_NEEDED) console.warn(`Only ${descriptors} open files allowed; scenarios with 5,000 members need ${DESCRIPTORS_NEEDED}.`);
const where = machine();
if (where.loadBefore > LOAD_MAX) console.warn(`Load is ${where.loadBefore.toFixed(2)}: something else is running, trust ratios only.`);
const runs = await runAll(options);

for (const scenario of options.scenarios) console.log(`\n${render(scenario, summarise(scenario, runs))}`);
const files = await save(recordOf({ at: new Date().toISOString(), commit: commit(), machine: where, options, runs }));
console.log(`\n${files.join("\n")}`);
const failed = runs.filter(({ error }) => error !== undefined);
for (const { scenario, contender, pass, error } of failed) console.error(`\nFAILED ${scenario} ${contender} pass ${pass}: ${error}`);
process.exit(failed.length > 0 ? 1 : 0);
