import type { Experiment } from "../experiment.ts";
import { type Attempt, isRefusedRight, tryForgeries } from "./forgery/attempts.ts";
import { startService } from "./support/service.ts";

const RULE = "HX7";
/** Every character. */
const STEP = 1;

/** Tokens and tickets that are forged, ended, foreign, altered, cut or stolen, at every door. */
export const FORGERY: Experiment = {
  name: "forgery",
  title: "forged, altered, foreign and stolen tokens and tickets at every door: each is refused with its reason",
  run: async ({ directory, say }) => {
    const service = await startService({ directory });
    try {
      const attempts = await tryForgeries(service, STEP);
      say(`${attempts.length} attempts`);
      const wrong = attempts.filter((attempt) => !isRefusedRight(attempt));
      return {
        figures: Object.fromEntries(
          (["session", "channel", "rest"] as const).map((door) => [`attempts at ${door}`, attempts.filter((each) => each.door === door).length]),
        ),
        violations: wrong.map(({ door, what, wanted, verdict }) => ({ rule: RULE, what: `${door}: ${what}: ${verdict}, wanted ${wanted.join(" or ")}` })),
        tables: [{ title: "verdicts", columns: ["door", "verdict", "times"], rows: verdicts(attempts) }],
      };
    } finally {
      await service.server.kill();
    }
  },
};

function verdicts(attempts: readonly Attempt[]): (string | number)[][] {
  const times = new Map<string, number>();
  for (const { door, verdict } of attempts) times.set(`${door} ${verdict}`, (times.get(`${door} ${verdict}`) ?? 0) + 1);
  return [...times].toSorted().map(([key, count]) => [...key.split(" ", 2), count]);
}
