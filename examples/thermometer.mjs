// A device on one socket, written from docs/PROTOCOL.md alone, with nothing but `ws`: joins a channel, publishes, answers peer
// messages and its inbox, comes back after a loss.
//   node examples/thermometer.mjs http://127.0.0.1:8787 <app id> <user> <token>
import { randomUUID } from "node:crypto";
import WebSocket from "ws";

const [service, app, user, token] = process.argv.slice(2);
const lobby = { type: "message", name: "lobby" };
const instance = randomUUID();
const query = new URLSearchParams({ app, user, device: "esp32", instance, kind: "iot", keepAlive: "30000" });
const protocols = ["wigwag.v1", `t.${Buffer.from(token).toString("base64url")}`];

const positions = new Map(); // stream -> { epoch, seq }
const unanswered = new Map(); // id -> request
const seen = new Set();
let nextId = 0;
let drops = 0;
let socket;

function request(op, input) {
  const message = { type: "request", id: nextId++, op, input };
  unanswered.set(message.id, message);
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function decode(data, isBinary) {
  const head = isBinary ? data.readUInt32BE(0) : data.length;
  const parsed = JSON.parse(data.toString("utf8", isBinary ? 4 : 0, isBinary ? 4 + head : head));
  let at = 4 + head;
  const take = (holder) => ("bin" in holder ? { ...holder, data: data.subarray(at, (at += holder.bin)) } : holder);
  return [parsed].flat().map((message) => (message.type === "events" ? { ...message, items: message.items.map(take) } : take(message)));
}

function tell(message) {
  const name = `${message.from} ${message.device} ${message.id}`;
  if (!seen.has(name)) console.log(`${message.from}: ${message.data}`);
  seen.add(name);
}

const receive = {
  welcome({ firstId, inbox }) {
    nextId = Math.max(nextId, firstId + 1);
    positions.set("inbox", inbox);
    for (const message of unanswered.values()) if (message.op !== "channel.join") socket.send(JSON.stringify(message));
    request("channel.join", { channel: lobby, via: "session", position: positions.get("channel:message:lobby") });
  },
  events({ stream, epoch, after, upTo, items }) {
    const position = positions.get(stream);
    if (position === undefined) return;
    if (epoch !== position.epoch || after > position.seq) return request("stream.resume", { streams: [{ stream, ...position }] });
    if (upTo <= position.seq) return;
    for (const item of items) if (item.seq > position.seq) tell(item);
    positions.set(stream, { epoch, seq: upTo });
    if (stream === "inbox") socket.send(JSON.stringify({ type: "ack", stream, upTo }));
  },
  message(message) {
    tell(message);
    socket.send(JSON.stringify({ type: "received", messages: [[message.from, message.device, message.id]] }));
  },
  reply({ id, ok, error }) {
    const { op } = unanswered.get(id) ?? {};
    unanswered.delete(id);
    if (error) return console.log(`${op}: ${error.code}: ${error.message}`);
    if (op === "channel.join" && !positions.has(ok.stream)) positions.set(ok.stream, { epoch: ok.epoch, seq: ok.seq });
    if (op === "channel.join") request("channel.publish", { channel: lobby, data: "21.5" });
    for (const { stream, epoch, seq, recovered } of [ok.streams ?? []].flat()) if (!recovered) positions.set(stream, { epoch, seq });
  },
};

function connect() {
  socket = new WebSocket(`${service.replace(/^http/, "ws")}/v1/session?${query}`, protocols);
  const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send("ping"), 30_000);
  socket.on("message", (data, isBinary) => {
    if (!isBinary && data.toString() === "pong") return;
    for (const message of decode(data, isBinary)) receive[message.type]?.(message);
  });
  socket.on("error", () => {});
  socket.on("close", (code, reason) => {
    clearInterval(ping);
    console.log(`closed: ${code} ${reason}`);
    if (code >= 4100 && code <= 4299) process.exit(1);
    setTimeout(connect, Math.random() * Math.min(30_000, 300 * 2 ** drops++));
  });
}
connect();
