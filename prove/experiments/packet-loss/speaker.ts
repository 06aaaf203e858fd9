import { setTimeout as pause } from "node:timers/promises";
import { randomFrom } from "../../../test/support/random.ts";
import type { RunEvent } from "../../record/event.ts";
import { machineNow, PERIOD_MS, type SpeakerJob, type SpeakerOrder, type SpeakerReport } from "./job.ts";
import { plainVoice } from "./plain-voice.ts";
import { sdkVoice } from "./sdk-voice.ts";

/** One user, as the speaker needs him. */
export interface Voice {
  /** Resolves with the outcome noted. */
  publish(): Promise<void>;
  send(to: string): Promise<void>;
  end(): void;
}

export type Note = (event: RunEvent) => void;

const job = JSON.parse(process.argv[2] ?? "") as SpeakerJob;
const report = (said: SpeakerReport): void => void process.send?.(said);

const unsent: RunEvent[] = [];
const note: Note = (event) => void unsent.push(event);
const flush = (): void => {
  if (unsent.length > 0) report({ is: "events", events: unsent.splice(0) });
};
setInterval(flush, 200);

const voices = await Promise.all(
  job.users.map(async (user) => ({ user, voice: job.contender === "plain" ? await plainVoice(job, user, note) : await sdkVoice(job, user, note) })),
);

async function speak(user: string, voice: Voice): Promise<void> {
  const own = job.everybody.indexOf(user);
  const random = randomFrom(job.seed + own);
  const next = job.everybody[(own + 1) % job.everybody.length] ?? user;
  const until = machineNow() + job.seconds * 1_000;
  const underWay: Promise<void>[] = [];
  for (;;) {
    await pause(random() * PERIOD_MS);
    if (machineNow() >= until) break;
    underWay.push(voice.publish());
    await pause(random() * PERIOD_MS);
    if (machineNow() >= until) break;
    underWay.push(voice.send(next));
  }
  await Promise.all(underWay);
}

process.on("message", async (order: SpeakerOrder) => {
  if (order === "speak") {
    await Promise.all(voices.map(({ user, voice }) => speak(user, voice)));
    flush();
    report({ is: "said" });
  } else {
    for (const { voice } of voices) voice.end();
    flush();
    process.exit(0);
  }
});
report({ is: "ready" });
