import { describe, expect, it } from "vitest";
import { ImageReceiver } from "../../../src/demo/chat/image-receiver.ts";
import { sendPicture } from "../../../src/demo/chat/image-sender.ts";
import { CHUNK_TYPE, type Chunk, chunkCount, decodeChunk, decodeOffer, IMAGE_BYTES_MAX, OFFER_TYPE, type Offer } from "../../../src/demo/chat/image-wire.ts";

const LIMIT = 32 * 1024;
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 31) % 251);

interface Sent {
  readonly data: string | Uint8Array;
  readonly type: string;
}

async function sent(bytes: Uint8Array<ArrayBuffer>): Promise<Sent[]> {
  const messages: Sent[] = [];
  await sendPicture(
    { name: "a.png", type: "image/png", bytes },
    async (data, type) => messages.push({ data, type }),
    () => {},
  );
  return messages;
}

const offerIn = ([first]: readonly Sent[]): Offer => {
  const offer = typeof first?.data === "string" ? decodeOffer(first.data) : undefined;
  if (offer === undefined) throw new Error("no offer");
  return offer;
};
const chunksIn = (messages: readonly Sent[]): Chunk[] =>
  messages.flatMap(({ data }) => (typeof data === "string" ? [] : [decodeChunk(data)])).filter((chunk) => chunk !== undefined);

/** What the page is told of one transfer. */
function receiving(receiver: ImageReceiver, sender: string, offer: Offer) {
  const told: { progress: number; bytes?: Uint8Array; broken?: string } = { progress: 0 };
  receiver.begin(sender, offer, {
    progress: (done) => {
      told.progress = done;
    },
    complete: (_image, bytes) => {
      told.bytes = bytes;
    },
    broken: (why) => {
      told.broken = why;
    },
  });
  return told;
}

describe("pictures", () => {
  it.each([1, LIMIT - 8, LIMIT - 7, 100_000, IMAGE_BYTES_MAX])("[DM13] of %i bytes arrive whole, in messages within the limit", async (length) => {
    const bytes = bytesOf(length);
    const messages = await sent(bytes);
    expect(messages.map(({ type }) => type)).toEqual([OFFER_TYPE, ...Array.from({ length: chunkCount(length) }, () => CHUNK_TYPE)]);
    expect(Math.max(...messages.map(({ data }) => data.length))).toBeLessThanOrEqual(LIMIT);
    const receiver = new ImageReceiver();
    const told = receiving(receiver, "ada", offerIn(messages));
    for (const chunk of chunksIn(messages)) receiver.chunk("ada", chunk);
    expect(told).toEqual({ progress: 1, bytes });
  });

  it("[DM13] of several senders do not mix, whatever numbers they chose; repeats are passed over", async () => {
    const [left, right] = [bytesOf(70_000), bytesOf(70_000).reverse()];
    const receiver = new ImageReceiver();
    const chunks = { ada: chunksIn(await sent(left)), bob: chunksIn(await sent(right)) };
    const offer: Offer = { transfer: 7, name: "", type: "image/png", bytes: 70_000 };
    const told = { ada: receiving(receiver, "ada", offer), bob: receiving(receiver, "bob", offer) };
    for (let at = 0; at < 3; at++) {
      for (const sender of ["ada", "bob"] as const) {
        const chunk = chunks[sender][at];
        if (chunk === undefined) throw new Error("too few");
        receiver.chunk(sender, { ...chunk, transfer: 7 });
        receiver.chunk(sender, { ...chunk, transfer: 7 });
      }
    }
    expect([told.ada.bytes, told.bob.bytes]).toEqual([left, right]);
  });

  it.each([
    "",
    "nonsense",
    "null",
    "7",
    "{}",
    '{"transfer":1,"name":"a","type":"image/svg+xml","bytes":10}',
    '{"transfer":1,"name":"a","type":"text/html","bytes":10}',
    '{"transfer":-1,"name":"a","type":"image/png","bytes":10}',
    '{"transfer":1,"name":7,"type":"image/png","bytes":10}',
    '{"transfer":1,"name":"a","type":"image/png","bytes":0}',
    '{"transfer":1,"name":"a","type":"image/png","bytes":1.5}',
    `{"transfer":1,"name":"a","type":"image/png","bytes":${IMAGE_BYTES_MAX + 1}}`,
    `{"transfer":1,"name":"${"n".repeat(101)}","type":"image/png","bytes":10}`,
  ])("[DM14] are not taken by an offer such as %s", (text) => {
    expect(decodeOffer(text)).toBeUndefined();
  });

  it("[DM14] of which a part was lost say so; parts nobody offered are passed over", async () => {
    const messages = await sent(bytesOf(100_000));
    const receiver = new ImageReceiver();
    const told = receiving(receiver, "ada", offerIn(messages));
    const [first, , third, fourth] = chunksIn(messages);
    if (first === undefined || third === undefined || fourth === undefined) throw new Error("too few");
    receiver.chunk("eve", first);
    expect(told.progress).toBe(0);
    receiver.chunk("ada", first);
    receiver.chunk("ada", third);
    receiver.chunk("ada", fourth);
    expect(told).toEqual({ progress: 0.25, broken: "a part of it was lost" });
    expect(decodeChunk(new Uint8Array(8))).toBeUndefined();
  });

  it("[DM14] whose parts are larger or smaller than promised are refused", () => {
    const receiver = new ImageReceiver();
    const told = receiving(receiver, "ada", { transfer: 1, name: "", type: "image/png", bytes: 10 });
    receiver.chunk("ada", { transfer: 1, index: 0, data: new Uint8Array(LIMIT) });
    expect(told.broken).toBe("its parts do not fit");
    expect(told.bytes).toBeUndefined();
  });

  it("[DM14] are on their way in bounded number: the oldest gives way", () => {
    const receiver = new ImageReceiver();
    const told = Array.from({ length: 17 }, (_, transfer) => receiving(receiver, "ada", { transfer, name: "", type: "image/png", bytes: 10 }));
    expect(told.map(({ broken }) => broken !== undefined)).toEqual([true, ...Array.from({ length: 16 }, () => false)]);
  });
});
