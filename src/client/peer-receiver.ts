import { LIMITS } from "../protocol/limits.ts";
import type { Message, StreamMessage } from "../protocol/messages/message.ts";
import type { Received } from "../protocol/messages/request.ts";
import type { Environment } from "./environment.ts";
import type { PeerMessage } from "./events.ts";
import { SeenIds } from "./seen-ids.ts";

export interface PeerReceiverPort {
  readonly environment: Environment;
  post(receipt: Received): void;
  emit(message: PeerMessage): void;
}

/** Peer messages, pushed or from the inbox: each is told once, and each receipt is given, for repeats as well. */
export class PeerReceiver {
  readonly #seen = new SeenIds(LIMITS.rememberedSenders, LIMITS.rememberedIds);
  readonly #port: PeerReceiverPort;
  #receipts: Received["messages"] = [];

  constructor(port: PeerReceiverPort) {
    this.#port = port;
  }

  pushed(message: Message): void {
    this.#tell(message, false);
    this.#receipts.push([message.from, message.device, message.id]);
    if (this.#receipts.length === 1) this.#port.environment.soon(() => this.#flush());
  }

  /** The inbox is acknowledged as a stream. */
  waited(message: StreamMessage): void {
    this.#tell(message, message.bridged !== true);
  }

  #tell({ from, device, id, ts, data, customType, stored, to }: Message, waited: boolean): void {
    // Neither name can hold a line feed.
    if (!this.#seen.isNew(`${from}\n${device}`, id)) return;
    this.#port.emit({
      from,
      device,
      id,
      ts,
      data,
      waited,
      ...(customType !== undefined && { customType }),
      ...(stored && { stored }),
      ...(to !== undefined && { to }),
    });
  }

  #flush(): void {
    const receipts = this.#receipts;
    this.#receipts = [];
    for (let at = 0; at < receipts.length; at += LIMITS.frameMessages) {
      this.#port.post({ type: "received", messages: receipts.slice(at, at + LIMITS.frameMessages) });
    }
  }
}
