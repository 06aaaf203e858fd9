import { expect, it } from "vitest";
import { formatHour, hourOf, hourStart, hoursOf, parseHour } from "../../../src/domain/history/hours.ts";

it("[EX1] hours of UTC are written as yyyyMMddHH, and only those that there are are read", () => {
  const hour = hourOf(Date.UTC(2026, 1, 28, 23, 59));
  expect([formatHour(hour), parseHour("2026022823"), hourStart(hour)]).toEqual(["2026022823", hour, Date.UTC(2026, 1, 28, 23)]);
  expect(["2026022900", "2026013100", "2026130100", "2026010124", "nonsense"].map((text) => parseHour(text) !== undefined)).toEqual([
    false,
    true,
    false,
    false,
    false,
  ]);
});

it("[EX1] of a batch each hour's numbers are noted, whatever their order", () => {
  const at = (hour: number) => hourStart(hour) + 1;
  const messages = [
    { seq: 7, ts: at(5) },
    { seq: 9, ts: at(2) },
    { seq: 3, ts: at(5) },
    { seq: 8, ts: at(5) },
  ];
  expect(hoursOf(messages)).toEqual([
    { hour: 5, first: 3, last: 8 },
    { hour: 2, first: 9, last: 9 },
  ]);
});
