import type { FigureName } from "../lib/figures.ts";
import type { Adapter } from "../load/adapter.ts";
import type { Measurement } from "../load/measurement.ts";
import type { StartMeter } from "../load/meter.ts";
import type { Target } from "./targets.ts";

export const CONTENDERS = [
  "bare",
  "bare-joined",
  "bare-storing",
  "bare-user",
  "wigwag",
  "wigwag-memory",
  "wigwag-sdk",
  "ws",
  "socketio",
  "mosquitto-qos0",
  "mosquitto-qos1",
  "nats",
] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export interface ScenarioContext {
  /** A new adapter, for so many clients. */
  readonly adapter: (clients: number) => Adapter;
  readonly serverPid: number;
  /** What follows counts, in the record, as a phase of this name. */
  readonly phase: (name: string) => void;
  /** Begins what counts; also when a profiler that waits for it begins. */
  readonly startMeter: StartMeter;
  readonly warmupSeconds: number;
  /** Whether what logins cost shall be over before anything is measured. */
  readonly settles: boolean;
  readonly seconds: number;
  /** Messages per second that the scenario asked for by its `rate`. */
  readonly ratePerSecond?: number | undefined;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly ContenderName[];
  /** The one the others are compared with. */
  readonly base: ContenderName;
  /** Contenders in `--quick`; none: not part of it. */
  readonly quick: readonly ContenderName[];
  /** What its table shows besides the work per CPU-second and its ratio. */
  readonly columns: readonly FigureName[];
  /** Figures whose ratio to the base the table shows, too. */
  readonly ratios?: readonly FigureName[];
  readonly targets: readonly Target[];
  /** A share of what the base publishes per second in another scenario, in the same pass. */
  readonly rate?: { readonly scenario: string; readonly share: number };
  /** Few messages: the load generator's processor is kept awake, whose waking up would be measured otherwise. */
  readonly awake?: boolean;
  /** Measured time below which its percentiles mean nothing. */
  readonly secondsMin?: number;
  run(context: ScenarioContext): Promise<Measurement>;
}

/** What a table of deliveries shows. */
export const DELIVERY_COLUMNS: readonly FigureName[] = ["perSecond", "server", "load", "perFrame", "p50Ms", "p99Ms"];

/** Contenders that deliver to many and between two, and so take part in whatever needs no storage and no presence. */
export const EVERYONE: readonly ContenderName[] = [
  "bare",
  "bare-joined",
  "wigwag",
  "wigwag-memory",
  "wigwag-sdk",
  "ws",
  "socketio",
  "mosquitto-qos0",
  "mosquitto-qos1",
  "nats",
];
/** Without our own client: thousands of whole clients in one process measure that process. */
export const WITHOUT_SDK: readonly ContenderName[] = EVERYONE.filter((name) => name !== "wigwag-sdk");
/** The ones whose joining is what the quiet scenarios are about, and those to be compared with. */
export const PLAIN: readonly ContenderName[] = ["bare", "wigwag", "ws", "socketio"];
