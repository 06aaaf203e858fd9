import { describe, expect, it } from "vitest";
import { tokenMoment } from "../../../src/domain/user/token-watch.ts";

const WARNING = 30;
const moment = (connected: boolean, tokenEndsAt: number | undefined, now: number) => tokenMoment({ connected, tokenEndsAt }, WARNING, now);

describe("a device's token", () => {
  it("[US16] is looked at 30 s before its end, and at its end", () => {
    expect(moment(true, 1_000, 0)).toBe(970);
    expect(moment(true, 1_000, 969)).toBe(970);
    expect(moment(true, 1_000, 970)).toBe(1_000);
    expect(moment(true, 1_000, 999)).toBe(1_000);
    expect(moment(true, 1_000, 1_000)).toBeUndefined();
  });

  it("[RO8] of one that is away is looked at once more at most", () => {
    expect(moment(false, 1_000, 0)).toBe(970);
    expect(moment(false, 1_000, 970)).toBeUndefined();
  });

  it("[US17] is not looked at where its end does not matter", () => {
    expect(moment(true, undefined, 0)).toBeUndefined();
  });
});
