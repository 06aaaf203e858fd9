import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { userName } from "../../src/server/objects/locate.ts";
import { migrate, schemaVersion } from "../../src/server/objects/shell/schema.ts";
import { Tables } from "../../src/server/objects/shell/tables.ts";
import { inboxTable } from "../../src/server/objects/user/inbox-table.ts";
import { USER_TABLES } from "../../src/server/objects/user/schema.ts";
import { inboxStoreCases } from "../contract/inbox-store.ts";

let objects = 0;
const fresh = () => env.USER.getByName(userName("0".repeat(32), `contract-${++objects}`));

describe("the inbox in SQLite", () => {
  it.each(inboxStoreCases)("[IN13] %s", async (_title, check) => {
    await runInDurableObject(fresh(), (_object, { storage }) => {
      const open = () => inboxTable(new Tables(storage.sql, USER_TABLES));
      check({ store: open(), reopen: open });
    });
  });
});

describe("a schema", () => {
  it("[US18] is brought up step by step, once each, and an untouched object has none", async () => {
    await runInDurableObject(fresh(), (_object, { storage: { sql } }) => {
      expect(schemaVersion(sql)).toBe(0);
      migrate(sql, ["CREATE TABLE a (x)"]);
      migrate(sql, ["CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO b VALUES (1)"]);
      migrate(sql, ["CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO b VALUES (1)"]);
      expect(schemaVersion(sql)).toBe(2);
      expect(sql.exec("SELECT * FROM b").toArray()).toEqual([{ x: 1 }]);
      expect(() => migrate(sql, [])).toThrow("only knows 0");
    });
  });
});
