import { describe, expect, it } from "vitest";
import { type ChannelRights, mayRead, mayWrite, parseRights, rightsOf } from "../../../src/domain/access/rights.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { codeOf } from "./support.ts";

const granted = (...permissions: Parameters<typeof rightsOf>[0]): ChannelRights => {
  const rights = rightsOf(permissions);
  if (!rights.ok) throw new Error(rights.error.message);
  return rights.value;
};

describe("rights", () => {
  it("[TK14] are all without permissions to narrow them", () => {
    expect(mayRead("all", "messageChannels", "room")).toBe(true);
    expect(mayWrite("all", "users", "bob")).toBe(true);
  });

  it("[TK13] reach what is named, in the way that is named", () => {
    const rights = granted(
      { resource: 0, access: 0, names: ["news", "room"] },
      { resource: 0, access: 1, names: ["room", "reports"] },
      { resource: 4, access: 1, names: ["bob"] },
    );
    const table = ["news", "room", "reports", "other"].map((name) => [mayRead(rights, "messageChannels", name), mayWrite(rights, "messageChannels", name)]);
    expect(table).toEqual([
      [true, false],
      [true, true],
      [false, true],
      [false, false],
    ]);
    expect(mayWrite(rights, "users", "bob")).toBe(true);
    expect(mayRead(rights, "users", "bob")).toBe(false);
    expect(mayRead(rights, "streamChannels", "room")).toBe(false);
  });

  it.each([
    [0, "messageChannels"],
    [1, "streamChannels"],
    [2, "channelGroups"],
    [3, "userGroups"],
    [4, "users"],
  ] as const)("[TK13] number %i is %s", (resource, name) => {
    expect(granted({ resource, access: 1, names: ["x"] })).toEqual([{ resource: name, access: "w", names: ["x"] }]);
  });

  it("[TK13] allow nothing by numbers that are not known", () => {
    expect(granted({ resource: 5, access: 0, names: ["x"] }, { resource: 0, access: 2, names: ["x"] })).toEqual([]);
  });

  it("[TK13] hold each name once, also when it is named twice", () => {
    const twice = granted({ resource: 0, access: 0, names: ["a", "a"] }, { resource: 0, access: 1, names: ["a"] });
    expect(twice).toEqual([{ resource: "messageChannels", access: "rw", names: ["a"] }]);
  });

  it("[TK13] treat names that objects know as any other", () => {
    const rights = granted({ resource: 0, access: 0, names: ["__proto__"] });
    expect(mayRead(rights, "messageChannels", "__proto__")).toBe(true);
    expect(mayRead(rights, "messageChannels", "constructor")).toBe(false);
  });

  it("[TK16] have a bound in bytes, not in characters", () => {
    const empty = JSON.stringify([{ resource: "users", access: "r", names: [""] }]).length;
    const name = (bytes: number) => ({
      resource: 4,
      access: 0,
      names: ["é".repeat(bytes / 2) + "x".repeat(bytes % 2)],
    });
    expect(codeOf(rightsOf([name(LIMITS.tokenRightsBytes - empty)]))).toBe("ok");
    expect(codeOf(rightsOf([name(LIMITS.tokenRightsBytes - empty + 1)]))).toBe("limit_exceeded");
  });

  it("[TI10] survive being kept as JSON", () => {
    const rights = granted({ resource: 0, access: 0, names: ["Zoë 测试"] });
    expect(parseRights(JSON.parse(JSON.stringify(rights)))).toEqual(rights);
    expect(parseRights("all")).toBe("all");
  });

  it.each([
    undefined,
    null,
    "some",
    {},
    [null],
    [{ resource: "users", access: "r" }],
    [{ resource: "users", access: "x", names: [] }],
    [{ resource: "toString", access: "r", names: [] }],
    [{ resource: "users", access: "r", names: [1] }],
    [{ resource: "users", access: "r", names: "bob" }],
  ])("[TI10] are not read from %j", (value) => {
    expect(parseRights(value)).toBeUndefined();
  });
});
