import { openSync } from "node:fs";
import { createInterface } from "node:readline";
import { randomFrom } from "../../../test/support/random.ts";
import { play } from "./actors.ts";
import { castOf } from "./cast.ts";
import { pause, Stage } from "./stage.ts";
import type { Status, Task } from "./task.ts";

const STATUS_EVERY_MS = 500;

/** The argument is ours: `ClientProcess` wrote it. */
const task = JSON.parse(process.argv[2] ?? "") as Task;
const stage = new Stage(task, randomFrom(task.seed * 1_000 + task.index * 100 + task.life), openSync(task.file, "a"));
let resting = false;

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "rest") stage.running = false;
  if (line === "end") {
    stage.end();
    process.exit(0);
  }
});
// Whoever started it is gone.
process.stdin.on("end", () => process.exit(1));
setInterval(tell, STATUS_EVERY_MS);

const parts = castOf(task.seed, task.processes, task.devices).parts.filter(({ process }) => process === task.index);
await Promise.all(parts.map((part) => play(stage, part)));
while (stage.counts.underWay > 0) await pause(STATUS_EVERY_MS);
resting = true;
tell();

function tell(): void {
  const status: Status = { ...stage.counts, away: stage.away(), resting, ...(resting && { present: stage.present() }) };
  process.stdout.write(`${JSON.stringify(status)}\n`);
}
