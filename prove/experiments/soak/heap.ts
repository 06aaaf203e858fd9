import { WebSocket } from "ws";

const ANSWER_MS_MAX = 30_000;
const MEGABYTE = 1024 * 1024;

export interface Heap {
  /** What is in use, once what is not has been collected: megabytes. */
  readonly liveMb: number;
  /** What the engine keeps for itself, used or not. */
  readonly heldMb: number;
}

/** A service that rests answers no debugger. */
const POKE_EVERY_MS = 100;

/** Has the service's isolate collect its garbage, by the protocol of its debugger, and says what is left. */
export async function collectedHeap({ inspectorPort, url: service }: { readonly inspectorPort: number; readonly url: string }): Promise<Heap> {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()) as { readonly webSocketDebuggerUrl?: string }[];
  const url = targets.find(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl !== undefined)?.webSocketDebuggerUrl;
  if (url === undefined) throw new Error(`nothing listens for a debugger on port ${inspectorPort}`);
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let last = 0;
  const call = (method: string): Promise<Readonly<Record<string, number>>> => {
    last += 1;
    const id = last;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${method} was not answered`)), ANSWER_MS_MAX);
      socket.on("message", (data) => {
        const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result?: Readonly<Record<string, number>>; readonly error?: object };
        if (answer.id !== id) return;
        clearTimeout(late);
        if (answer.result === undefined) reject(new Error(`${method}: ${JSON.stringify(answer.error)}`));
        else resolve(answer.result);
      });
    });
  };
  const pokes = setInterval(() => void fetch(`${service}/health`).catch(() => {}), POKE_EVERY_MS);
  try {
    await call("HeapProfiler.enable");
    // The first one finds what the second one can free.
    await call("HeapProfiler.collectGarbage");
    await call("HeapProfiler.collectGarbage");
    const { usedSize = 0, totalSize = 0 } = await call("Runtime.getHeapUsage");
    return { liveMb: usedSize / MEGABYTE, heldMb: totalSize / MEGABYTE };
  } finally {
    clearInterval(pokes);
    socket.terminate();
  }
}
