import { describe, expect, it } from "vitest";
import type { RoomMessage } from "../../../src/client/chat/index.ts";
import { Danmaku } from "../../../src/demo/live/danmaku.ts";
import { giftIn } from "../../../src/demo/live/gifts.ts";
import { likesIn } from "../../../src/demo/live/likes.ts";
import { Rate, SECONDS } from "../../../src/demo/live/rate.ts";
import { sayIn } from "../../../src/demo/live/words.ts";

const WIDTH = 800;

describe("words that fly over the stage", () => {
  it("[LV2] never overlap: each has its lane until it is in, and is not caught up with", () => {
    const danmaku = new Danmaku((text) => text.length * 12);
    danmaku.resize(WIDTH, 3);
    let seen = 0;
    for (let ms = 0; ms < 60_000; ms += 40) {
      if (ms % 400 === 0) danmaku.add({ text: "x".repeat(1 + ((ms / 400) % 30)), hue: 0, own: false });
      danmaku.step(40);
      seen = Math.max(seen, danmaku.flying.length);
      for (const one of danmaku.flying) {
        for (const other of danmaku.flying) {
          if (one === other || one.lane !== other.lane || one.x > other.x) continue;
          expect(one.x + one.width).toBeLessThanOrEqual(other.x);
        }
      }
    }
    expect(seen).toBeGreaterThan(3);
    for (let ms = 0; ms < 120_000; ms += 40) danmaku.step(40);
    expect(danmaku.flying).toEqual([]);
  });

  it("[LV2] are bounded, and one's own go even when there are too many", () => {
    const danmaku = new Danmaku((text) => text.length * 12);
    danmaku.resize(WIDTH, 1);
    for (let n = 0; n < 1_000; n++) danmaku.add({ text: "theirs", hue: 0, own: false });
    danmaku.add({ text: "mine", hue: 0, own: true });
    danmaku.step(40);
    expect(danmaku.flying.map(({ text }) => text)).toEqual(["mine"]);
    let flown = 1;
    for (let ms = 0; ms < 600_000; ms += 40) {
      const before = new Set(danmaku.flying);
      danmaku.step(40);
      flown += danmaku.flying.filter((one) => !before.has(one)).length;
    }
    expect(flown).toBe(40);
  });
});

describe("what a message of the live room is", () => {
  const custom = (event: string, params?: Record<string, string>): RoomMessage => ({
    id: "m",
    from: "ann",
    ts: 0,
    key: "k",
    content: { type: "custom", event, ...(params && { params }) },
  });

  it("[LV3] a gift it knows, or likes within reason; anything else is nothing", () => {
    expect([custom("gift", { name: "rose" }), custom("gift", { name: "bomb" }), custom("gift"), custom("like")].map(giftIn)).toEqual([
      "rose",
      undefined,
      undefined,
      undefined,
    ]);
    const likes = ["3", "-1", "1e9", "x", "0.5"].map((count) => likesIn(custom("like", { count })));
    expect([...likes, likesIn(custom("gift", { count: "3" }))]).toEqual([3, 0, 0, 0, 0, 0]);
  });

  it("[LV5] the plot has the messages of each of the last seconds", () => {
    const rate = new Rate();
    for (let second = 0; second < SECONDS + 5; second++) {
      for (let n = 0; n < second; n++) rate.count();
      const rates = rate.tick();
      expect(rates).toHaveLength(SECONDS);
      expect(rates.at(-1)).toBe(second);
    }
    expect(rate.tick().slice(-2)).toEqual([SECONDS + 4, 0]);
  });

  it("[LV6] says it in English and Chinese", () => {
    expect(sayIn("en")("gave", { user: "{gift}", gift: "🌹" })).toBe("{gift} gives 🌹");
    expect(sayIn("zh")("gave", { user: "安", gift: "🌹" })).toBe("安 送出🌹");
  });
});
