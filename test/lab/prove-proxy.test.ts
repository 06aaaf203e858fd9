import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type RunningProxy, startProxy } from "../../prove/lab/proxy.ts";
import { randomFrom } from "../support/random.ts";

const running: { server: Server; proxy: RunningProxy }[] = [];

afterEach(async () => {
  for (const { server, proxy } of running.splice(0)) {
    await proxy.stop();
    server.close();
  }
});

/** A server behind a proxy; `sockets` are its ends of the connections, in the order they came. */
async function behindProxy(serve: (socket: Socket) => void = (socket) => socket.pipe(socket)) {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on("error", () => {}));
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  const proxy = await startProxy({ target: `http://127.0.0.1:${address.port}`, random: randomFrom(1) });
  running.push({ server, proxy });
  return { proxy, sockets, dial: () => dial(proxy) };
}

interface Dialled {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly hears: (text: string) => Promise<void>;
  /** How it was ended by the other side: `end`, or the code of the error. */
  readonly fate: Promise<string>;
}

function dial(proxy: RunningProxy): Dialled {
  const socket = connect({ port: Number(new URL(proxy.url).port), host: "127.0.0.1", allowHalfOpen: false });
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  const fate = new Promise<string>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("end", () => resolve("end"));
  });
  const hears = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await once(socket, "data");
  };
  return { socket, heard: () => heard, hears, fate };
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Everything a socket says until it ends. */
async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Long enough for what must not happen to happen, where it would. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

describe("the lab's proxy", () => {
  test("[NL1] what is said arrives whole, both ways, and so does its end", async () => {
    const { proxy } = await behindProxy();
    proxy.set({ delayMs: 2, jitterMs: 5, bytesPerSecond: 4_000_000 });
    const random = randomFrom(3);
    const said = Buffer.from(Array.from({ length: 600_000 }, () => Math.floor(random() * 256)));
    const socket = connect({ port: Number(new URL(proxy.url).port), host: "127.0.0.1", allowHalfOpen: true });
    socket.end(said);
    expect(digest(await all(socket))).toBe(digest(said));
  });

  test("[NL2] delay is added in each direction", async () => {
    const { proxy, dial } = await behindProxy();
    const { socket, hears } = dial();
    socket.write("warm");
    await hears("warm");
    proxy.set({ delayMs: 60 });
    const from = performance.now();
    socket.write("slow");
    await hears("slow");
    expect(performance.now() - from).toBeGreaterThanOrEqual(119);
  });

  test("[NL3] 8 KB/s carry 4 KB in no less than half a second", async () => {
    const { proxy, dial } = await behindProxy((socket) => void socket.end("x".repeat(4_000)));
    proxy.set({ bytesPerSecond: 8_000 });
    const from = performance.now();
    expect(await dial().fate).toBe("end");
    expect(performance.now() - from).toBeGreaterThanOrEqual(499);
  });

  test("[NL4] a reader that takes nothing stalls the sender", async () => {
    const { dial, sockets } = await behindProxy((socket) => {
      const chunk = Buffer.alloc(64 * 1024, "x");
      const fill = (): void => {
        while (socket.write(chunk));
      };
      socket.on("drain", fill);
      fill();
    });
    const { socket } = dial();
    socket.pause();
    const taken = (): number => sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
    let before = -1;
    while (before < 1 || taken() !== before) {
      before = taken();
      await aWhile();
    }
    // What the kernel's buffers of four sockets hold, and the proxy's quarter megabyte.
    expect(before).toBeLessThan(40_000_000);
    socket.resume();
    while (taken() === before) await aWhile();
  });

  test("[NL5] nothing goes up, while what is said below arrives; later it goes on", async () => {
    const { proxy, dial, sockets } = await behindProxy(() => {});
    const { socket, hears } = dial();
    socket.write("before");
    while (sockets[0] === undefined) await aWhile();
    const [server] = sockets;
    await once(server, "data");
    proxy.set({ blackhole: "up" });
    let came = "";
    server.on("data", (chunk: Buffer) => {
      came += chunk.toString();
    });
    socket.write("held");
    server.write("down");
    await hears("down");
    await aWhile();
    expect(came).toBe("");
    expect(socket.destroyed).toBe(false);
    proxy.set({});
    while (came !== "held") await aWhile();
  });

  test("[NL5] the end of a side is not told through a blackhole", async () => {
    const { proxy, dial, sockets } = await behindProxy();
    const { socket, hears } = dial();
    socket.write("here");
    await hears("here");
    proxy.set({ blackhole: "both" });
    const ended = once(sockets[0] as Socket, "close");
    socket.destroy();
    await aWhile();
    expect(sockets[0]?.destroyed).toBe(false);
    proxy.set({});
    await ended;
  });

  test("[NL5] a client that comes during a blackhole gets through when it is over", async () => {
    const { proxy, dial, sockets } = await behindProxy();
    proxy.set({ blackhole: "down" });
    const { socket, hears } = dial();
    socket.write("late");
    await aWhile();
    expect(sockets).toHaveLength(0);
    proxy.set({});
    await hears("late");
  });

  test.each(["new", "established"] as const)("[NL6] a blackhole for %s connections only", async (only) => {
    const { proxy, dial } = await behindProxy();
    const old = dial();
    old.socket.write("old 1");
    await old.hears("old 1");
    proxy.set({ blackhole: "both", only });
    const fresh = dial();
    const [through, held] = only === "new" ? [old, fresh] : [fresh, old];
    held.socket.write("held");
    through.socket.write("through");
    await through.hears("through");
    await aWhile();
    expect(held.heard()).not.toContain("held");
    proxy.set({});
    await held.hears("held");
  });

  test("[NL7] refused connections are reset, and the others go on", async () => {
    const { proxy, dial } = await behindProxy();
    const old = dial();
    old.socket.write("one");
    await old.hears("one");
    proxy.set({ refuse: true });
    expect(await dial().fate).toBe("ECONNRESET");
    old.socket.write("two");
    await old.hears("two");
  });

  test.each([
    ["reset", "ECONNRESET"],
    ["end", "end"],
  ] as const)("[NL8] a cut by %s ends both sides", async (how, fate) => {
    const { proxy, dial, sockets } = await behindProxy();
    const { socket, hears, fate: met } = dial();
    socket.write("here");
    await hears("here");
    const server = sockets[0] as Socket;
    const closed = new Promise((resolve) => server.on("close", resolve));
    proxy.cut(how);
    expect(await met).toBe(fate);
    await closed;
    const next = dial();
    next.socket.write("again");
    await next.hears("again");
    expect(proxy.connections).toBe(1);
  });

  test("[NL9] a connection that is to die young does, after its time", async () => {
    const { proxy, dial } = await behindProxy();
    proxy.set({ resetAfterMs: 80, only: "new" });
    const from = performance.now();
    const { socket, hears, fate } = dial();
    socket.write("alive");
    await hears("alive");
    expect(await fate).toBe("ECONNRESET");
    expect(performance.now() - from).toBeGreaterThanOrEqual(79);
  });
});
