import { pause } from "../../bench/load/parallel.ts";
import { connect } from "../../src/client/index.ts";
import type { Patch } from "../builds/patch.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { SHORT_LIVES } from "./soak/short-lives.ts";
import { startNarrowWay } from "./support/narrow-way.ts";
import { type Address, startService, tokenOf } from "./support/service.ts";

const RULE = "HX9";
const CHANNEL = "poisoned";
const POISON = "from here each duty throws";
const CURE = "from here none does";

/** Every duty of a channel's alarm throws, from one message to another. */
const THROWING_DUTIES: readonly Patch[] = [
  {
    name: "poison by message",
    file: "src/server/storage/sql-log-store.ts",
    find: "  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {\n",
    replace: `  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    const world = globalThis as { poisoned?: boolean };
    if (page.items.includes("${POISON}")) world.poisoned = true;
    if (page.items.includes("${CURE}")) world.poisoned = false;
`,
  },
  {
    name: "duties that throw",
    file: "src/server/objects/channel-object.ts",
    find: "  async #duty(name: ChannelDeadline): Promise<void> {\n",
    replace: `  async #duty(name: ChannelDeadline): Promise<void> {
    if ((globalThis as { poisoned?: boolean }).poisoned === true) throw new Error("poison");
`,
  },
];

/** A duty that threw comes again after two seconds, whatever the number of times. */
const RETRY_SECONDS = 2;
/** A lease of the test build, one more retry, and what a busy machine takes. */
const CURED_WITHIN_MS = 15_000;
const BETWEEN_MS = 100;

/** An alarm that throws for a while. */
export const POISONED_ALARM: Experiment = {
  name: "poisoned-alarm",
  title: "each duty of a channel's alarm throws for a while: the channel goes on, tries are bounded, and the work is done after",
  run: async ({ directory, seconds, say }) => {
    const service = await startService({ directory, patches: [...SHORT_LIVES, ...THROWING_DUTIES] });
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    try {
      const stays = await enter(service, "stays");
      const way = await startNarrowWay(service.url);
      const vanishes = await enter({ ...service, url: way.url }, "vanishes");
      const channel = await stays.join(CHANNEL);
      const left: string[] = [];
      channel.on("left", ({ users }) => left.push(...users));
      let heard = 0;
      channel.on("message", () => {
        heard += 1;
      });
      const listening = await vanishes.join(CHANNEL);
      const poisoned = Promise.withResolvers<void>();
      listening.on("message", ({ data }) => data === POISON && poisoned.resolve());
      await channel.publish(POISON);
      let acknowledged = 1;
      // Of a connection that is lost in the moment it was made the platform may not tell (docs/PLATFORM.md): this one stands.
      await poisoned.promise;
      // Without a goodbye: its lease is the alarm's to end.
      way.stop();
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        await channel.publish(`meanwhile ${acknowledged}`);
        acknowledged += 1;
        await pause(BETWEEN_MS);
      }
      if (left.length > 0) wrong("the poison does not work: somebody's lease was ended");
      const failures = service.server.log().split('"channel.duty-failed"').length - 1;
      // Two duties at a time at most: the lease, and the sweep.
      const most = 2 * (seconds / RETRY_SECONDS + 2);
      if (failures > most) wrong(`duties were tried ${failures} times in ${seconds} s`);
      if (failures === 0) wrong("no duty was tried");
      await channel.publish(CURE);
      acknowledged += 1;
      const curedAt = performance.now();
      while (left.length === 0 && performance.now() - curedAt < CURED_WITHIN_MS) await pause(BETWEEN_MS);
      const cureMs = Math.round(performance.now() - curedAt);
      if (!left.includes("vanishes")) wrong("the lease was not ended after the poison had gone");
      if (heard !== acknowledged) wrong(`${heard} messages were heard of ${acknowledged}`);
      say(`${failures} tries failed; the lease was ended ${cureMs} ms after`);
      for (const client of [stays, vanishes]) client.close();
      return { figures: { acknowledged, heard, "tries that failed": failures, "ms from the cure to the work done": cureMs }, violations };
    } finally {
      await service.server.kill();
    }
  },
};

async function enter(address: Address, user: string) {
  const client = await connect({ url: address.url, app: address.app, user, device: "d", token: () => tokenOf(address, user) });
  client.on("error", () => {});
  return client;
}
