import { describe, expect, it } from "vitest";
import { admit, type Device } from "../../../src/domain/user/devices.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const NOW = 10 * LIMITS.deviceForgottenMs;
const device = (name: string, changes: Partial<Device> = {}): Device => ({
  device: name,
  kind: "web",
  instance: "i",
  generation: 1,
  connected: true,
  seenAt: NOW,
  ...changes,
});
const login = { device: "new", kind: "web", instance: "i" };

describe("a login", () => {
  it("[US2] returns only as the same instance", () => {
    expect(admit([device("new")], login, "all", NOW).returning).toBe(true);
    expect(admit([device("new", { instance: "other" })], login, "all", NOW).returning).toBe(false);
    expect(admit([], login, "all", NOW).returning).toBe(false);
  });

  it.each([
    ["all", []],
    ["newest", ["a", "b"]],
    ["newest-per-kind", ["a"]],
  ] as const)("[US3] under policy %s ends %j", (policy, replaced) => {
    expect(admit([device("a"), device("b", { kind: "ios" }), device("new")], login, policy, NOW).replaced).toEqual(replaced);
  });

  it("[US4] beyond ten makes the longest absent go, before any that is connected", () => {
    const ten = Array.from({ length: LIMITS.devicesPerUser }, (_, n) => device(`d${n}`, { seenAt: NOW - n }));
    expect(admit(ten, login, "all", NOW).replaced).toEqual(["d9"]);
    const absent = [...ten.slice(1), device("away", { connected: false, seenAt: NOW - 1 })];
    expect(admit(absent, login, "all", NOW).replaced).toEqual(["away"]);
    expect(admit(ten, { ...login, device: "d3" }, "all", NOW).replaced).toEqual([]);
  });

  it("[US5] forgets who was absent for 30 days, and nobody who is connected", () => {
    const old = NOW - LIMITS.deviceForgottenMs;
    const { forgotten, replaced } = admit(
      [device("gone", { connected: false, seenAt: old }), device("here", { seenAt: old }), device("away", { connected: false, seenAt: old + 1 })],
      login,
      "all",
      NOW,
    );
    expect([forgotten, replaced]).toEqual([["gone"], []]);
  });
});
