import { WebSocket } from "ws";

/** The parts of a V8 CPU profile that a summary needs. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly hitCount?: number;
  }[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

const SAMPLING_MICROSECONDS = 200;

/** Profiles what listens for DevTools on `port` for `seconds`. */
export async function cpuProfile(port: number, seconds: number): Promise<CpuProfile> {
  const targets: { webSocketDebuggerUrl?: string }[] = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
  const url = targets.find(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl !== undefined)?.webSocketDebuggerUrl;
  if (url === undefined) throw new Error(`nothing to profile on port ${port}`);
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 30 });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const call = caller(socket);
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
  await call("Profiler.start");
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { profile } = await call("Profiler.stop");
  socket.terminate();
  if (profile === undefined) throw new Error("the profiler gave no profile");
  return profile;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly profile?: CpuProfile };
  readonly error?: { readonly message: string };
}

function caller(socket: WebSocket): (method: string, params?: object) => Promise<NonNullable<Answer["result"]>> {
  let lastId = 0;
  return (method, params = {}) => {
    lastId += 1;
    const id = lastId;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      const listen = (data: unknown): void => {
        const answer: Answer = JSON.parse(String(data));
        if (answer.id !== id) return;
        socket.off("message", listen);
        if (answer.error === undefined) resolve(answer.result ?? {});
        else reject(new Error(`${method}: ${answer.error.message}`));
      };
      socket.on("message", listen);
    });
  };
}
