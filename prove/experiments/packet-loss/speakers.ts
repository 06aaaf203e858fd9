import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "../../../scripts/lib/root.ts";
import type { LossyNetwork } from "../../lab/network/namespace.ts";
import type { RunEvent } from "../../record/event.ts";
import type { SpeakerJob, SpeakerOrder, SpeakerReport } from "./job.ts";

const PROGRAM = join(root, "prove/experiments/packet-loss/speaker.ts");

const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Processes of clients inside a network. */
export class Speakers {
  readonly #children: readonly ChildProcess[];
  readonly #counts = { ready: 0, said: 0 };
  #changed: () => void = () => {};

  private constructor(network: LossyNetwork, jobs: readonly SpeakerJob[], see: (event: RunEvent) => void) {
    this.#children = jobs.map((job) => {
      const [file, args] = network.inside(process.execPath, [PROGRAM, JSON.stringify(job)]);
      const child = spawn(file, [...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      alive.add(child);
      child.on("exit", () => {
        alive.delete(child);
        this.#changed();
      });
      child.on("message", (report: SpeakerReport) => {
        if (report.is === "events") for (const event of report.events) see(event);
        else this.#counts[report.is] += 1;
        this.#changed();
      });
      return child;
    });
  }

  /** Resolves when all are connected. */
  static async start(network: LossyNetwork, jobs: readonly SpeakerJob[], see: (event: RunEvent) => void): Promise<Speakers> {
    const speakers = new Speakers(network, jobs, see);
    await speakers.#reached("ready");
    return speakers;
  }

  /** Resolves when everything that was said has its outcome. */
  async speak(): Promise<void> {
    this.#tell("speak");
    await this.#reached("said");
  }

  async end(): Promise<void> {
    const gone = this.#children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined));
    this.#tell("end");
    const deadline = setTimeout(() => this.#children.map((child) => child.kill("SIGKILL")), 5_000);
    await Promise.all(gone);
    clearTimeout(deadline);
  }

  #tell(order: SpeakerOrder): void {
    for (const child of this.#children) if (child.connected) child.send(order);
  }

  async #reached(what: "ready" | "said"): Promise<void> {
    while (this.#counts[what] < this.#children.length) {
      if (this.#children.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null))
        throw new Error("a process of clients ended before its time");
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}
