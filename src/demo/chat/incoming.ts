import type { ChannelMessage, PeerMessage } from "../../client/index.ts";
import type { Conversation } from "./conversation.ts";
import type { ImageEntry, SpokenEntry, TextEntry } from "./entry.ts";
import { sha256 } from "./image-file.ts";
import { ImageReceiver } from "./image-receiver.ts";
import { CHUNK_TYPE, decodeChunk, decodeOffer, OFFER_TYPE } from "./image-wire.ts";

type Message = PeerMessage | ChannelMessage;

/** Makes what is shown of what comes. */
export class Incoming {
  readonly #user: string;
  readonly #changed: () => void;
  readonly #images = new ImageReceiver();

  constructor(user: string, changed: () => void) {
    this.#user = user;
    this.#changed = changed;
  }

  /** Undefined for parts of pictures, and for what this page does not know. */
  take(conversation: Conversation, message: Message, late: boolean): SpokenEntry | undefined {
    const { customType, data } = message;
    const sender = JSON.stringify([conversation.id, message.from, message.device]);
    if (customType === OFFER_TYPE) return this.#image(message, sender, late);
    const chunk = customType === CHUNK_TYPE && typeof data !== "string" ? decodeChunk(data) : undefined;
    if (chunk !== undefined) this.#images.chunk(sender, chunk);
    return textFrom(this.#user, message, late);
  }

  #image(message: Message, sender: string, late: boolean): ImageEntry | undefined {
    const offer = typeof message.data === "string" ? decodeOffer(message.data) : undefined;
    if (offer === undefined) return undefined;
    const { from, ts } = message;
    const { name, bytes } = offer;
    const mine = from === this.#user;
    const entry: ImageEntry = { kind: "image", key: keyOf(message), from, mine, time: ts, missed: late && !mine, name, bytes, progress: 0 };
    const changed = this.#changed;
    this.#images.begin(sender, offer, {
      progress(done) {
        entry.progress = done;
        changed();
      },
      async complete(image, whole) {
        entry.url = URL.createObjectURL(image);
        changed();
        const digest = await sha256(whole);
        if (digest !== undefined) entry.sha256 = digest;
        changed();
      },
      broken(why) {
        entry.broken = why;
        changed();
      },
    });
    return entry;
  }
}

export function textFrom(user: string, message: Message, late: boolean): TextEntry | undefined {
  const { data, customType, from, ts } = message;
  if (typeof data !== "string" || customType !== undefined) return undefined;
  const mine = from === user;
  return { kind: "text", key: keyOf(message), from, mine, time: ts, missed: late && !mine, text: data, ...(mine && SENT) };
}

const SENT = { delivery: { at: "sent" } } as const;

/** The name of a message for ever. */
const keyOf = ({ from, device, id }: Message): string => JSON.stringify([from, device, id]);
