/** `npm test`: everything CI runs. `--full` adds the long profiles. */

import { runSteps } from "./lib/steps.ts";
import { checkSteps, slowSteps } from "./lib/test-plan.ts";

const full = process.argv.includes("--full");
process.exitCode = (await runSteps([...checkSteps(), ...slowSteps(full)], { strict: process.env.CI === "true" })) ? 0 : 1;
