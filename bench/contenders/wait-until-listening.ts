import { connect } from "node:net";
import type { Child } from "../../scripts/lib/child.ts";

const START_MS_MAX = 10_000;
const POLL_MS = 20;

/** For servers that answer no HTTP request. */
export async function waitUntilListening(child: Child, port: number): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (!(await accepts(port))) {
    if (child.exited()) throw new Error(`the server ended before it listened:\n${child.log()}`);
    if (performance.now() > deadline) throw new Error(`nobody listens on ${port} after ${START_MS_MAX} ms:\n${child.log()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
