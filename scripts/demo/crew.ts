import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Report, report } from "./report.ts";

const PROGRAM = join(import.meta.dirname, "client.ts");

export interface CrewOptions {
  readonly directory: string;
  readonly certificate: string;
}

/** A client's process, and those it had before. */
export class Member {
  readonly user: string;
  readonly repeats = new Map<string, number>();
  readonly gaps: string[] = [];
  restarts = 0;
  latest: Report | undefined;
  /** What the journals held when the process was killed, at least. */
  known = { acknowledged: 0, received: 0 };
  readonly #options: CrewOptions;
  #child: ChildProcess;
  #failed: string | undefined;

  constructor(user: string, options: CrewOptions) {
    this.user = user;
    this.#options = options;
    this.#child = this.#start();
  }

  /** Why it ended, when nobody killed it. */
  get failure(): string | undefined {
    return this.#failed;
  }

  get isConnected(): boolean {
    return this.latest?.connected === true;
  }

  begin(): void {
    this.#child.send("begin");
  }

  /** SIGKILL: it gets to say nothing to anybody. */
  async kill(): Promise<void> {
    const child = this.#child;
    child.removeAllListeners("exit");
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await gone;
    this.#remember();
    this.known = this.latest ?? this.known;
    this.latest = undefined;
  }

  restart(): void {
    this.restarts += 1;
    this.#child = this.#start();
  }

  /** Adds up what the processes told, of which each counts from nothing. */
  #remember(): void {
    for (const [key, count] of Object.entries(this.latest?.repeats ?? {})) this.repeats.set(key, (this.repeats.get(key) ?? 0) + count);
    this.gaps.push(...(this.latest?.gaps ?? []));
  }

  #start(): ChildProcess {
    const { directory, certificate } = this.#options;
    const child = fork(PROGRAM, [directory, this.user], {
      env: { ...process.env, WIGWAG_DEV_APP_CERTIFICATE: certificate },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (message) => {
      this.latest = report.parse(message);
    });
    child.on("exit", (code, signal) => {
      this.#failed = `${this.user} ended by itself (${code ?? signal})`;
    });
    return child;
  }
}
