import type { Channel, Client } from "../../../src/client/index.ts";
import type { TokenPermissions } from "../../../src/client/token.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { Part } from "./cast.ts";
import { pause, type Stage } from "./stage.ts";

const WITH_MS = 2_000;
const WITHOUT_MS = 1_500;
const RETRY_MS = 300;
/** Where a connection was lost meanwhile, the channels may not have been told yet: that is repeated every 5 s. */
const ON_ITS_WAY_MS = 12_000;

/**
 * Renews its token over and over: with one that lets it write nothing and read one channel of two, then with one that lets it do
 * everything. What it says beyond its rights has to be refused, and what it may not hear must not come.
 */
export async function renewOn(stage: Stage, part: Part, recorder: Recorder): Promise<void> {
  const { channels } = part;
  const all: TokenPermissions = { messageChannels: { read: channels, write: channels } };
  const less: TokenPermissions = { messageChannels: { read: channels.slice(0, 1) } };
  let granted = all;
  const client = await stage.login(part, recorder, () => stage.token(part.user, granted));
  const joined = new Map<string, Channel>();
  const noteRights = (): void => {
    for (const name of channels) {
      const { read = [], write = [] } = granted.messageChannels ?? {};
      recorder.note({ is: "rights", device: recorder.device, target: `channel:${name}`, read: read.includes(name), write: write.includes(name) });
    }
  };
  const speak = async (forMs: number, forbidden: boolean): Promise<void> => {
    const until = performance.now() + forMs;
    while (stage.running && performance.now() < until) {
      for (const name of channels) await stage.under(recorder.publish(client, name, { timeoutMs: stage.task.timeoutMs, forbidden }));
      await stage.moment(stage.task.paceMs);
    }
  };

  while (stage.running) {
    for (const name of channels) {
      if (joined.has(name)) continue;
      const channel = await stage.join(client, recorder, name);
      if (channel === undefined) return;
      joined.set(name, channel);
      channel.on("closed", () => joined.delete(name));
    }
    await speak(WITH_MS, false);
    granted = less;
    await stage.under(renewed(stage, part, client, less));
    noteRights();
    await speak(WITHOUT_MS, true);
    granted = all;
    // What it allows may be done before we have the answer.
    noteRights();
    await stage.under(renewed(stage, part, client, all));
  }
}

/** Resolves when every channel must know what the token says. */
async function renewed(stage: Stage, part: Part, client: Client, permissions: TokenPermissions): Promise<void> {
  let disturbed = false;
  const stop = client.on("state", () => {
    disturbed = true;
  });
  for (;;) {
    try {
      await client.renewToken(await stage.token(part.user, permissions));
      break;
    } catch {
      disturbed = true;
      await pause(RETRY_MS);
    }
  }
  stop();
  if (disturbed) await pause(ON_ITS_WAY_MS);
}
