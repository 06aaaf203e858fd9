import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly ROOM: DurableObjectNamespace<Room>;
  readonly PAIR: DurableObjectNamespace<Pair>;
  readonly STORING: DurableObjectNamespace<Storing>;
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

function accept(ctx: DurableObjectState): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(server);
  return new Response(null, { status: 101, webSocket: client });
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const [, kind, name = ""] = new URL(request.url).pathname.split("/");
    if (kind === "room") return env.ROOM.getByName(name).fetch(request);
    if (kind === "pair") return env.PAIR.getByName(name).fetch(request);
    if (kind === "storing") return env.STORING.getByName(name).fetch(request);
    return new Response("ok");
  },
};
