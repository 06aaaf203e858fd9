import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { Tables } from "../../src/server/objects/shell/tables.ts";
import { INBOX_HEAD, PREVIOUS_SCHEMA } from "../support/previous-user-schema.ts";
import { APP, Device, userStub } from "./device.ts";

let users = 0;
const newUser = (name: string): string => `${name}-tables-${++users}`;
const kick = (user: string) => userStub(user).call({ op: "user.kick", input: { user }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
const tablesOf = (user: string): Promise<string[]> =>
  runInDurableObject(userStub(user), (_object, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name")
      .toArray()
      .map(({ name }) => name),
  );

/** An object as the build before this one left it: a device that is away, in a channel, with a message that waits. */
async function leftByPreviousBuild(user: string): Promise<void> {
  await runInDurableObject(userStub(user), (_object, { storage: { sql } }) => {
    for (const step of PREVIOUS_SCHEMA) sql.exec(step);
    sql.exec("INSERT INTO counters VALUES (1, 7, 1024)");
    const login = JSON.stringify({ rights: "all", settings: { ...DEFAULT_SETTINGS, messagesPerSecond: 7 } });
    sql.exec("INSERT INTO device VALUES ('phone', 'web', 'i1', 5, 0, ?, ?)", Date.now() - 5_000, login);
    sql.exec("INSERT INTO device VALUES ('watch', 'ios', 'i2', 6, 1, ?, ?)", Date.now(), login);
    sql.exec("INSERT INTO joined VALUES ('phone', 'message', 'tea', 'direct')");
    sql.exec("INSERT INTO watched VALUES ('bob', 'UNREACHABLE')");
    sql.exec("INSERT INTO watcher VALUES ('eve')");
    sql.exec("INSERT INTO due VALUES ('token:phone', 1), ('forget', 2)");
    sql.exec("INSERT INTO inbox_head VALUES (1, ?, 0, 0)", INBOX_HEAD);
    sql.exec("INSERT INTO inbox_reader VALUES ('phone', 0, 0, 0)");
    const entries = [{ seq: 1, from: "eve", device: "d", id: 9, bytes: 10, devices: ["phone"] }];
    const messages = [{ from: "eve", device: "d", id: 9, ts: 1, data: "still here" }];
    sql.exec("INSERT INTO inbox_page VALUES (1, 1, ?, ?, ?, NULL)", Date.now(), JSON.stringify(entries), JSON.stringify(messages));
  });
  await evictDurableObject(userStub(user));
}

describe("a user's tables", () => {
  it("[US26] what an earlier version left is there for this one: devices, generations, channels, what waits", async () => {
    const ada = newUser("ada");
    await leftByPreviousBuild(ada);
    const { device, welcome } = await Device.login(ada);
    expect(welcome).toMatchObject({ generation: 5, inbox: { epoch: INBOX_HEAD, seq: 0 } });
    expect(await device.next("events")).toMatchObject({ items: [{ data: "still here", seq: 1 }] });
    expect(await device.next("notice")).toMatchObject({ name: "presence.changed", users: [{ user: "bob", state: "UNREACHABLE" }] });
    expect((await Device.login(ada, { device: "new", instance: "i9" })).welcome).toMatchObject({ generation: 8 });
    const tables = await tablesOf(ada);
    expect(tables).toEqual(expect.arrayContaining(["login", "status_watcher", "status_watched"]));
    expect(tables.filter((name) => ["device", "joined", "watcher", "watched", "device_before", "joined_before"].includes(name))).toEqual([]);
    const kept = await runInDurableObject(userStub(ada), (_object, { storage }) => storage.sql.exec("SELECT * FROM login WHERE type <> ''").toArray());
    expect(kept).toEqual([{ device: "phone", type: "message", name: "tea", value: "direct" }]);
  });

  it("[US26] moves once, and what was written since is there after the next start", async () => {
    const ada = newUser("ada");
    await leftByPreviousBuild(ada);
    await kick(ada);
    await evictDurableObject(userStub(ada));
    expect((await Device.login(ada)).welcome).toMatchObject({ generation: 8 });
  });

  it("[US26] a table that this version does not know is no reason to go on as if it were empty", async () => {
    await runInDurableObject(userStub(newUser("ada")), (_object, { storage: { sql } }) => {
      sql.exec("CREATE TABLE a (x TEXT, y TEXT)");
      expect(() => new Tables(sql, { a: { is: "(x TEXT)" } })).toThrow("does not know the table");
      expect(new Tables(sql, { b: { is: "(x TEXT)" } }).some).toBe(false);
    });
  });

  it("[RO11] each is made with its first row: a login, and the channels it joins, make one", async () => {
    const ada = newUser("ada");
    expect(await tablesOf(ada)).toEqual([]);
    const { device } = await Device.login(ada);
    await device.request("channel.join", { channel: { type: "message", name: newUser("tea") }, via: "direct" });
    expect(await tablesOf(ada)).toEqual(["login"]);
  });

  it("[RO12] a session fits its attachment with the longest names there are", async () => {
    const name = "n".repeat(LIMITS.nameBytes);
    const trust = { device: name, instance: "i".repeat(LIMITS.instanceChars), kind: "k".repeat(LIMITS.deviceKindChars), attempt: 999_999_999 };
    const user = `"${newUser("ada")}`.padEnd(LIMITS.nameBytes, '"');
    const { device } = await Device.login(user, { ...trust, keepAliveMs: 300_000 });
    await device.settle();
    const bytes = await runInDurableObject(userStub(user), (_object, ctx) =>
      ctx.getWebSockets().map((socket) => JSON.stringify(socket.deserializeAttachment()).length),
    );
    expect(bytes).toHaveLength(1);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(512);
  });
});
