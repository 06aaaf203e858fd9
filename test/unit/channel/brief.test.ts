import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { briefItems, briefPages } from "../../../src/domain/channel/brief-items.ts";
import { type Accepted, buildPage, type PageItem, parseItems } from "../../../src/domain/stream/page.ts";
import { inFull } from "../../../src/protocol/brief.ts";
import { ChannelHarness, type Reader } from "../../support/memory-channel.ts";

const accepted: fc.Arbitrary<Accepted> = fc.record({
  from: fc.constantFrom("ann", "bob", '"é\u{1f30d}'),
  device: fc.constantFrom("web-1", "mobile"),
  id: fc.integer({ min: 1, max: 5 }),
  ts: fc.integer({ min: 1000, max: 1010 }),
  data: fc.oneof({ weight: 4, arbitrary: fc.string() }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 9 }) }),
  customType: fc.option(fc.constant("note"), { nil: undefined, freq: 5 }),
  stored: fc.boolean(),
  key: fc.option(fc.constant("k"), { nil: undefined, freq: 5 }),
});

const read = (text: string): unknown[] | undefined => inFull(JSON.parse(`[${text}]`) as unknown[]);
const itemsOf = (reader: Reader): unknown[] => reader.messages().flatMap(({ type, items }) => (type === "events" ? (items as unknown[]) : []));

describe("items in short", () => {
  it("[WI7] say the same as in full, whatever the messages are", () => {
    fc.assert(
      fc.property(fc.array(accepted, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (batch, cut) => {
        const pages = [batch.slice(0, cut), batch.slice(cut)].flatMap((part, i) => (part.length === 0 ? [] : [buildPage(part, i === 0 ? 7 : 7 + cut, 1000)]));
        const inWords = JSON.parse(`[${pages.map(({ items }) => items).join(",")}]`);
        expect(read(briefPages(pages))).toEqual(inWords);
      }),
    );
  });

  it("[WI7] one after the other of one writer take a comma, two brackets and what is new", () => {
    const batch = [1, 2, 3].map((id) => ({ from: "ann", device: "web-1", id, ts: 1000 + 10 * id, data: `m${id}`, stored: false }));
    const [first = "", ...rest] = briefPages([buildPage(batch, 1, 1000)]).split(/,(?=\[)/);
    expect(JSON.parse(first)).toMatchObject({ seq: 1, from: "ann", data: "m1" });
    expect(rest).toEqual(['[10,"m2"]', '[10,"m3"]']);
  });

  it("[WI7] stand in full where a seq is left out between them", () => {
    const page = parseItems(
      buildPage(
        [1, 2].map((id) => ({ from: "ann", device: "d", id, ts: 5, data: "x", stored: false })),
        1,
        5,
      ),
    );
    const apart: PageItem[] = page.map((item) => ({ ...item, seq: item.seq * 2 }));
    expect(JSON.parse(`[${briefItems(apart)}]`)).toEqual(apart);
  });

  it("[WI7] that follow nothing are no frame", () => {
    expect(inFull([[1, "x"]])).toBeUndefined();
  });
});

describe("a channel with readers of both kinds", () => {
  it("[WI7] tells both the same, live and when they come back, and serialises once for those who lack the same", () => {
    const h = new ChannelHarness();
    const full = h.join("full");
    const brief = h.join("brief", "d1", undefined, true);
    for (let id = 1; id <= 6; id++) h.publish("ann", id, `m${id}`, id === 4 ? { customType: "note" } : {});
    h.publish("bob", 1, new Uint8Array([1, 2]));
    h.pass(1000);
    expect(itemsOf(full)).toHaveLength(7);
    expect(brief.inFull()).toEqual(itemsOf(full));
    expect(itemsOf(brief).filter(Array.isArray)).not.toEqual([]);

    const position = { epoch: h.channel.log.epoch, seq: 0 };
    const again = h.join("brief", "d1", position, true);
    const another = h.join("other", "d1", position, true);
    const wordy = h.join("full", "d1", position);
    expect(another.joined.frames[0]).toBe(again.joined.frames[0]);
    const replayed = (reader: typeof again) => Object.assign(reader, { frames: [...reader.joined.frames] });
    expect(replayed(again).inFull()).toEqual(itemsOf(replayed(wordy)));
    expect(itemsOf(wordy)).toHaveLength(7);

    // What has come meanwhile is not what was serialised before.
    h.publish("ann", 7, "m7");
    h.pass(1000);
    const late = replayed(h.join("late", "d1", position, true));
    expect(late.inFull()).toHaveLength(8);
  });
});
