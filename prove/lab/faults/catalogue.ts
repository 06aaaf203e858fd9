import type { FaultKind } from "../fault.ts";
import { deploy } from "./deploy.ts";
import { drop } from "./drop.ts";
import { endChannels } from "./end-channels.ts";
import { evict } from "./evict.ts";
import { kill } from "./kill.ts";
import { killAtMark } from "./kill-at-mark.ts";
import { killClients } from "./kill-clients.ts";
import { NETWORK_FAULTS } from "./network.ts";
import { refuseDatabase } from "./refuse-database.ts";
import { stopClients, stopServer } from "./stop.ts";

const PROCESS_FAULTS: readonly FaultKind[] = [kill, killAtMark, stopServer, stopClients, killClients, evict, deploy, drop];

/** Where there is a database. */
export const DATABASE_FAULTS: readonly FaultKind[] = [refuseDatabase];

/** All that the nemesis chooses from. Those of processes twice: then they are not fewer than those of the network. */
export const FAULTS: readonly FaultKind[] = [...PROCESS_FAULTS, ...PROCESS_FAULTS, ...NETWORK_FAULTS];

/** Only where a seeded bug asks for them. */
export const PARTICULAR_FAULTS: readonly FaultKind[] = [endChannels];
