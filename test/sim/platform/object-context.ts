import type { Actor } from "./actor.ts";
import type { Disk } from "./disk.ts";
import { type ServerSocket, SimulatedWebSocket, type WebSocketRequestResponsePair } from "./sockets.ts";
import { EPOCH_MS } from "./world.ts";

/** What an instance asks of the machine it runs on. */
export interface ContextPorts {
  readonly name: string;
  readonly disk: Disk;
  readonly actor: Actor;
  /** The sockets of the object, whoever accepted them. */
  sockets(): readonly ServerSocket[];
  accept(socket: ServerSocket, tags: readonly string[]): void;
  answerPings(pair: WebSocketRequestResponsePair | undefined): void;
  /** Resolves when all that was written is durable; never, if the instance dies before. */
  synced(): Promise<void>;
  abort(): void;
  thrown(where: string, error: unknown): void;
}

/** For the platform: by what this life knows a socket. */
export interface HeldSockets {
  hold(socket: ServerSocket): SimulatedWebSocket;
  drop(socket: ServerSocket): void;
}

/** `ctx` of one life of an object. */
export function objectContext(ports: ContextPorts): HeldSockets {
  const { actor } = ports;
  const held = new Map<ServerSocket, SimulatedWebSocket>();
  const hold = (socket: ServerSocket): SimulatedWebSocket => {
    const known = held.get(socket) ?? new SimulatedWebSocket(socket);
    held.set(socket, known);
    return known;
  };
  const context = {
    id: { name: ports.name, jurisdiction: undefined, toString: () => ports.name },
    storage: objectStorage(ports),
    waitUntil: (work: Promise<unknown>) => {
      actor.busy(1);
      const over = (): void => actor.busy(-1);
      Promise.resolve(work).then(over, (error: unknown) => {
        over();
        if (actor.alive) ports.thrown(`${ports.name} waitUntil`, error);
      });
    },
    blockConcurrencyWhile: (run: () => Promise<unknown>) => run(),
    acceptWebSocket: (given: SimulatedWebSocket, tags: readonly string[] = []) => {
      const socket = SimulatedWebSocket.socketOf(given);
      held.set(socket, given);
      ports.accept(socket, tags);
    },
    getWebSockets: (tag?: string) =>
      ports
        .sockets()
        .filter((socket) => tag === undefined || socket.tags.includes(tag))
        .map(hold),
    setWebSocketAutoResponse: (pair?: WebSocketRequestResponsePair) => ports.answerPings(pair),
    getWebSocketAutoResponseTimestamp: (given: SimulatedWebSocket) => {
      const { pongAt } = SimulatedWebSocket.socketOf(given);
      return pongAt === undefined ? null : new Date(Math.floor(EPOCH_MS + pongAt));
    },
    abort: () => ports.abort(),
    hold,
    drop: (socket: ServerSocket): void => void held.delete(socket),
  };
  return context;
}

/** Storage of the class with SQLite. What is asynchronous there is done at once here: nothing can come between. */
function objectStorage({ disk, synced }: ContextPorts): object {
  const kv = {
    get: (key: string) => disk.get(key),
    put: (key: string, value: unknown) => disk.put(key, value),
    delete: (key: string) => disk.delete(key),
  };
  return {
    sql: { exec: (sql: string, ...values: unknown[]) => cursor(disk, sql, values) },
    kv,
    get: async (key: string) => kv.get(key),
    put: async (key: string, value: unknown) => kv.put(key, value),
    delete: async (key: string) => kv.delete(key),
    deleteAll: async () => disk.clear(),
    transactionSync: <T>(run: () => T): T => disk.savepoint(run),
    sync: synced,
    getAlarm: async () => disk.alarm.due ?? null,
    setAlarm: async (at: number | Date) => {
      disk.alarm = { ...disk.alarm, due: Number(at) };
    },
    deleteAlarm: async () => {
      disk.alarm = { ...disk.alarm, due: undefined };
    },
  };
}

function cursor(disk: Disk, sql: string, values: readonly unknown[]): object {
  const rows = disk.exec(sql, values);
  return {
    toArray: () => rows,
    one: () => {
      if (rows.length !== 1) throw new Error(`Expected exactly one result from SQL query, but got ${rows.length}`);
      return rows[0];
    },
    [Symbol.iterator]: () => rows[Symbol.iterator](),
    get rowsWritten() {
      return disk.changed;
    },
  };
}
