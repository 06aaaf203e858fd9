/** `npm run check`: everything that is quick, before every commit. */

import { runSteps } from "./lib/steps.ts";
import { checkSteps } from "./lib/test-plan.ts";

process.exitCode = (await runSteps(checkSteps(), { strict: false })) ? 0 : 1;
