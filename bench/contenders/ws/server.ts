import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";

/** Rooms as anybody would write them over `ws`: a set of sockets, and a loop. Port in argv[2]. */
const http = createServer((_request, response) => response.end("ok"));
const server = new WebSocketServer({ server: http, perMessageDeflate: false, skipUTF8Validation: true });

const rooms = new Map<string, Set<WebSocket>>();
/** Who wants what all devices say. */
const EVERY_DEVICE = "every-device";

const everyone = (name: string): Set<WebSocket> => {
  const members = rooms.get(name) ?? new Set();
  rooms.set(name, members);
  return members;
};
const tell = (name: string, data: Buffer | string, except?: WebSocket): void => {
  for (const member of everyone(name)) if (member !== except) member.send(data, { binary: false });
};

server.on("connection", (socket, request) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const [, kind, room = ""] = pathname.split("/");
  const client = searchParams.get("client") ?? "";
  if (kind === "presence-room") tell(room, `+${client}`);
  everyone(room).add(socket);
  socket.on("message", (data: Buffer) => {
    tell(room, data, kind === "peer" ? socket : undefined);
    if (kind === "device") tell(EVERY_DEVICE, data);
  });
  socket.on("close", () => {
    everyone(room).delete(socket);
    if (kind === "presence-room") tell(room, `-${client}`);
    if (everyone(room).size === 0) rooms.delete(room);
  });
});

http.listen(Number(process.argv[2]), "127.0.0.1");
