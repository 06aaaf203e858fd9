import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import WebSocketOfWs, { WebSocketServer } from "ws";
import { type WebSocketConstructor, webSocketTransport } from "../../../src/client/transport.ts";

/** Both constructors that Node programs use, against a real server. */
const CONSTRUCTORS: [string, WebSocketConstructor][] = [
  ["of the platform", WebSocket],
  ["of ws", WebSocketOfWs],
];

describe.each(CONSTRUCTORS)("the WebSocket transport with the one %s", (_name, implementation) => {
  let http: Server;
  let server: WebSocketServer;
  let url: string;

  beforeEach(async () => {
    http = createServer();
    server = new WebSocketServer({ server: http, handleProtocols: (offered) => [...offered][0] ?? false });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const address = http.address();
    url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : ""}/v1/session`;
  });
  afterEach(() => new Promise<void>((resolve) => http.close(() => resolve())));

  it("[SD43] carries text and bytes both ways, and tells the close code and reason", async () => {
    server.on("connection", (socket) => {
      socket.on("message", (data, binary) => {
        socket.send(data, { binary });
        if (binary) socket.close(4203, "logged in elsewhere");
      });
    });
    const frames: (string | ArrayBuffer)[] = [];
    const closed = await new Promise((resolve) => {
      const socket = webSocketTransport(implementation).open(url, ["wigwag.v1", "t.c2VjcmV0"], {
        opened: () => {
          socket.send("ping");
          socket.send(new Uint8Array([1, 2]));
        },
        message: (frame) => frames.push(frame),
        closed: (code, reason) => resolve({ code, reason }),
      });
    });
    expect(frames).toEqual(["ping", new Uint8Array([1, 2]).buffer]);
    expect(closed).toEqual({ code: 4203, reason: "logged in elsewhere" });
  });

  it("[SD43] tells a refused connection as a close", async () => {
    http.removeAllListeners("upgrade").on("upgrade", (_request, socket) => socket.destroy());
    const code = await new Promise((resolve) => {
      webSocketTransport(implementation).open(url, ["wigwag.v1"], { opened: () => {}, message: () => {}, closed: resolve });
    });
    expect(code).toBe(1006);
  });
});
