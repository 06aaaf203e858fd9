import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { APP } from "./device.ts";
import { group } from "./group.ts";
import { rest } from "./rest.ts";

type Listed = { group: string; name: string; owner: string; members: number; public: boolean };

/** What the list says of this group, to a server. */
async function listed(id: string): Promise<Listed | undefined> {
  const { groups } = (await (await rest("GET", `/groups?after=${id.slice(0, -1)}&limit=50`)).json()) as { groups: Listed[] };
  return groups.find((one) => one.group === id);
}

/** The list shows this group as it is meant. */
async function shows(id: string, meant: Partial<Listed> | undefined): Promise<void> {
  await expect.poll(() => listed(id)).toEqual(meant === undefined ? undefined : expect.objectContaining(meant));
}

describe("the app's groups", () => {
  it("[GL1] are listed: public ones to anybody, without what only members read, all to servers; by page, by id", async () => {
    const open = await group({ public: true, announcement: "among us" });
    const closed = await group();
    await shows(open.id, { name: "Birds", owner: open.ann, members: 2, public: true });
    await shows(closed.id, { public: false });
    const { groups } = (await open.c.ok("groups.public", { after: open.id.slice(0, -1) })) as { groups: (Listed & object)[] };
    const [found] = groups.filter(({ group: id }) => id === open.id);
    expect(found).toMatchObject({ name: "Birds", members: 2, approval: true, maxMembers: 200, disabled: false });
    expect(found).not.toHaveProperty("announcement");
    expect(groups.map(({ group: id }) => id)).not.toContain(closed.id);
    expect((await open.c.ok("group.get", { group: open.id })).details).toMatchObject({ name: "Birds", announcement: "" });
    expect((await open.b.ok("group.get", { group: open.id })).details).toMatchObject({ announcement: "among us" });
    const more = await group({ public: true });
    await shows(more.id, {});
    const first = (await (await rest("GET", "/public-groups?limit=1")).json()) as { groups: Listed[]; next: string };
    expect(first.groups).toHaveLength(1);
    expect(first.next).toBe(first.groups[0]?.group);
    expect(await open.c.code("groups.list", {})).toBe("forbidden");
  });

  it("[GL1] follow what is done to them: renamed, joined, given away, made private, dismissed", async () => {
    const { id, bob, a, b, c, stub } = await group({ public: true, approval: false });
    await shows(id, { members: 2 });
    await a.ok("group.update", { group: id, name: "Larks" });
    await shows(id, { name: "Larks" });
    await c.ok("group.apply", { group: id });
    await runDurableObjectAlarm(stub);
    await shows(id, { members: 3 });
    await a.ok("group.transfer", { group: id, owner: bob });
    await shows(id, { owner: bob });
    await b.ok("group.update", { group: id, public: false });
    await shows(id, { public: false });
    await b.ok("group.dismiss", { group: id });
    await shows(id, undefined);
  });

  it("[GL2] are owed to the list where the database refuses, and no late word undoes a newer one", async () => {
    const { id, a, stub } = await group({ public: true });
    await shows(id, { name: "Birds" });
    const away = await env.DB.prepare("ALTER TABLE chat_groups RENAME TO chat_groups_away").run();
    expect(away.success).toBe(true);
    await a.ok("group.update", { group: id, name: "Larks" });
    await a.ok("group.dismiss", { group: id });
    expect(await a.code("groups.public", {})).toBe("unavailable");
    await env.DB.prepare("ALTER TABLE chat_groups_away RENAME TO chat_groups").run();
    await shows(id, { name: "Birds" });
    await runDurableObjectAlarm(stub);
    await shows(id, undefined);
    const late = `INSERT INTO chat_groups (app, id, revision, public, dismissed, shown) VALUES (?, ?, 1, 1, 0, '{}')
      ON CONFLICT DO UPDATE SET dismissed = 0 WHERE excluded.revision > revision`;
    await env.DB.prepare(late).bind(APP, id).run();
    expect(await listed(id)).toBeUndefined();
  });

  it("[GL2] from before there was a list are on it once their object starts", async () => {
    const { id, stub } = await group({ public: true });
    await shows(id, {});
    await env.DB.prepare("DELETE FROM chat_groups WHERE id = ?").bind(id).run();
    await runInDurableObject(stub, (_object, { storage }) => void storage.sql.exec("DROP TABLE group_registered"));
    expect(await listed(id)).toBeUndefined();
    await evictDurableObject(stub);
    await stub.call({ op: "group.get", input: { group: id }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
    await runDurableObjectAlarm(stub);
    await shows(id, { name: "Birds" });
  });
});
