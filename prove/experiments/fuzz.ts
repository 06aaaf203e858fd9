import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { fuzzRest } from "./fuzz/rest.ts";
import { fuzzSockets } from "./fuzz/sockets.ts";
import { startService } from "./support/service.ts";

/** More than any time given lets happen. */
const RUNS_MAX = 10_000_000;
/** Of the time, for sockets; the rest is for REST. */
const SOCKETS_SHARE = 0.7;

/** What the runtime, or our own catch-alls, say when something was thrown that nobody meant to. */
const FAULTS = ["uncaught exception", "Uncaught", "request-failed", "http.fault", "duty-failed"];

/** Frames and bodies that no client of ours would send. */
export const FUZZ: Experiment = {
  name: "fuzz",
  title: "frames and REST bodies of random damage: typed answers only, and whoever shares the object notices nothing",
  run: async ({ directory, seed, seconds, say }) => {
    const service = await startService({ directory, settings: { messagesPerSecond: 100_000 } });
    const alsoWrong = (): string | undefined => {
      const line = service.server
        .log()
        .split("\n")
        .find((each) => FAULTS.some((fault) => each.includes(fault)));
      return line === undefined ? undefined : `logged: ${line.slice(0, 500)}`;
    };
    const violations: Violation[] = [];
    try {
      const sockets = await fuzzSockets(service, { seed, runs: RUNS_MAX, milliseconds: seconds * SOCKETS_SHARE * 1000, alsoWrong });
      say(`${sockets.runs} conversations over sockets`);
      const rest = await fuzzRest(service, { seed, runs: RUNS_MAX, milliseconds: seconds * (1 - SOCKETS_SHARE) * 1000, alsoWrong });
      say(`${rest.runs} calls over REST`);
      if (sockets.failure !== undefined) violations.push({ rule: "HX5", what: sockets.failure });
      if (rest.failure !== undefined) violations.push({ rule: "HX6", what: rest.failure });
      return {
        figures: { "conversations over sockets": sockets.runs, "calls over REST": rest.runs },
        violations,
        tables: [
          { title: "outcomes over sockets", columns: ["outcome", "times"], rows: [...sockets.outcomes].toSorted() },
          { title: "statuses over REST", columns: ["status", "times"], rows: [...rest.outcomes].toSorted() },
        ],
      };
    } finally {
      await service.server.kill();
    }
  },
};
