import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process of ours in a group of its own, so that everything it starts can be ended with it. */
export interface Child {
  readonly pid: number;
  /** What it has written to stdout and stderr, its last part. */
  log(): string;
  exited(): boolean;
  /** Its exit code, when it has ended; null after a signal. */
  readonly ended: Promise<number | null>;
  /** SIGKILL to the whole group; resolves when the process is gone. */
  kill(): Promise<void>;
  /** A line to its stdin, where it was started with one. */
  say(line: string): void;
}

/** Enough to explain a failed start; a chatty server must not fill our memory. */
const LOG_CHARS_MAX = 64 * 1024;

const alive = new Set<ChildProcess>();
const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Gone already.
  }
};
process.on("exit", () => alive.forEach(killGroup));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

export interface ChildOptions {
  /** Pins the process to this processor. */
  readonly cpu?: number | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Told of each line it writes to stdout, which is then not kept in the log. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Whether it has a stdin, for `say`. */
  readonly listens?: boolean | undefined;
}

export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const [file, argv] = options.cpu === undefined ? [command, args] : ["taskset", ["-c", String(options.cpu), command, ...args]];
  const child = spawn(file, argv, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  const pid = child.pid;
  let log = "";
  const keep = (chunk: string): void => {
    log = (log + chunk).slice(-LOG_CHARS_MAX);
  };
  const { onLine } = options;
  child.stdout.setEncoding("utf8");
  if (onLine === undefined) child.stdout.on("data", keep);
  else createInterface({ input: child.stdout }).on("line", onLine);
  child.stderr.setEncoding("utf8").on("data", keep);
  // Written to one that has gone: its exit says so.
  child.stdin.on("error", () => {});
  if (options.listens !== true) child.stdin.end();
  child.on("error", (error) => keep(`${error.message}\n`));
  if (pid === undefined) throw new Error(`${file} could not be started`);
  alive.add(child);
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  child.on("exit", () => alive.delete(child));
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    log: () => log,
    exited,
    ended,
    kill: async () => {
      const gone = exited() ? undefined : once(child, "exit");
      killGroup(child);
      await gone;
    },
    say: (line) => void child.stdin.write(`${line}\n`),
  };
}

/** A server that is up may have much to do before it answers; one that is not refuses at once. */
const ANSWER_MS_MAX = 15_000;

/** Polls until `url` answers 2xx; a process that ended first, or too much time, is an error that carries its log. */
export async function waitUntilHealthy(child: Child, url: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (child.exited()) throw new Error(`the server ended before it answered:\n${child.log()}`);
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) return;
    if (performance.now() > deadline) throw new Error(`${url} did not answer within ${withinMs} ms:\n${child.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
