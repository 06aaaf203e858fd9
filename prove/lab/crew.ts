import { join } from "node:path";
import { castOf } from "./client/cast.ts";
import type { Status, Task } from "./client/task.ts";
import { ClientProcess } from "./client-process.ts";
import type { Profile } from "./profiles.ts";
import type { LabRecord } from "./record.ts";

const LOOK_EVERY_MS = 200;
/** Nothing new for so long: what was on its way has come. */
const SILENCE_MS = 2_000;
/** The longest fault: a call has to outlive it, and the loss of a second try. */
const TIMEOUT_MS = 90_000;
const TIMEOUT_LEAST_MS = 20_000;

export type Totals = Omit<Status, "present">;

/** All client processes of a run. */
export class Crew {
  readonly processes: readonly ClientProcess[];

  constructor(processes: readonly ClientProcess[]) {
    this.processes = processes;
  }

  totals(): Totals {
    const sum = (field: "acked" | "said" | "heard" | "away" | "underWay"): number => this.processes.reduce((total, { status }) => total + status[field], 0);
    const resting = this.processes.every(({ status }) => status.resting);
    return { acked: sum("acked"), said: sum("said"), heard: sum("heard"), away: sum("away"), underWay: sum("underWay"), resting };
  }

  failures(): string[] {
    return this.processes.flatMap(({ failure }) => failure ?? []);
  }

  /** Nothing new is said, everything under way gets its outcome, everybody is back and has heard it all. False where that does not come about in time. */
  async rest(withinMs: number, pause: (ms: number) => Promise<void>): Promise<boolean> {
    for (const process of this.processes) process.say("rest");
    let heard = -1;
    let quietMs = 0;
    for (let waited = 0; waited < withinMs; waited += LOOK_EVERY_MS) {
      const totals = this.totals();
      quietMs = totals.resting && totals.away === 0 && totals.heard === heard ? quietMs + LOOK_EVERY_MS : 0;
      if (quietMs >= SILENCE_MS) return true;
      heard = totals.heard;
      await pause(LOOK_EVERY_MS);
    }
    return false;
  }

  /** Who is where, by what the devices themselves know. */
  present(): { channels: Map<string, string[]>; online: string[] } {
    const channels = new Map<string, Set<string>>();
    const online = new Set<string>();
    for (const { status } of this.processes) {
      for (const user of status.present?.online ?? []) online.add(user);
      for (const [name, users] of Object.entries(status.present?.channels ?? {})) channels.set(name, new Set([...(channels.get(name) ?? []), ...users]));
    }
    return { channels: new Map([...channels].map(([name, users]) => [name, [...users]])), online: [...online] };
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.end()));
  }
}

/** One for each process of the profile, with its share of the cast. `programs`: processes take them in turn. */
export function crewOf(programs: readonly string[], url: string, profile: Profile, seed: number, record: LabRecord): Crew {
  const { processes, devices, paceMs, timeScale } = profile;
  const { parts } = castOf(seed, processes, devices);
  const all = Array.from({ length: processes }, (_, index) => {
    const file = join(record.directory, `clients-${index}.jsonl`);
    const timeoutMs = Math.max(TIMEOUT_LEAST_MS, TIMEOUT_MS * timeScale);
    const task: Task = { index, life: 1, url, seed, processes, devices, file, paceMs, timeoutMs, timeScale };
    const own = parts.filter(({ process }) => process === index).map(({ user, device }) => `${user}/${device}`);
    return new ClientProcess(programs[index % programs.length] ?? "", task, own, (device) => record.note({ is: "died", device }));
  });
  return new Crew(all);
}
