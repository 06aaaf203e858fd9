import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy whose connections a test can cut, as a lost network does. */
export interface CutProxy {
  readonly url: string;
  cut(): void;
  /** While it is barred, nobody gets through. */
  bar(barred: boolean): void;
  stop(): Promise<void>;
}

export async function startCutProxy(target: string): Promise<CutProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const cut = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  let barred = false;
  const server = createServer((near) => {
    if (barred) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => other.destroy()).on("close", () => other.destroy());
      socket.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    bar: (now) => {
      barred = now;
    },
    stop: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
