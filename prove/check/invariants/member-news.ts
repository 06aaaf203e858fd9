import type { MemberNews, RunEvent } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Attendance } from "../model/attendance.ts";
import { Disturbance } from "../model/disturbance.ts";
import { Found } from "../model/found.ts";

/** What may stand between a change and the word of it: a busy channel collects for a second, a busy machine stalls for several. */
const WORD_MS = 10_000;
/** Service and client do not measure the same absence: one shorter than so much of a lease must not be noticed. */
const SHARE = 0.9;

/** Who was there, or away for less than a lease, is not said to leave or to join. Judged where nothing silenced anybody in the last two leases. */
export function memberNews(leaseMs: number): Invariant {
  return {
    rule: "PV13",
    title: "no false leave or join",
    begin(): Watch {
      const found = new Found("PV13");
      const attendance = new Attendance();
      const disturbance = new Disturbance();
      const windowMs = 2 * leaseMs + WORD_MS;

      const judge = ({ device, target, change, users, at }: MemberNews): void => {
        if (!disturbance.serviceOnly(at, windowMs)) return;
        for (const user of users) {
          const steady = attendance.steady(target, user, { from: at - windowMs, to: at, since: at - WORD_MS, awayMs: SHARE * leaseMs });
          if (steady) found.add(`${device} was told that ${user} ${change} ${target}, who was there all the time`, at);
        }
      };

      return {
        see(event: RunEvent) {
          attendance.see(event);
          disturbance.see(event);
          if (event.is === "members" && event.change !== "all") judge(event);
        },
        end: () => found.list(),
      };
    },
  };
}
