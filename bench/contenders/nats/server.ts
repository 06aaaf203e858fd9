import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChild } from "../../../scripts/lib/child.ts";
import type { RunningServer, ServerOptions } from "../servers.ts";
import { waitUntilListening } from "../wait-until-listening.ts";

const PROGRAM = "/usr/sbin/nats-server";

export const hasNats = (): boolean => existsSync(PROGRAM);

/** The server of the Debian package. It cannot do without its own port, so it gets any; clients come over WebSocket. */
export async function startNats({ port, cpu, directory }: ServerOptions): Promise<RunningServer> {
  const config = join(directory, "nats.conf");
  await writeFile(config, `listen: "127.0.0.1:-1"\nwebsocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }\n`);
  const child = startChild(PROGRAM, ["-c", config], { cpu, env: cpu === undefined ? {} : { GOMAXPROCS: "1" } });
  await waitUntilListening(child, port);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, log: () => child.log(), kill: () => child.kill() };
}
