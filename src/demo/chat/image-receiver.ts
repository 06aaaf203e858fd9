import { type Chunk, chunkCount, type Offer } from "./image-wire.ts";

/** Pictures on their way at once; whoever starts more loses the oldest. */
const TRANSFERS_MAX = 16;

export interface ImageEvents {
  progress(done: number): void;
  complete(image: Blob, bytes: Uint8Array<ArrayBuffer>): void;
  broken(why: string): void;
}

interface Transfer {
  readonly offer: Offer;
  readonly parts: Uint8Array<ArrayBuffer>[];
  readonly events: ImageEvents;
}

/** Puts pictures together again. Each sender's device numbers its own. */
export class ImageReceiver {
  readonly #transfers = new Map<string, Transfer>();

  begin(sender: string, offer: Offer, events: ImageEvents): void {
    this.#end(keyOf(sender, offer.transfer))?.events.broken("replaced by another");
    this.#transfers.set(keyOf(sender, offer.transfer), { offer, parts: [], events });
    if (this.#transfers.size <= TRANSFERS_MAX) return;
    for (const oldest of this.#transfers.keys()) return void this.#end(oldest)?.events.broken("too many pictures at once");
  }

  chunk(sender: string, { transfer, index, data }: Chunk): void {
    const key = keyOf(sender, transfer);
    const known = this.#transfers.get(key);
    if (known === undefined || index < known.parts.length) return;
    const { offer, parts, events } = known;
    if (index > parts.length) return void this.#end(key)?.events.broken("a part of it was lost");
    parts.push(data);
    const count = chunkCount(offer.bytes);
    events.progress(parts.length / count);
    if (parts.length < count) return;
    this.#end(key);
    const bytes = join(parts);
    if (bytes.byteLength === offer.bytes) events.complete(new Blob([bytes], { type: offer.type }), bytes);
    else events.broken("its parts do not fit");
  }

  #end(key: string): Transfer | undefined {
    const transfer = this.#transfers.get(key);
    this.#transfers.delete(key);
    return transfer;
  }
}

const keyOf = (sender: string, transfer: number): string => `${transfer} ${sender}`;

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
