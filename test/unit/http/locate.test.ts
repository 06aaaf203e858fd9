import { describe, expect, it } from "vitest";
import { channelName, eventsName, leafName, locationHint, parseObjectName, settingsName, userName, userObject } from "../../../src/server/objects/locate.ts";

const APP = "0123456789abcdef0123456789abcdef";
const NAMES = ["ada", "a:b", ":", "channel:message:x", "Zoë ☕", "__proto__", `${APP}:user:ada`, "x".repeat(64)];

describe("names of objects", () => {
  it.each(NAMES)("[HT17] are told apart and read back, whatever %j looks like", (name) => {
    expect(parseObjectName(userName(APP, name))).toEqual({ kind: "user", app: APP, user: name });
    for (const type of ["message", "stream", "room"] as const) {
      const channel = { type, name };
      expect(parseObjectName(channelName(APP, channel))).toEqual({ kind: "channel", app: APP, channel });
      expect(parseObjectName(leafName(APP, channel, "7"))).toEqual({ kind: "leaf", app: APP, channel, role: "leaf", index: 7 });
      expect(parseObjectName(leafName(APP, channel, "r12"))).toEqual({ kind: "leaf", app: APP, channel, role: "relay", index: 12 });
    }
    expect(parseObjectName(settingsName(APP))).toEqual({ kind: "settings", app: APP });
    expect(parseObjectName(eventsName(APP, 7))).toEqual({ kind: "events", app: APP, shard: 7 });
  });

  it.each([
    "",
    APP,
    `${APP}:`,
    `${APP}:user:`,
    `${APP}:user`,
    `${APP}:channel:other:x`,
    `${APP}:channel:message:`,
    `${APP}:leaf:other:0:x`,
    `${APP}:leaf:message:x`,
    `${APP}:settings:x`,
    `${APP}:events:`,
    `${APP}:events:x`,
    `x:user:ada`,
    `${APP}:room:x`,
  ])("[HT17] %j is none", (name) => {
    expect(parseObjectName(name)).toBeUndefined();
  });

  it("[HT18] a jurisdiction that is not known is never ignored", () => {
    // @ts-expect-error nothing of it is reached
    expect(() => userObject({}, APP, "ada", { jurisdiction: "mars" })).toThrow("mars");
  });

  it("[HT18] a jurisdiction the runtime lacks is passed over in development only", () => {
    const USER = {
      getByName: () => "anywhere",
      jurisdiction: () => {
        throw new Error("not implemented");
      },
    };
    // @ts-expect-error a namespace reduced to what is used of it
    expect(() => userObject({ USER }, APP, "ada", { jurisdiction: "eu" })).toThrow("not implemented");
    // @ts-expect-error as above
    expect(userObject({ USER, WIGWAG_DEV_APP_ID: APP }, APP, "ada", { jurisdiction: "eu" })).toBe("anywhere");
  });
});

describe("the location hint", () => {
  it.each([
    [{ continent: "EU", country: "DE" }, "weur"],
    [{ continent: "EU", country: "PL" }, "eeur"],
    [{ continent: "NA", country: "US", longitude: "-122.4" }, "wnam"],
    [{ continent: "NA", country: "US", longitude: "-74" }, "enam"],
    [{ continent: "AS", country: "JP" }, "apac-ne"],
    [{ continent: "AS", country: "SG" }, "apac-se"],
    [{ continent: "AS", country: "IN" }, "apac"],
    [{ continent: "AS", country: "AE" }, "me"],
    [{ continent: "AN" }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])("[HT19] of %j is %s", (cf, hint) => {
    expect(locationHint(cf)).toBe(hint);
  });
});
