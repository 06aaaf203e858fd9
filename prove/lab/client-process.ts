import { type Child, startChild } from "../../scripts/lib/child.ts";
import type { Status, Task } from "./client/task.ts";
import type { LabProcess } from "./fault.ts";

const STILL: Status = { acked: 0, said: 0, heard: 0, away: 0, underWay: 0, resting: false };

/** A process of clients, which may be killed and started again: what it has counted before stays counted. */
export class ClientProcess implements LabProcess {
  readonly name: string;
  /** Its devices, as in the record. */
  readonly devices: readonly string[];
  readonly #program: string;
  readonly #died: (device: string) => void;
  #task: Task;
  #child: Child;
  #before = { acked: 0, said: 0, heard: 0 };
  #status = STILL;
  #line: string | undefined;

  constructor(program: string, task: Task, devices: readonly string[], died: (device: string) => void) {
    this.name = `clients ${task.index}`;
    this.devices = devices;
    this.#program = program;
    this.#task = task;
    this.#died = died;
    this.#child = this.#start();
  }

  /** How many it has had, this one included. */
  get life(): number {
    return this.#task.life;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Over all its lives. */
  get status(): Status {
    const { acked, said, heard } = this.#before;
    return { ...this.#status, acked: this.#status.acked + acked, said: this.#status.said + said, heard: this.#status.heard + heard };
  }

  /** Why it is gone though nobody has killed it. */
  get failure(): string | undefined {
    return this.#child.exited() ? `${this.name} ended:\n${this.#child.log()}` : undefined;
  }

  say(line: "rest" | "end"): void {
    this.#line = line;
    this.#child.say(line);
  }

  /** Nothing, where it has ended by itself. */
  async kill(): Promise<void> {
    if (this.#child.exited()) return;
    await this.#child.kill();
    for (const device of this.devices) this.#died(device);
  }

  async restart(): Promise<void> {
    await this.kill();
    const { acked, said, heard } = this.status;
    this.#before = { acked, said, heard };
    this.#status = STILL;
    this.#task = { ...this.#task, life: this.#task.life + 1 };
    this.#child = this.#start();
    if (this.#line !== undefined) this.#child.say(this.#line);
  }

  end(): Promise<void> {
    this.say("end");
    return this.#child.ended.then(() => {});
  }

  #start(): Child {
    return startChild(process.execPath, [this.#program, JSON.stringify(this.#task)], {
      listens: true,
      // Its own lines: `main.ts` there writes nothing else.
      onLine: (line) => {
        this.#status = JSON.parse(line) as Status;
      },
    });
  }
}
