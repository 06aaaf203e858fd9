import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Gap, Target } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Disturbance } from "../model/disturbance.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";

/** Of any size, so many messages fit the window's bytes. */
const FEW = Math.floor(LIMITS.recoveryBytes / LIMITS.payloadBytes) - 1;
/** Clocks of service and clients differ, and what is heard was said before. */
const SHARE = 0.8;

/**
 * Who missed little, and not for long, is told all of it: a service that always said "too late" would lose nothing untold. Judged where
 * nothing could delay what was heard last.
 */
export function needlessGap(recoveryMs: number): Invariant {
  return {
    rule: "PV21",
    title: "a gap is told only where it must be",
    begin(): Watch {
      const found = new Found("PV21");
      const disturbance = new Disturbance();
      const memory = new Set<Target>();
      const heardAt = new Map<string, Map<Target, number>>();

      const judge = ({ device, target, reason, from, to, at }: Gap): void => {
        const heard = heardAt.get(device)?.get(target);
        if (reason !== "too-old" || from === undefined || to === undefined || heard === undefined || memory.has(target)) return;
        if (to - from >= FEW || at - heard >= SHARE * recoveryMs || !disturbance.serviceOnly(at, recoveryMs)) return;
        found.add(`${device} was told that ${from} to ${to} of ${target} are too old, ${Math.round(at - heard)} ms after it had heard what is before`, at);
      };

      return {
        see(event) {
          disturbance.see(event);
          if (event.is === "promised" && event.log === "memory") memory.add(event.target);
          if (event.is === "gap") judge(event);
          if (event.is === "listens" || event.is === "delivery" || event.is === "gap") {
            entry(heardAt, event.device, () => new Map<Target, number>()).set(event.target, event.at);
          }
        },
        end: () => found.list(),
      };
    },
  };
}
