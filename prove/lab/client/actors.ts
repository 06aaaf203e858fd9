import type { Client } from "../../../src/client/index.ts";
import type { Recorder } from "../../record/recorder.ts";
import { Rest } from "../rest.ts";
import { callOn } from "./callers.ts";
import type { Part } from "./cast.ts";
import { doubleOn } from "./doubler.ts";
import { hauntOn } from "./ghost.ts";
import { intrudeOn } from "./intruder.ts";
import { sendOn } from "./peers.ts";
import { publishOn, trespassOn } from "./publish.ts";
import { renewOn } from "./renewer.ts";
import type { Stage } from "./stage.ts";

const STAY_MS = 4_000;
const AWAY_MS = 3_000;
const WATCH_EVERY_MS = 5_000;
/** Between two words of a listener, and never less than it takes to lose a connection in between. */
const SILENCE_MS = 30_000;
const SILENCE_MS_LEAST = 4_000;
const SILENCE_STEP_MS = 200;

/** One device, from its first login to the end of the play. */
export async function play(stage: Stage, part: Part): Promise<void> {
  const recorder = stage.recorder(part);
  if (part.role === "wanderer") return wander(stage, part, recorder);
  if (part.role === "ghost") return void (await Promise.all(part.channels.map((name) => hauntOn(stage, part, name))));
  if (part.role === "intruder") return void (await Promise.all(part.channels.map((name) => intrudeOn(stage, part, recorder, name, new Rest(stage.task.url)))));
  if (part.role === "renewer") return renewOn(stage, part, recorder);
  if (part.role === "doubler") return void (await Promise.all(part.channels.map((name) => doubleOn(stage, part, recorder, name))));
  const client = await stage.login(part, recorder);
  const work: Promise<unknown>[] = part.peers.map((to, index) => sendOn(stage, recorder, client, to, part.role === "outsider" && index === 0));
  if (part.role === "caller") work.push(callOn(stage, recorder, client, part.others));
  else if (part.role === "visitor") work.push(...part.channels.map((name) => visit(stage, recorder, client, name)));
  else if (part.role === "listener") work.push(...part.channels.map((name) => listen(stage, recorder, client, name)));
  else if (part.role === "outsider") work.push(watch(stage, client, part), ...part.channels.map((name) => publishOn(stage, recorder, client, name)));
  else work.push(...part.channels.map((name) => belong(stage, part, recorder, client, name)));
  await Promise.all(work);
}

async function belong(stage: Stage, part: Part, recorder: Recorder, client: Client, name: string): Promise<void> {
  const target = `channel:${name}` as const;
  if (part.role === "reader") recorder.note({ is: "rights", device: recorder.device, target, read: true, write: false });
  const channel = await stage.join(client, recorder, name);
  if (channel === undefined) return;
  await (part.role === "reader" ? trespassOn : publishOn)(stage, recorder, channel, name);
}

/** Says a word now and then, and hears those of the others. */
async function listen(stage: Stage, recorder: Recorder, client: Client, name: string): Promise<void> {
  const channel = await stage.join(client, recorder, name);
  if (channel === undefined) return;
  const silenceMs = Math.max(SILENCE_MS * stage.task.timeScale, SILENCE_MS_LEAST);
  for (let n = 1; stage.running; n++) {
    await stage.under(recorder.publish(channel, name, { timeoutMs: stage.task.timeoutMs, store: n % 2 === 0 }));
    // In steps, so that the play's end need not wait for it.
    const until = performance.now() + silenceMs * (0.5 + stage.random());
    while (stage.running && performance.now() < until) await stage.moment(SILENCE_STEP_MS);
  }
}

/** Comes and goes, and hears only what is said meanwhile. */
async function visit(stage: Stage, recorder: Recorder, client: Client, name: string): Promise<void> {
  while (stage.running) {
    const channel = await stage.join(client, recorder, name);
    await stage.moment(STAY_MS);
    if (channel !== undefined && stage.running) await stage.under(channel.leave());
    await stage.moment(AWAY_MS);
  }
}

/** Goes offline without a logout, and comes back on the same device: what is kept for it waits. */
async function wander(stage: Stage, part: Part, recorder: Recorder): Promise<void> {
  for (;;) {
    const client = await stage.login(part, recorder);
    await stage.moment(STAY_MS);
    // In the end everybody is there, so that nothing waits.
    if (!stage.running) return;
    stage.clients.delete(part);
    client.close();
    await stage.moment(AWAY_MS);
  }
}

async function watch(stage: Stage, { presence }: Client, { others }: Part): Promise<void> {
  if (others.length === 0) return;
  while (stage.running) {
    await stage.under(presence.subscribe(others)).catch(() => {});
    await stage.moment(WATCH_EVERY_MS);
  }
}
