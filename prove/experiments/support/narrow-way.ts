import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a server on which what comes down is taken from the server no faster than the client's end would take it. */
export interface NarrowWay {
  readonly url: string;
  /** Bytes per second of each connection that are read from the server; 0: its socket is not read at all; undefined: as they come. */
  narrow(bytesPerSecond: number | undefined): void;
  stop(): void;
}

/** How often a narrow connection takes its share. */
const STEP_MS = 100;

export async function startNarrowWay(target: string): Promise<NarrowWay> {
  const { hostname, port } = new URL(target);
  const open = new Map<Socket, Socket>();
  let rate: number | undefined;
  const take = (far: Socket, near: Socket, bytes: number): void => {
    const chunk: Buffer | null = bytes > 0 ? far.read(Math.min(bytes, far.readableLength)) : null;
    if (chunk !== null) near.write(chunk);
  };
  const takeAll = (far: Socket): void => {
    const near = open.get(far);
    if (near !== undefined && rate === undefined) take(far, near, far.readableLength);
  };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    open.set(far, near);
    near.pipe(far);
    far
      .on("readable", () => takeAll(far))
      .on("end", () => near.end())
      .on("error", () => near.destroy())
      .on("close", () => open.delete(far) && near.destroySoon());
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
  }).listen(0, "127.0.0.1");
  const timer = setInterval(() => {
    if (rate !== undefined) for (const [far, near] of open) take(far, near, Math.floor((rate * STEP_MS) / 1000));
  }, STEP_MS);
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    narrow: (bytesPerSecond) => {
      rate = bytesPerSecond;
      for (const far of open.keys()) takeAll(far);
    },
    stop: () => {
      clearInterval(timer);
      server.close();
      for (const far of open.keys()) far.destroy();
    },
  };
}
