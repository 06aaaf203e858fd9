// A device on one socket, written from docs/PROTOCOL.md alone, with nothing but `ws`: joins a channel, publishes, answers peer
// messages and its inbox, comes back after a loss.
//   node examples/thermometer.mjs http://127.0.0.1:8787 <app id> <user> <token>
import { randomUUID } from "node:crypto";
import WebSocket from "ws";

const [service, app, user, token] = process.argv.slice(2);
const lobby = { type: "message", name: "lobby" };
const query = new URLSearchParams({ app, user, device: "esp32", instance: randomUUID(), kind: "iot", keepAlive: "30000" });
const protocols = ["wigwag.v1", `t.${Buffer.from(token).toString("base64url")}`];

const positions = new Map(); // stream -> { epoch, seq }
const unanswered = new Map(); // id -> request
const seen = new Set(); // names of peer messages; the last thousand will do
let held = []; // events that do not fit yet
let nextId = 0;
let drops = 0;
let socket;

const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

function request(op, input) {
  const message = { type: "request", id: nextId++, op, input };
  unanswered.set(message.id, message);
  send(message);
}

function decode(data, isBinary) {
  const headAt = isBinary ? 4 : 0;
  let at = isBinary ? headAt + data.readUInt32BE(0) : data.length;
  const parsed = JSON.parse(data.toString("utf8", headAt, at));
  const take = (holder) => {
    if (!("bin" in holder)) return holder;
    at += holder.bin;
    return { ...holder, data: data.subarray(at - holder.bin, at) };
  };
  return [parsed].flat().map((message) => (message.type === "events" ? { ...message, items: message.items.map(take) } : take(message)));
}

function tell(message) {
  const name = `${message.from} ${message.device} ${message.id}`;
  if (!seen.has(name)) console.log(`${message.from}: ${message.data}`);
  seen.add(name);
  if (seen.size > 1000) seen.delete(seen.values().next().value);
}

const receive = {
  welcome({ firstId, inbox }) {
    nextId = Math.max(nextId, firstId + 1);
    positions.set("inbox", inbox);
    held = [];
    for (const [id, message] of unanswered) {
      if (message.op === "channel.join" || message.op === "stream.resume") unanswered.delete(id);
      else send(message);
    }
    request("channel.join", { channel: lobby, via: "session", position: positions.get("channel:message:lobby") });
  },
  events(message) {
    const { stream, epoch, after, upTo, items } = message;
    const position = positions.get(stream);
    if (position === undefined) return held.push(message);
    if (epoch !== position.epoch || after > position.seq) {
      if (held.length === 0) request("stream.resume", { streams: [{ stream, ...position }] });
      return held.push(message);
    }
    if (upTo <= position.seq) return;
    for (const item of items) if (item.seq > position.seq) tell(item);
    positions.set(stream, { epoch, seq: upTo });
    if (stream === "inbox") send({ type: "ack", stream, upTo });
  },
  message(message) {
    tell(message);
    send({ type: "received", messages: [[message.from, message.device, message.id]] });
  },
  notice({ name, to }) {
    if (name === "inbox.truncated") positions.get("inbox").seq = Math.max(positions.get("inbox").seq, to);
  },
  reply({ id, ok, error }) {
    const { op } = unanswered.get(id) ?? {};
    unanswered.delete(id);
    if (error) return console.log(`${op}: ${error.code}: ${error.message}`);
    if (op !== "channel.join" && op !== "stream.resume") return;
    for (const { stream, epoch, seq, recovered } of ok.streams ?? [ok]) if (!recovered) positions.set(stream, { epoch, seq });
    for (const events of held.splice(0)) receive.events(events);
    if (op === "channel.join") request("channel.publish", { channel: lobby, data: "21.5" });
  },
};

function connect() {
  const openedAt = Date.now();
  socket = new WebSocket(`${service.replace(/^http/, "ws")}/v1/session?${query}`, protocols);
  const ping = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send("ping");
    for (const message of unanswered.values()) send(message); // with its old id: answered as before, done once
  }, 30_000);
  socket.on("message", (data, isBinary) => {
    if (!isBinary && data.toString() === "pong") return;
    for (const message of decode(data, isBinary)) receive[message.type]?.(message);
  });
  socket.on("error", () => {}); // its close follows
  socket.on("close", (code, reason) => {
    clearInterval(ping);
    console.log(`closed: ${code} ${reason}`);
    if (code >= 4100 && code <= 4299) process.exit(1);
    if (Date.now() - openedAt > 10_000) drops = 0;
    setTimeout(connect, Math.random() * Math.min(30_000, 300 * 2 ** drops++));
  });
}
connect();
