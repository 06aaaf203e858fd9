import type { MemberNews, RunEvent } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Attendance } from "../model/attendance.ts";
import { Disturbance } from "../model/disturbance.ts";
import { Found } from "../model/found.ts";
import { TakenRights } from "../model/taken-rights.ts";

/** What may stand between a change and the word of it: a busy channel collects for a second, a busy machine stalls for several. */
const WORD_MS = 10_000;
/** Service and client do not measure the same absence: one shorter than so much of a lease must not be noticed. */
const SHARE = 0.9;

/** Who was there, or away for less than a lease, is not said to leave or to join. Judged where nothing silenced anybody in the last two leases, and no right was taken. */
export function memberNews(leaseMs: number): Invariant {
  return {
    rule: "PV13",
    title: "no false leave or join",
    begin(): Watch {
      const found = new Found("PV13");
      const attendance = new Attendance();
      const disturbance = new Disturbance();
      const windowMs = 2 * leaseMs + WORD_MS;

      const taken = new TakenRights();
      /** False, unless it turns out that a right was taken. */
      const doubted: { readonly news: MemberNews; readonly user: string }[] = [];

      const judge = (news: MemberNews): void => {
        const { target, users, at } = news;
        if (!disturbance.serviceOnly(at, windowMs)) return;
        for (const user of users) {
          const steady = attendance.steady(target, user, { from: at - windowMs, to: at, since: at - WORD_MS, awayMs: SHARE * leaseMs });
          if (steady) doubted.push({ news, user });
        }
      };

      const decide = (upTo: number): void => {
        for (let first = doubted[0]; first !== undefined && first.news.at <= upTo; first = doubted[0]) {
          doubted.shift();
          const { news, user } = first;
          const { device, target, change, at } = news;
          if (taken.of(user, target, at - windowMs, at + WORD_MS)) continue;
          found.add(`${device} was told that ${user} ${change} ${target}, who was there all the time`, at);
        }
      };

      return {
        see(event: RunEvent) {
          decide(event.at - WORD_MS);
          attendance.see(event);
          disturbance.see(event);
          taken.see(event);
          if (event.is === "members" && event.change !== "all") judge(event);
        },
        end() {
          decide(Number.POSITIVE_INFINITY);
          return found.list();
        },
      };
    },
  };
}
