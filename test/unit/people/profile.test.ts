import { describe, expect, it } from "vitest";
import { changeProfile } from "../../../src/domain/people/profile.ts";
import { profileUpdate } from "../../../src/protocol/operations/profile.ts";

describe("a profile", () => {
  it("[PP1] takes what an update names, removes what is empty, and knows no key by its name", () => {
    const first = changeProfile({}, { nickname: "Ann", gender: "female", sign: "", custom: [{ key: "__proto__", value: "x" }] });
    expect(first).toEqual({ ok: true, value: { nickname: "Ann", gender: "female", custom: [{ key: "__proto__", value: "x" }] } });
    if (!first.ok) return;
    const second = changeProfile(first.value, {
      birth: "1815",
      gender: "unknown",
      custom: [
        { key: "__proto__", value: "" },
        { key: "nickname", value: "y" },
      ],
    });
    expect(second).toEqual({ ok: true, value: { nickname: "Ann", birth: "1815", custom: [{ key: "nickname", value: "y" }] } });
    expect(second.ok && changeProfile(second.value, { nickname: "", birth: "", custom: [{ key: "nickname", value: "" }] })).toEqual({ ok: true, value: {} });
  });

  it("[PP2] has its bounds", () => {
    const bounds = { nickname: 64, avatarUrl: 256, email: 64, phone: 32, sign: 256, birth: 64 };
    for (const [field, max] of Object.entries(bounds)) {
      expect(profileUpdate.input.safeParse({ [field]: "字".repeat(max) }).success, field).toBe(true);
      expect(profileUpdate.input.safeParse({ [field]: "x".repeat(max + 1) }).success, field).toBe(false);
    }
    expect(profileUpdate.input.safeParse({ nickname: "\ud800" }).success).toBe(false);
    const whole = '{"ext":""}'.length;
    expect(changeProfile({}, { ext: "x".repeat(2048 - whole) }).ok).toBe(true);
    expect(changeProfile({}, { ext: "x".repeat(2049 - whole) })).toMatchObject({ ok: false, error: { code: "too_large", limit: 2048 } });
  });
});
