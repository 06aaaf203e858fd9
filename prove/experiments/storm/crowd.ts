import { inParallel, pause } from "../../../bench/load/parallel.ts";
import { buildToken } from "../../../src/client/token.ts";
import { answerQuestions } from "../support/side-process.ts";
import { type CrowdOptions, channelOf, type Errand, type Report, userOf } from "./errand.ts";
import { KEEP_ALIVE_MS, LightClient } from "./light-client.ts";

const ENTERING_AT_ONCE = 64;
const LOOK_MS = 50;
const DAY_SECONDS = 24 * 3_600;
const WRONG_MOST = 20;

answerQuestions<CrowdOptions, Errand>((options) => {
  const { url, app, certificate, from, to, devicesPerUser, perChannel } = options;
  const wholeAt: number[] = [];
  const refusals = new Map<string, number>();
  const wrong: string[] = [];
  const heard = new Map<string, number>();
  /** Made before they are needed: signing five thousand in a storm would be the load generator's storm. */
  const tokens = new Map<string, { good: string; ended: string }>();
  const clients = Array.from({ length: to - from }, (_, offset) => {
    const index = from + offset;
    const user = userOf(index, devicesPerUser);
    return new LightClient({
      ...{ url, app, user, device: `device-${index}`, channel: channelOf(index, perChannel) },
      token: async (expired) => {
        const own = tokens.get(user);
        return (expired ? own?.ended : own?.good) ?? "";
      },
      whole: () => wholeAt.push(Date.now()),
      heard: (data) => heard.set(data, (heard.get(data) ?? 0) + 1),
      refused: (why) => refusals.set(why, (refusals.get(why) ?? 0) + 1),
      wrong: (what) => wrong.length < WRONG_MOST && wrong.push(what),
    });
  });
  setInterval(() => {
    for (const client of clients) client.ping();
  }, KEEP_ALIVE_MS);

  const report = (): Report => ({
    wholeAt: [...wholeAt],
    missing: clients.filter(({ isWhole }) => !isWhole).length,
    attempts: clients.reduce((sum, { attempts }) => sum + attempts, 0),
    refusals: [...refusals],
    wrong: [...wrong],
  });
  const allWhole = async (withinMs: number): Promise<void> => {
    for (let waited = 0; waited < withinMs && wholeAt.length < clients.length; waited += LOOK_MS) await pause(LOOK_MS);
  };

  return async (errand) => {
    switch (errand.is) {
      case "enter":
        for (let index = from; index < to; index++) {
          const userId = userOf(index, devicesPerUser);
          if (tokens.has(userId)) continue;
          const good = await buildToken({ appId: app, certificate, userId, expireSeconds: DAY_SECONDS });
          const ended = await buildToken({ appId: app, certificate, userId, expireSeconds: 60, issuedAtMs: Date.now() - 3_600_000 });
          tokens.set(userId, { good, ended });
        }
        await inParallel(clients.length, ENTERING_AT_ONCE, async (index) => {
          const client = clients[index];
          await client?.connect();
          while (client?.isWhole === false) await pause(LOOK_MS / 5);
        });
        return report();
      case "storm":
        wholeAt.length = 0;
        refusals.clear();
        for (const client of clients) client.prepare(errand.manner);
        await allWhole(errand.withinMs);
        return report();
      case "heard": {
        for (let waited = 0; waited < errand.withinMs && (heard.get(errand.data) ?? 0) < clients.length; waited += LOOK_MS) await pause(LOOK_MS);
        return { ...report(), missing: clients.length - (heard.get(errand.data) ?? 0) };
      }
    }
  };
});
