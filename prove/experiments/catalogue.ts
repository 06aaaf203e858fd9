import type { Experiment } from "../experiment.ts";
import { PACKET_LOSS } from "./packet-loss.ts";

/** What can be asked with `npm run prove -- --experiment <name>`. */
export const EXPERIMENTS: readonly Experiment[] = [PACKET_LOSS];
