import type { PresenceState } from "../../protocol/messages/notice.ts";

/** What is known of one device: its socket's last sign of life, or when its socket was lost without a goodbye. */
export type Sign = { readonly kind: "connected"; readonly heardAt: number; readonly keepAliveMs: number } | { readonly kind: "lost"; readonly lostAt: number };

export interface StatusTimings {
  readonly unreachableMs: number;
  readonly leaseMs: number;
}

/** RTM 1.x: ONLINE, UNREACHABLE after some silence, OFFLINE after the lease. Computed when asked: nothing sweeps. */
export function onlineStatus(signs: readonly Sign[], now: number, timings: StatusTimings): PresenceState {
  let best: PresenceState = "OFFLINE";
  for (const sign of signs) {
    const state = stateOf(sign, now, timings);
    if (state === "ONLINE") return state;
    if (state === "UNREACHABLE") best = state;
  }
  return best;
}

/** Whether this device's lease has ended: who comes now comes anew. */
export const isOffline = (sign: Sign, now: number, timings: StatusTimings): boolean => now >= endOf(sign, timings);

/** When the user goes OFFLINE if nothing more is heard; undefined when it is. */
export function offlineAt(signs: readonly Sign[], now: number, timings: StatusTimings): number | undefined {
  const ends = signs.map((sign) => endOf(sign, timings)).filter((end) => end > now);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** When the next of them ends; undefined when all have. */
export function nextEnd(signs: readonly Sign[], now: number, timings: StatusTimings): number | undefined {
  const ends = signs.map((sign) => endOf(sign, timings)).filter((end) => end > now);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function stateOf(sign: Sign, now: number, timings: StatusTimings): PresenceState {
  if (isOffline(sign, now, timings)) return "OFFLINE";
  if (sign.kind === "lost") return "UNREACHABLE";
  return now - sign.heardAt < Math.max(timings.unreachableMs, 1.5 * sign.keepAliveMs) ? "ONLINE" : "UNREACHABLE";
}

/** Three keep-alives, but never less than a lost socket gets. */
const endOf = (sign: Sign, { leaseMs }: StatusTimings): number =>
  sign.kind === "lost" ? sign.lostAt + leaseMs : sign.heardAt + Math.max(3 * sign.keepAliveMs, leaseMs);
