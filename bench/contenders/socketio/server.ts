import { createServer } from "node:http";
import { Server } from "socket.io";

/** Socket.IO as its documentation shows rooms, over WebSocket alone. Port in argv[2]. */
const http = createServer((_request, response) => response.end("ok"));
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

/** Where one listens who wants what all devices say. */
const EVERY_DEVICE = "every-device";

io.on("connection", (socket) => {
  const { kind, room, client } = socket.handshake.query;
  if (typeof room !== "string") return void socket.disconnect(true);
  if (kind === "presence-room") {
    socket.to(room).emit("joined", Number(client));
    socket.on("disconnect", () => io.to(room).emit("left", Number(client)));
  }
  void socket.join(room);
  // In a pair the other one gets it, in a room everybody, the sender included; what a device says only those who ask for all.
  if (kind === "peer") socket.on("message", (data: unknown) => socket.to(room).emit("message", data));
  else if (kind === "device") socket.on("message", (data: unknown) => io.to(room).to(EVERY_DEVICE).emit("message", data));
  else socket.on("message", (data: unknown) => io.to(room).emit("message", data));
});

http.listen(Number(process.argv[2]), "127.0.0.1");
