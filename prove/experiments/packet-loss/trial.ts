import { join } from "node:path";
import { root } from "../../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../../scripts/lib/worker-config.ts";
import { startWorkerd } from "../../../scripts/lib/workerd.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { API_KEY, APP, CERTIFICATE } from "../../../test/support/killable.ts";
import type { Violation } from "../../check/invariant.ts";
import { type LossyNetwork, makeNetwork } from "../../lab/network/namespace.ts";
import type { PacketConditions } from "../../lab/network/rules.ts";
import type { RunEvent } from "../../record/event.ts";
import { type Account, accountOf, broken } from "./account.ts";
import { type Contender, machineNow } from "./job.ts";
import { startPlainServer } from "./plain-server.ts";
import { Speakers } from "./speakers.ts";

export interface TrialOptions {
  readonly contender: Contender;
  readonly conditions: PacketConditions;
  readonly seconds: number;
  readonly seed: number;
  /** Empty, for the service's storage. */
  readonly directory: string;
}

export interface Trial {
  readonly account: Account;
  readonly violations: readonly Violation[];
  readonly events: readonly RunEvent[];
  /** Connections the clients lost. */
  readonly drops: number;
}

const USERS = Array.from({ length: 10 }, (_, index) => `user-${index}`);
const PROCESSES = 2;
/** What was acknowledged has so long to arrive once packets are no longer lost: a dead socket is noticed within two keep-alives and a probe. */
const QUIET_MS = 90_000;
/** And what nobody vouches for so long, since it may never come. */
const PLAIN_QUIET_MS = 5_000;

/** Ten clients in a lossy network, who speak for a while; what they said has its outcome before the losses end. */
export async function runTrial({ contender, conditions, seconds, seed, directory }: TrialOptions): Promise<Trial> {
  const network = await makeNetwork();
  const server = contender === "plain" ? await plain(network) : await service(network, directory);
  const events: RunEvent[] = [];
  try {
    const jobs = Array.from({ length: PROCESSES }, (_, index) => ({
      contender,
      url: server.url,
      app: APP,
      certificate: CERTIFICATE,
      users: USERS.filter((_user, at) => at % PROCESSES === index),
      everybody: USERS,
      seconds,
      seed,
    }));
    const speakers = await Speakers.start(network, jobs, (event) => events.push(event));
    await network.set(conditions);
    await speakers.speak();
    await network.set({});
    await settle(events, contender === "plain" ? PLAIN_QUIET_MS : QUIET_MS);
    await speakers.end();
  } finally {
    await server.stop();
    await network.remove();
  }
  return {
    account: accountOf(events, USERS),
    violations: contender === "plain" ? [] : broken(events, USERS),
    events,
    drops: events.filter((event) => event.is === "link" && event.state === "reconnecting").length,
  };
}

/** Until everything has arrived, or no longer. */
async function settle(events: readonly RunEvent[], withinMs: number): Promise<void> {
  const until = machineNow() + withinMs;
  while (machineNow() < until && accountOf(events, USERS).missing > 0) await new Promise((resolve) => setTimeout(resolve, 500));
}

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

async function plain(network: LossyNetwork): Promise<Server> {
  return startPlainServer(network.host, await freePort());
}

async function service({ host }: LossyNetwork, directory: string): Promise<Server> {
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const own = {
    WIGWAG_SECRET: "loss-test-loss-test-loss-test-loss-test",
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
  };
  const server = await startWorkerd({
    entry,
    directory,
    host,
    port: await freePort(),
    durableObjects,
    compatibilityFlags,
    variables: { ...variables, ...own },
  });
  return { url: server.url, stop: () => server.kill() };
}
