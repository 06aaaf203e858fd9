import type { Connection } from "../load/adapter.ts";
import { inParallel, pause } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import type { Scenario } from "./scenario.ts";

const WATCHERS = 200;
const RESTLESS = 200;
/** Comings and goings under way at once. */
const WIDTH = 16;
/** Changes may be collected for so long; then all have to know of all. */
const SETTLE_MS = 1_500;

/** Some come and go all the time, and those who stay hear of each, or of what it came to. */
export const CHURN: Scenario = {
  id: "presence-churn",
  title: `${WATCHERS} members hear of ${RESTLESS} others that join and leave, ${WIDTH} at a time`,
  contenders: ["bare", "wigwag", "ws", "socketio"],
  base: "bare",
  quick: [],
  columns: ["perSecond", "server", "load"],
  targets: [],
  run: async (context) => {
    const adapter = context.adapter(WATCHERS + RESTLESS);
    const seen = Array.from({ length: WATCHERS }, () => new Set<number>());
    const join = (index: number, present: Set<number> | undefined): Promise<Connection> =>
      adapter.connect({
        kind: "presence-room",
        name: "restless",
        index,
        onDeliveries: () => undefined,
        onPresence: (clients, isPresent) => {
          if (present === undefined) return;
          for (const client of clients) {
            if (client < WATCHERS) continue;
            if (present.has(client) === isPresent) throw new Error(`watcher ${index} heard twice that ${client} is ${isPresent ? "there" : "gone"}`);
            if (isPresent) present.add(client);
            else present.delete(client);
          }
        },
      });
    await inParallel(WATCHERS, CONNECTING_MAX, async (watcher) => void (await join(watcher, seen[watcher])));
    const restless: Connection[] = [];
    await inParallel(RESTLESS, CONNECTING_MAX, async (index) => {
      restless[index] = await join(WATCHERS + index, undefined);
    });
    await Promise.all(restless.map((connection) => connection.leave()));
    const settled = async (): Promise<void> => {
      await pause(SETTLE_MS);
      const wrong = seen.findIndex((present) => present.size > 0);
      if (wrong >= 0) throw new Error(`watcher ${wrong} still believes in ${seen[wrong]?.size} of those who have gone`);
    };

    let changes = 0;
    const churn = async (seconds: number): Promise<void> => {
      const end = performance.now() + seconds * 1000;
      let next = 0;
      await Promise.all(
        Array.from({ length: WIDTH }, async () => {
          while (performance.now() < end) {
            const connection = restless[next++ % RESTLESS];
            await connection?.rejoin();
            await connection?.leave();
            changes += 2;
          }
        }),
      );
    };
    context.phase("warm-up");
    await churn(context.warmupSeconds);
    await settled();
    changes = 0;
    const framesBefore = adapter.frames;
    const stop = context.startMeter();
    await churn(context.seconds);
    await settled();
    const reading = stop();
    adapter.close();
    return { ...reading, unit: "changes", count: changes, published: 0, frames: adapter.frames - framesBefore };
  },
};
