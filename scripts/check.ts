/** `npm run check`: everything that is quick, before every commit. */

import { runSteps } from "./lib/steps.ts";
import { checkWaves } from "./lib/test-plan.ts";

process.exitCode = (await runSteps(checkWaves(), { strict: false })) ? 0 : 1;
