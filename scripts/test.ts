/** `npm test`: everything CI runs. `--full` adds the long profiles. */

import { join } from "node:path";
import { root } from "./lib/root.ts";
import { runSteps } from "./lib/steps.ts";
import { checkWaves, slowWaves } from "./lib/test-plan.ts";

const full = process.argv.includes("--full");
process.exitCode = (await runSteps([...checkWaves(full), ...slowWaves(full)], { strict: process.env.CI === "true", times: join(root, "test-results") }))
  ? 0
  : 1;
