import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly ROOM: DurableObjectNamespace<Room>;
  readonly PAIR: DurableObjectNamespace<Pair>;
  readonly STORING: DurableObjectNamespace<Storing>;
  readonly ATTENDED: DurableObjectNamespace<Attended>;
  readonly JOINED_ROOM: DurableObjectNamespace<JoinedRoom>;
  readonly JOINED_PAIR: DurableObjectNamespace<JoinedPair>;
  readonly USER: DurableObjectNamespace<User>;
}

/** The least a Durable Object can do for signaling: no login, no order, no storage. Ratios of the benchmark are to this. */
export class Room extends DurableObject<Env> {
  override fetch(): Response {
    return accept(this.ctx);
  }
  override webSocketMessage(_from: WebSocket, message: string | ArrayBuffer): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(message);
  }
}

/** Two sockets; what one sends the other gets. */
export class Pair extends DurableObject<Env> {
  override fetch(): Response {
    return accept(this.ctx);
  }
  override webSocketMessage(from: WebSocket, message: string | ArrayBuffer): void {
    for (const socket of this.ctx.getWebSockets()) if (socket !== from) socket.send(message);
  }
}

/** The room again, with one row per message: what durability costs without joining commits. */
export class Storing extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS message (seq INTEGER PRIMARY KEY, data TEXT)");
  }
  override fetch(): Response {
    return accept(this.ctx);
  }
  override webSocketMessage(_from: WebSocket, message: string | ArrayBuffer): void {
    this.ctx.storage.sql.exec("INSERT INTO message (data) VALUES (?)", String(message));
    for (const socket of this.ctx.getWebSockets()) socket.send(message);
  }
}

/** The room again; everybody is told of everybody's coming and going. */
export class Attended extends DurableObject<Env> {
  override fetch(request: Request): Response {
    const client = new URL(request.url).searchParams.get("client") ?? "";
    this.#tell(`+${client}`);
    return accept(this.ctx, [client]);
  }
  override webSocketClose(socket: WebSocket, code: number): void {
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
    this.#tell(`-${this.ctx.getTags(socket)[0]}`, socket);
  }
  #tell(change: string, except?: WebSocket): void {
    for (const socket of this.ctx.getWebSockets()) if (socket !== except && socket.readyState === WebSocket.OPEN) socket.send(change);
  }
}

/** What the cheapest joining is worth: a timer, always, and nothing of what it costs a channel that is quiet. */
const JOIN_MS = 2;

/** The room again: what came within two milliseconds is one frame. */
export class JoinedRoom extends DurableObject<Env> {
  #waiting: string[] = [];
  override fetch(): Response {
    return accept(this.ctx);
  }
  override webSocketMessage(_from: WebSocket, message: string | ArrayBuffer): void {
    if (this.#waiting.push(String(message)) === 1) setTimeout(() => this.#flush(), JOIN_MS);
  }
  #flush(): void {
    const frame = this.#waiting.join("\n");
    this.#waiting = [];
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

/** The pair again, joining alike. */
export class JoinedPair extends DurableObject<Env> {
  readonly #waiting = new Map<WebSocket, string[]>();
  override fetch(): Response {
    return accept(this.ctx);
  }
  override webSocketMessage(from: WebSocket, message: string | ArrayBuffer): void {
    if (this.#waiting.size === 0) setTimeout(() => this.#flush(), JOIN_MS);
    const waiting = this.#waiting.get(from);
    if (waiting === undefined) this.#waiting.set(from, [String(message)]);
    else waiting.push(String(message));
  }
  #flush(): void {
    const sockets = this.ctx.getWebSockets();
    for (const [from, messages] of this.#waiting) for (const socket of sockets) if (socket !== from) socket.send(messages.join("\n"));
    this.#waiting.clear();
  }
}

/** An object for each user, and one row for its login: the least that a user costs who is a place of its own. */
export class User extends DurableObject<Env> {
  override fetch(): Response {
    this.ctx.storage.kv.put("generation", (this.ctx.storage.kv.get<number>("generation") ?? 0) + 1);
    return accept(this.ctx);
  }
}

function accept(ctx: DurableObjectState, tags: string[] = []): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server, tags);
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const [, kind, name = ""] = new URL(request.url).pathname.split("/");
    if (kind === "room") return env.ROOM.getByName(name).fetch(request);
    if (kind === "pair") return env.PAIR.getByName(name).fetch(request);
    if (kind === "storing") return env.STORING.getByName(name).fetch(request);
    if (kind === "attended") return env.ATTENDED.getByName(name).fetch(request);
    if (kind === "joined-room") return env.JOINED_ROOM.getByName(name).fetch(request);
    if (kind === "joined-pair") return env.JOINED_PAIR.getByName(name).fetch(request);
    if (kind === "user") return env.USER.getByName(name).fetch(request);
    return new Response("ok");
  },
};
