import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { RTM_LIMITS } from "../../../src/rtm/limits.ts";
import { checkedMessage, fromWire, toWire } from "../../../src/rtm/message.ts";
import type { RtmMessage } from "../../../src/rtm/types.ts";

const text = fc.string({ unit: "binary", maxLength: 40 }).filter((each) => each.isWellFormed());
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

async function travelled(message: unknown): Promise<RtmMessage | undefined> {
  const checked = checkedMessage(message);
  if (typeof checked === "string") throw new Error(checked);
  return fromWire(await toWire(checked));
}

describe("a message on its way", () => {
  it("[RX39] comes back as it was, whatever it holds", async () => {
    const messages = fc.oneof(
      fc.record({ text, messageType: fc.constant("TEXT") }),
      fc.record({ rawMessage: fc.uint8Array({ maxLength: 64 }), description: optional(text), messageType: fc.constant("RAW") }),
    );
    await fc.assert(
      fc.asyncProperty(messages, async (message) => {
        expect(await travelled(message)).toEqual(message);
      }),
    );
  });

  it("[RX39] brings files and images with their names, measures and thumbnails", async () => {
    const file = { mediaId: "m.1", size: 7, fileName: 'a "file"', description: "", thumbnail: undefined, messageType: "FILE" };
    expect(await travelled(file)).toEqual(file);
    const thumbnail = new Blob([new Uint8Array([1, 2, 3])], { type: "image/png" });
    const measures = { width: 640, height: 480, thumbnailWidth: 64, thumbnailHeight: 48 };
    const image = await travelled({ mediaId: "m.2", size: 9, thumbnail, ...measures, messageType: "IMAGE" });
    expect(image).toMatchObject({ mediaId: "m.2", size: 9, fileName: undefined, description: undefined, ...measures, messageType: "IMAGE" });
    if (image === undefined || !("thumbnail" in image) || image.thumbnail === undefined) throw new Error("the thumbnail is lost");
    expect([image.thumbnail.type, new Uint8Array(await image.thumbnail.arrayBuffer())]).toEqual(["image/png", new Uint8Array([1, 2, 3])]);
  });

  it("[RX39] that is torn, or foreign, comes as its bytes", () => {
    const envelopes = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom("rtm.raw", "rtm.file", "rtm.image", "anything"));
    fc.assert(
      fc.property(envelopes, ([data, customType]) => {
        const message = fromWire({ data, customType });
        if (message?.messageType === "RAW" && message.description === undefined) expect(message.rawMessage).toEqual(data);
        else expect(customType).toMatch(/^rtm\./);
      }),
    );
    const tooLong = new Uint8Array([255, 255, 255, 255, 1]);
    expect(fromWire({ data: tooLong, customType: "rtm.raw" })).toEqual({ rawMessage: tooLong, description: undefined, messageType: "RAW" });
  });

  it("[RX32] fits a payload of the core, envelope included", async () => {
    const half = "\u0001".repeat(RTM_LIMITS.messageBytes / 2);
    const thumbnail = new Blob([new Uint8Array(RTM_LIMITS.messageBytes / 2)]);
    for (const message of [
      { rawMessage: new Uint8Array(RTM_LIMITS.messageBytes / 2), description: half },
      { messageType: "IMAGE", mediaId: "m".repeat(256), size: 30 * 1024 * 1024, thumbnail, fileName: half, width: 4000, height: 3000 },
    ]) {
      const checked = checkedMessage(message);
      if (typeof checked === "string") throw new Error(checked);
      expect((await toWire(checked)).data.length).toBeLessThanOrEqual(LIMITS.payloadBytes);
    }
    expect(checkedMessage({ rawMessage: new Uint8Array(RTM_LIMITS.messageBytes / 2 + 1), description: half })).toContain("more than");
  });

  it("[RX31] takes bytes of another world of the page, and of a part of a buffer", async () => {
    const whole = new Uint8Array([9, 1, 2, 9]);
    expect(await travelled({ rawMessage: new DataView(whole.buffer, 1, 2) })).toMatchObject({ rawMessage: new Uint8Array([1, 2]) });
  });
});
