import { PEER_SCENARIOS } from "./peers.ts";
import { QUIET_SCENARIOS } from "./quiet.ts";
import { ROOM_SCENARIOS } from "./rooms.ts";
import type { Scenario } from "./scenario.ts";
import { STORM } from "./storm.ts";

export const SCENARIOS: readonly Scenario[] = [...ROOM_SCENARIOS, ...PEER_SCENARIOS, ...QUIET_SCENARIOS, STORM];
