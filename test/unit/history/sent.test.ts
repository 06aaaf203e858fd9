import { describe, expect, it } from "vitest";
import { MINUTE_MS, minuteOf, sentPlaces, weekOf } from "../../../src/domain/history/sent.ts";

describe("where a user has sent something", () => {
  it("[RR25] is one entry per minute, however many messages and pages", () => {
    const at = 1_795_000_000_000 - (1_795_000_000_000 % MINUTE_MS);
    const pages = [
      {
        sent: [
          { from: "ann", ts: at },
          { from: "ann", ts: at + 5 },
          { from: "bob", ts: at + 6 },
        ],
      },
      {
        sent: [
          { from: "ann", ts: at + MINUTE_MS - 1 },
          { from: "ann", ts: at + MINUTE_MS },
        ],
      },
    ];
    const [week, minute] = [weekOf(at), minuteOf(at)];
    const places = [
      { week, sender: "ann", minute },
      { week, sender: "bob", minute },
      { week, sender: "ann", minute: minute + 1 },
    ];
    expect(sentPlaces(pages)).toEqual(places);
    expect(sentPlaces(pages.slice(1))).toEqual([places[0], places[2]]);
    expect(sentPlaces([])).toEqual([]);
  });

  it("[RR25] stands in the week of its minute, for any minute", () => {
    for (const ts of [0, MINUTE_MS - 1, 604_799_999, 604_800_000, 1_795_000_000_000]) expect(weekOf(minuteOf(ts) * MINUTE_MS)).toBe(weekOf(ts));
  });
});
