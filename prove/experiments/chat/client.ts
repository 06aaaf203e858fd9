import { openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { randomFrom } from "../../../test/support/random.ts";
import { pause } from "../../lab/client/stage.ts";
import type { Status, Task } from "../../lab/client/task.ts";
import { CHATTERS, deviceIn } from "./cast.ts";
import type { Note } from "./notes.ts";
import { Talker } from "./talker.ts";

const STATUS_EVERY_MS = 500;

/** The argument is ours: `ClientProcess` wrote it. */
const task = JSON.parse(process.argv[2] ?? "") as Task;
const random = randomFrom(task.seed * 1_000 + task.index * 100 + task.life);
const file = openSync(task.file, "a");
const counts = { acked: 0, said: 0 };
// Whatever an earlier life has left half written.
writeSync(file, "\n");
let running = true;
let resting = false;

/** Written at once: what was told must be noted even if the process is killed then. */
function note(told: Note): void {
  writeSync(file, `${JSON.stringify(told)}\n`);
  if (told.is === "sent") counts.acked += 1;
  else if (told.is === "wrote") counts.said += 1;
}

const device = deviceIn(task.index, task.life);
const talkers = await Promise.all(
  CHATTERS.map((user) => Talker.open({ task, user, device, path: join(dirname(task.file), `${user}-${device}.sqlite`), random, note })),
);

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "rest") running = false;
  if (line === "end") void finish();
});
// Whoever started it is gone.
process.stdin.on("end", () => process.exit(1));
setInterval(tell, STATUS_EVERY_MS);

await Promise.all(talkers.map((talker) => talker.talk(() => running)));
while (underWay() > 0) await pause(STATUS_EVERY_MS);
resting = true;
tell();

async function finish(): Promise<void> {
  for (const talker of talkers) await talker.look();
  for (const talker of talkers) talker.close();
  process.exit(0);
}

function underWay(): number {
  return talkers.reduce((sum, talker) => sum + talker.underWay, 0);
}

function tell(): void {
  const heard = talkers.reduce((sum, talker) => sum + talker.heard, 0);
  const status: Status = { ...counts, heard, underWay: underWay(), away: talkers.filter(({ away }) => away).length, resting };
  process.stdout.write(`${JSON.stringify(status)}\n`);
}
