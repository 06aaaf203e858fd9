import type { Experiment } from "../experiment.ts";
import { FORGERY } from "./forgery.ts";
import { FUZZ } from "./fuzz.ts";
import { POISONED_ALARM } from "./poison.ts";
import { SLOW_READER } from "./slow-reader.ts";
import { SOAK } from "./soak.ts";
import { STORAGE_LIMIT } from "./storage-limit.ts";

/** What can be asked with `npm run prove -- --experiment <name>`. */
export const EXPERIMENTS: readonly Experiment[] = [SLOW_READER, FUZZ, FORGERY, STORAGE_LIMIT, POISONED_ALARM, SOAK];
