import { describe, expect, it } from "vitest";
import { isOffline, nextEnd, offlineAt, onlineStatus, type Sign } from "../../../src/domain/user/online-status.ts";

const TIMES = { unreachableMs: 6_000, leaseMs: 30_000 };
const heard = (heardAt: number, keepAliveMs = 10_000): Sign => ({ kind: "connected", heardAt, keepAliveMs });
const lost = (lostAt: number): Sign => ({ kind: "lost", lostAt });

describe("online status", () => {
  it.each<[string, Sign[], number, string]>([
    ["nobody", [], 0, "OFFLINE"],
    ["just heard", [heard(0)], 0, "ONLINE"],
    ["within one and a half keep-alives", [heard(0)], 14_999, "ONLINE"],
    ["after that", [heard(0)], 15_000, "UNREACHABLE"],
    ["within 6 s of a fast device", [heard(0, 1_000)], 5_999, "ONLINE"],
    ["after that, too", [heard(0, 1_000)], 6_000, "UNREACHABLE"],
    ["before three keep-alives", [heard(0, 60_000)], 179_999, "UNREACHABLE"],
    ["after three keep-alives", [heard(0, 60_000)], 180_000, "OFFLINE"],
    ["a fast device, but less than the lease", [heard(0, 1_000)], 29_999, "UNREACHABLE"],
    ["a lost socket", [lost(0)], 0, "UNREACHABLE"],
    ["a lost socket after the lease", [lost(0)], 30_000, "OFFLINE"],
  ])("[PS3] %s", (_what, signs, now, state) => {
    expect(onlineStatus(signs, now, TIMES)).toBe(state);
  });

  it("[PS4] the best of several devices counts", () => {
    expect(onlineStatus([lost(0), heard(0), lost(-90_000)], 1_000, TIMES)).toBe("ONLINE");
    expect(onlineStatus([lost(0), lost(-90_000)], 1_000, TIMES)).toBe("UNREACHABLE");
  });

  it("[PM91] a device's own lease ends with its own sign", () => {
    expect([29_999, 30_000].map((now) => isOffline(lost(0), now, TIMES))).toEqual([false, true]);
    expect([179_999, 180_000].map((now) => isOffline(heard(0, 60_000), now, TIMES))).toEqual([false, true]);
  });

  it("[PS3] the end is the last of the devices' ends, or none when it is past", () => {
    expect(offlineAt([lost(0), heard(0, 60_000)], 1_000, TIMES)).toBe(180_000);
    expect(offlineAt([lost(0)], 30_000, TIMES)).toBeUndefined();
  });

  it("[PS13] of several devices the first end comes first", () => {
    expect(nextEnd([lost(0), heard(0, 60_000)], 1_000, TIMES)).toBe(30_000);
    expect(nextEnd([lost(0), heard(0, 60_000)], 30_000, TIMES)).toBe(180_000);
    expect(nextEnd([lost(0)], 30_000, TIMES)).toBeUndefined();
  });
});
