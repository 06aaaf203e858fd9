import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Events } from "../../../src/protocol/messages/events.ts";
import { type Delivery, decodePayload } from "../../lib/payload.ts";
import { ack } from "./wire.ts";

interface Ride {
  readonly epoch: string;
  position: number;
  unacknowledgedBytes: number;
}

/** Channels that ride on a session socket: the place in each, and what flow control wants to hear of it. */
export class Rides {
  readonly #rides = new Map<string, Ride>();
  readonly #onDeliveries: (deliveries: readonly Delivery[]) => void;

  constructor(onDeliveries: (deliveries: readonly Delivery[]) => void) {
    this.#onDeliveries = onDeliveries;
  }

  begin(stream: string, epoch: string, position: number): void {
    this.#rides.set(stream, { epoch, position, unacknowledgedBytes: 0 });
  }

  /** Answers the acknowledgement that is due, if one is. */
  take({ stream, epoch, after, upTo, items }: Events, bytes: number): string | undefined {
    const ride = this.#rides.get(stream);
    if (ride === undefined || ride.epoch !== epoch || after > ride.position) {
      throw new Error(`events of ${stream} ${epoch} after ${after}, but it stands at ${ride?.epoch} ${ride?.position}`);
    }
    const known = ride.position;
    ride.position = Math.max(known, upTo);
    this.#onDeliveries(items.filter(({ seq }) => seq > known).map(({ data }) => decodePayload(String(data))));
    ride.unacknowledgedBytes += bytes;
    return ride.unacknowledgedBytes >= LIMITS.ackBytes ? this.#acknowledge(stream, ride) : undefined;
  }

  /** For the time that is over: what has not been acknowledged. */
  due(): string[] {
    return [...this.#rides].filter(([, { unacknowledgedBytes }]) => unacknowledgedBytes > 0).map(([stream, ride]) => this.#acknowledge(stream, ride));
  }

  #acknowledge(stream: string, ride: Ride): string {
    ride.unacknowledgedBytes = 0;
    return ack(stream, ride.position);
  }
}
