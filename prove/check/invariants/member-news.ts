import type { MemberNews, RunEvent } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Attendance } from "../model/attendance.ts";
import { Found } from "../model/found.ts";

/** What may stand between a change and the word of it: a busy channel collects for a second, a busy machine stalls for several. */
const WORD_MS = 10_000;
/** Faults under which who is silent is gone at once; under all others each side may take the other for lost. */
const SERVICE_ALONE = /^(kill|evict|restart|deploy|start)/;

/** Who was there, or away for less than a lease, is not said to leave or to join. Judged where nothing silenced anybody in the last two leases. */
export function memberNews(leaseMs: number): Invariant {
  return {
    rule: "PV13",
    title: "no false leave or join",
    begin(): Watch {
      const found = new Found("PV13");
      const attendance = new Attendance();
      /** Until when something else than the service's own end disturbs what is said. */
      let disturbedUntil = Number.NEGATIVE_INFINITY;

      const judge = ({ device, target, change, users, at }: MemberNews): void => {
        if (at - disturbedUntil < 2 * leaseMs + WORD_MS) return;
        for (const user of users) {
          const steady = attendance.steady(target, user, { from: at - 2 * leaseMs - WORD_MS, to: at, since: at - WORD_MS, awayMs: 0.9 * leaseMs });
          if (steady) found.add(`${device} was told that ${user} ${change} ${target}, who was there all the time`, at);
        }
      };

      return {
        see(event: RunEvent) {
          attendance.see(event);
          if (event.is === "fault" && !SERVICE_ALONE.test(event.name)) disturbedUntil = Math.max(disturbedUntil, event.until ?? event.at);
          if (event.is === "members" && event.change !== "all") judge(event);
        },
        end: () => found.list(),
      };
    },
  };
}
