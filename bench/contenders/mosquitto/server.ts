import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChild } from "../../../scripts/lib/child.ts";
import type { RunningServer, ServerOptions } from "../servers.ts";
import { waitUntilListening } from "../wait-until-listening.ts";

const PROGRAM = "/usr/sbin/mosquitto";

export const hasMosquitto = (): boolean => existsSync(PROGRAM);

/** The broker of the Debian package, over WebSocket alone. Without bounds on queues: a message that it drops would end the run. */
export async function startMosquitto({ port, cpu, directory }: ServerOptions): Promise<RunningServer> {
  const config = join(directory, "mosquitto.conf");
  await writeFile(
    config,
    [
      `listener ${port} 127.0.0.1`,
      "protocol websockets",
      // 2.0.11 does not start with WebSocket alone.
      `listener 0 ${join(directory, "mosquitto.sock")}`,
      "allow_anonymous true",
      "persistence false",
      "max_queued_messages 0",
      "max_inflight_messages 0",
      "set_tcp_nodelay true",
      "log_type error",
      "user root",
      "",
    ].join("\n"),
  );
  const child = startChild(PROGRAM, ["-c", config], { cpu });
  await waitUntilListening(child, port);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, log: () => child.log(), kill: () => child.kill() };
}
