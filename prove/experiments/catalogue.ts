import type { Experiment } from "../experiment.ts";
import { CHAT } from "./chat.ts";
import { ELASTIC } from "./elastic.ts";
import { FORGERY } from "./forgery.ts";
import { FUZZ } from "./fuzz.ts";
import { HANGING_HOOK } from "./hanging-hook.ts";
import { KILL_TO_DELIVERY } from "./kill-to-delivery.ts";
import { LARGE_GROUP } from "./large-group.ts";
import { LARGE_ROOM } from "./large-room.ts";
import { OLD_BUILD } from "./old-build.ts";
import { PACKET_LOSS } from "./packet-loss.ts";
import { POISONED_ALARM } from "./poison.ts";
import { REFUSING_DATABASE } from "./refusing-database.ts";
import { SLOW_READER } from "./slow-reader.ts";
import { SOAK } from "./soak.ts";
import { STORAGE_LIMIT } from "./storage-limit.ts";
import { STORM } from "./storm.ts";

/** What can be asked with `npm run prove -- --experiment <name>`. */
export const EXPERIMENTS: readonly Experiment[] = [
  PACKET_LOSS,
  SLOW_READER,
  STORM,
  ELASTIC,
  LARGE_GROUP,
  LARGE_ROOM,
  CHAT,
  KILL_TO_DELIVERY,
  OLD_BUILD,
  FUZZ,
  FORGERY,
  STORAGE_LIMIT,
  REFUSING_DATABASE,
  HANGING_HOOK,
  POISONED_ALARM,
  SOAK,
];
