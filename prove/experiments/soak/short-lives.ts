import type { Patch } from "../../builds/patch.ts";

/** What the product keeps for minutes and hours goes within a run. */
const lives: Readonly<Record<string, readonly [kept: string, now: string]>> = {
  ticketTtlMs: ["10 * 60_000", "20_000"],
  recoveryMs: ["2 * 60_000", "5_000"],
  channelEmptyMs: ["5 * 60_000", "10_000"],
  leaseMs: ["30_000", "5_000"],
  callKeptMs: ["3_600_000", "20_000"],
  callReachMs: ["60_000", "5_000"],
  callAnswerMs: ["60_000", "5_000"],
};

export const SHORT_LIVES: readonly Patch[] = Object.entries(lives).map(([name, [kept, now]]) => ({
  name: `short ${name}`,
  file: "src/protocol/limits.ts",
  find: `  ${name}: ${kept},`,
  replace: `  ${name}: ${now},`,
}));

/** After so long nothing of what has ended is left: a channel looks for silent sockets three of their pings after the last one. */
export const ALL_GONE_MS = 110_000;
