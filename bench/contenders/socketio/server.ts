import { createServer } from "node:http";
import { Server } from "socket.io";

/** Socket.IO as its documentation shows rooms, over WebSocket alone. Port in argv[2]. */
const http = createServer((_request, response) => response.end("ok"));
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

io.on("connection", (socket) => {
  const { kind, room } = socket.handshake.query;
  if (typeof room !== "string") return void socket.disconnect(true);
  void socket.join(room);
  // In a pair the other one gets it, in a room everybody, the sender included.
  if (kind === "peer") socket.on("message", (data: unknown) => socket.to(room).emit("message", data));
  else socket.on("message", (data: unknown) => io.to(room).emit("message", data));
});

http.listen(Number(process.argv[2]), "127.0.0.1");
