import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";

export interface PlainServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Hands what it hears to whoever is connected, and keeps nothing. */
export async function startPlainServer(host: string, port: number): Promise<PlainServer> {
  const users = new Map<string, WebSocket>();
  const server = new WebSocketServer({ host, port, perMessageDeflate: false });
  server.on("connection", (socket, request) => {
    const user = new URL(request.url ?? "/", "http://plain").searchParams.get("user") ?? "";
    users.get(user)?.terminate();
    users.set(user, socket);
    socket.on("error", () => {});
    socket.on("close", () => users.get(user) === socket && users.delete(user));
    socket.on("message", (data) => {
      const text = String(data);
      if (text === "ping") return socket.send("pong");
      const { target } = JSON.parse(text) as { target: string };
      if (target.startsWith("channel:")) for (const each of users.values()) each.send(text);
      else users.get(target.slice("user:".length))?.send(text);
    });
  });
  await once(server, "listening");
  return {
    url: `http://${host}:${port}`,
    stop: async () => {
      for (const socket of users.values()) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
