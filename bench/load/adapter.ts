import type { Delivery } from "../lib/payload.ts";

/** One connected client of a contender. */
export interface Connection {
  /** Publishes to the room, or sends to the peer, that the connection was opened for. */
  send(payload: string): void;
  /** Ends its sockets without a word, as a lost network does; `channel`: only the one to the room, where that is another. */
  drop(part?: "channel"): void;
  /** Opens again what was dropped; resolves when it is live. A contender that can resume then brings what was missed. */
  reconnect(part?: "channel"): Promise<void>;
  /** Goes on purpose, so that the others are told at once; and comes again. */
  leave(): Promise<void>;
  rejoin(): Promise<void>;
  /** Reads nothing more from its sockets until told to go on. */
  pause(): void;
  unpause(): void;
}

export type TargetKind = "room" | "peer" | "durable-room" | "presence-room" | "device" | "login";

export interface Target {
  /** `device`: publishes to a room where only a consumer listens. `login`: proves who it is and joins nothing, where that is possible. */
  readonly kind: TargetKind;
  /** The room, or the pair. */
  readonly name: string;
  /** Rises over all clients of a run. */
  readonly index: number;
  /** For `peer`: the index of the other one. */
  readonly peer?: number;
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  /** For `presence-room`: these clients have come, or gone. */
  readonly onPresence?: (clients: readonly number[], present: boolean) => void;
  /** The server may close it for reading too slowly. Without this, a socket that closes ends the run. */
  readonly onClosed?: () => void;
}

export interface Consumer {
  /** The client's own number begins here; one that needs several logins takes the next ones. */
  readonly index: number;
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
}

/** How the load generator speaks with one contender. */
export interface Adapter {
  /** Resolves when whatever is published from now on reaches the client. */
  connect(target: Target): Promise<Connection>;
  /** One who gets what is published in all of these rooms. */
  consume(rooms: readonly string[], consumer: Consumer): Promise<void>;
  /** WebSocket messages received so far, and the bytes in them. */
  readonly frames: number;
  readonly bytes: number;
  /** Sockets one client in a room has. */
  readonly socketsPerClient: number;
  /** So long after the last login its server has put away what it needed for them. */
  readonly settleMs: number;
  /** Stops timers and closes what is open. */
  close(): void;
}

export interface AdapterOptions {
  readonly url: string;
  /** Clients that the run will connect in all: an adapter may have to economise on descriptors. */
  readonly clients: number;
}
