import type { Delivery } from "../lib/payload.ts";

/** One connected client of a contender. */
export interface Connection {
  /** Publishes to the room, or sends to the peer, that the connection was opened for. */
  send(payload: string): void;
  close(): void;
}

export interface Target {
  readonly kind: "room" | "peer" | "durable-room";
  /** The room, or the pair. */
  readonly name: string;
  /** Rises over all clients of a run. */
  readonly index: number;
  /** For `peer`: the index of the other one. */
  readonly peer?: number;
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
}

/** How the load generator speaks with one contender. */
export interface Adapter {
  /** Resolves when whatever is published from now on reaches the client. */
  connect(target: Target): Promise<Connection>;
  /** WebSocket messages received so far. */
  readonly frames: number;
  /** Stops timers and closes what is open. */
  close(): void;
}

export interface AdapterOptions {
  readonly url: string;
  /** Clients that the run will connect in all: an adapter may have to economise on descriptors. */
  readonly clients: number;
}
