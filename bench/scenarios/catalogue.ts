import { CHURN } from "./churn.ts";
import { DURABLE } from "./durable.ts";
import { MODERATE_SCENARIOS } from "./moderate.ts";
import { PEER_SCENARIOS } from "./peers.ts";
import { QUIET_SCENARIOS } from "./quiet.ts";
import { RESUME } from "./resume.ts";
import { ROOM_SCENARIOS } from "./rooms.ts";
import type { Scenario } from "./scenario.ts";
import { SLOW_READERS } from "./slow-readers.ts";
import { STORM_SCENARIOS } from "./storm.ts";
import { UPLINK } from "./uplink.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...ROOM_SCENARIOS,
  ...PEER_SCENARIOS,
  ...QUIET_SCENARIOS,
  ...MODERATE_SCENARIOS,
  DURABLE,
  RESUME,
  SLOW_READERS,
  UPLINK,
  CHURN,
  ...STORM_SCENARIOS,
];
