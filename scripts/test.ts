/** `npm test`: everything CI runs. `--full` adds the long profiles. */

import { runSteps } from "./lib/steps.ts";
import { checkWaves, slowWaves } from "./lib/test-plan.ts";

const full = process.argv.includes("--full");
process.exitCode = (await runSteps([...checkWaves(full), ...slowWaves(full)], { strict: process.env.CI === "true" })) ? 0 : 1;
