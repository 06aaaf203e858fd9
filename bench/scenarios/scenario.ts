import type { Adapter } from "../load/adapter.ts";
import type { Measurement } from "../load/measurement.ts";
import type { StartMeter } from "../load/meter.ts";

export type ContenderName = "bare" | "bare-storing" | "socketio" | "wigwag";

export interface ScenarioContext {
  /** A new adapter, for so many clients. */
  readonly adapter: (clients: number) => Adapter;
  readonly serverPid: number;
  /** Begins what counts; also when a profiler that waits for it begins. */
  readonly startMeter: StartMeter;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly ContenderName[];
  /** The one the others are compared with. */
  readonly base: ContenderName;
  /** Part of `--quick`. */
  readonly quick: boolean;
  run(context: ScenarioContext): Promise<Measurement>;
}

export const EVERYONE: readonly ContenderName[] = ["bare", "socketio", "wigwag"];
