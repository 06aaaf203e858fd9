import type { FaultKind } from "../fault.ts";
import { blackhole, blackholeEstablished, blackholeNew, partition } from "./network-blackhole.ts";
import { dropAll, dropYoung, refuseAll } from "./network-drop.ts";
import { crawl, delayed, narrow } from "./network-slow.ts";

/** What can be done to the way between clients and server. */
export const NETWORK_FAULTS: readonly FaultKind[] = [
  dropAll,
  refuseAll,
  dropYoung,
  blackhole,
  blackholeNew,
  blackholeEstablished,
  partition,
  narrow,
  crawl,
  delayed,
];
