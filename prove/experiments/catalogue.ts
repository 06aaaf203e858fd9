import type { Experiment } from "../experiment.ts";
import { FORGERY } from "./forgery.ts";
import { FUZZ } from "./fuzz.ts";
import { PACKET_LOSS } from "./packet-loss.ts";
import { SLOW_READER } from "./slow-reader.ts";
import { SOAK } from "./soak.ts";
import { STORAGE_LIMIT } from "./storage-limit.ts";

/** What can be asked with `npm run prove -- --experiment <name>`. */
export const EXPERIMENTS: readonly Experiment[] = [PACKET_LOSS, SLOW_READER, FUZZ, FORGERY, STORAGE_LIMIT, SOAK];
