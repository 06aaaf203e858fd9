import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit, machine } from "../../bench/lib/machine.ts";
import { VERSION } from "../../src/server/version.ts";
import type { RunNotes } from "../check/run-directory.ts";
import type { RunEvent, Untimed } from "../record/event.ts";
import type { Profile } from "./profiles.ts";

/** The run's one clock: every process of this machine reads the same. */
export const now = (): number => performance.timeOrigin + performance.now();

/** What the lab itself notes, beside the files of its client processes. */
export class LabRecord {
  readonly directory: string;
  /** Faults that were noted. */
  faults = 0;
  readonly #file: string;

  constructor(directory: string, profile: Profile, seed: number) {
    this.directory = directory;
    this.#file = join(directory, "lab.jsonl");
    const { cpu, cores, kernel, workerd, node } = machine();
    const notes: RunNotes = {
      seed,
      profile: profile.name,
      startedAt: new Date().toISOString(),
      seconds: profile.seconds,
      versions: { wigwag: VERSION, workerd, node, commit: commit() },
      machine: `${cores} × ${cpu}, Linux ${kernel}`,
      timeScale: profile.timeScale,
    };
    writeFileSync(join(directory, "run.json"), `${JSON.stringify(notes, null, 2)}\n`);
    writeFileSync(this.#file, "");
  }

  note(event: Untimed): void {
    if (event.is === "fault") this.faults += 1;
    appendFileSync(this.#file, `${JSON.stringify({ ...event, at: now() } as RunEvent)}\n`);
  }
}
