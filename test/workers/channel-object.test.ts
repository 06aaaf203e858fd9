import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { migrate } from "../../src/server/objects/shell/schema.ts";
import { CHANNEL_SCHEMA } from "../../src/server/storage/channel-schema.ts";
import { SqlChannelStateStore, SqlRosterStore } from "../../src/server/storage/sql-channel-stores.ts";
import { SqlLogStore } from "../../src/server/storage/sql-log-store.ts";
import { type Call, type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { channelStoreCases } from "../contract/channel-stores.ts";
import { APP, Device } from "./device.ts";
import { costOf } from "./row-meter.ts";

const stubOf = (name: string) => env.CHANNEL.getByName(channelName(APP, { type: "message", name }));
type Message = Record<string, unknown>;

/** A member over a direct socket, admitted as the entry Worker would. */
async function member(name: string, user: string, more: Partial<ChannelTrust> = {}): Promise<Device> {
  const trust: ChannelTrust = {
    app: APP,
    user,
    device: "d",
    generation: 1,
    channel: { type: "message", name },
    read: true,
    write: true,
    keepAliveMs: 30_000,
    settings: DEFAULT_SETTINGS,
    ...more,
  };
  const response = await stubOf(name).fetch("https://object/channel", {
    headers: { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trust)) },
  });
  return new Device(must(response.webSocket, `a socket, not ${response.status}`));
}

describe("a channel's stores in SQLite", () => {
  let objects = 0;
  it.each(channelStoreCases)("[CH18] %s", async (_what, check) => {
    await runInDurableObject(stubOf(`contract-${++objects}`), (_object, { storage: { sql } }) => {
      const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'");
      for (const { name } of tables.toArray()) sql.exec(`DROP TABLE ${name}`);
      migrate(sql, CHANNEL_SCHEMA);
      const open = () => ({ log: new SqlLogStore(sql), roster: new SqlRosterStore(sql), state: new SqlChannelStateStore(sql) });
      check({ stores: open(), reopen: open });
    });
  });
});

/** What a client sees, without what differs from run to run. */
const visible = (message: Message): Message =>
  JSON.parse(JSON.stringify(message, (key, value) => (["ts", "epoch", "serverTime", "updatedAt", "joinedAt"].includes(key) ? typeof value : value))) as Message;

/** A conversation of two, everything awaited; `between` happens after each step. */
async function conversation(name: string, between: () => Promise<void>): Promise<Message[]> {
  const seen: Message[] = [];
  const ann = await member(name, "ann");
  const welcome = await ann.next("welcome");
  seen.push(visible(welcome));
  await between();
  const bob = await member(name, "bob");
  seen.push(visible(await bob.next("welcome")));
  await between();
  const hear = async (): Promise<void> => {
    for (const device of [ann, bob]) seen.push(visible(await device.next("events")));
    await between();
  };
  const ask = async (device: Device, id: number, op: string, input: object): Promise<void> => {
    device.post([{ type: "request", id, op, input }]);
    seen.push(visible(await device.replyTo(id)));
    await between();
  };
  ann.post([{ type: "request", id: 1, op: "channel.publish", input: { data: "one" } }]);
  await hear();
  bob.post([{ type: "request", id: 1, op: "channel.publish", input: { data: new Uint8Array([0, 255]) } }]);
  await hear();
  ann.post([{ type: "ack", stream: `channel:message:${name}`, upTo: 2 }]);
  await between();
  await ask(ann, 1, "channel.publish", { data: "one" });
  await ask(ann, 2, "channel-attributes.set", { attributes: [{ key: "topic", value: "tea" }] });
  await ask(bob, 2, "channel-attributes.get", {});
  await ask(bob, 3, "channel.members", {});
  bob.close(4000);
  await between();
  ann.post([{ type: "request", id: 3, op: "channel.publish", input: { data: "missed" } }]);
  seen.push(visible(await ann.next("events")));
  await between();
  const again = await member(name, "bob", { position: { epoch: String(welcome.epoch), seq: 2 } });
  seen.push(visible(await again.next("welcome")), visible(await again.next("events")));
  await between();
  await ask(again, 4, "channel.leave", {});
  seen.push(visible(await again.next("closed")));
  await between();
  await ask(ann, 4, "channel.members", {});
  return seen;
}

describe("a channel that sleeps", () => {
  it("[CH19] between every two steps of a conversation shows its clients what one that does not shows them", async () => {
    const awake = await conversation("sleepless", async () => {});
    const asleep = await conversation("sleepless2", async () => {
      // One that sleeps already is woken, for it can only be put to sleep awake.
      await runInDurableObject(stubOf("sleepless2"), () => undefined);
      await evictDurableObject(stubOf("sleepless2"), { webSockets: "hibernate" });
    });
    expect(JSON.stringify(asleep).replaceAll("sleepless2", "sleepless")).toBe(JSON.stringify(awake));
    expect(awake.length).toBeGreaterThan(15);
  });
});

describe("sockets that a member opens side by side", () => {
  it("[US25] only a higher number replaces the present one", async () => {
    const present = await member("race", "ann", { attempt: 2 });
    await present.next("welcome");
    for (const attempt of [2, 1]) expect(await (await member("race", "ann", { attempt })).next("closed")).toMatchObject({ code: 4003 });
    present.post([{ type: "request", id: 1, op: "channel.publish", input: { data: "still here" } }]);
    expect(await present.next("events")).toMatchObject({ items: [{ data: "still here" }] });
    const next = await member("race", "ann", { attempt: 3 });
    await next.next("welcome");
    expect(await present.next("closed")).toMatchObject({ code: 4000 });
  });
});

describe("sockets that a cut way has left behind", () => {
  it("[CH33] get nothing that the device's newest one should get", async () => {
    const devices: Device[] = [];
    for (const user of ["before", "ann", "after"]) {
      const device = await member("cut", user);
      await device.next("welcome");
      devices.push(device);
    }
    const alive = must(devices[1], "ann");
    // The platform lists them as if they were alive: nobody has told it of their end. One older, one listed after the live one.
    await runInDurableObject(stubOf("cut"), (_object, state) => {
      const kept = new Map(state.getWebSockets().map((socket) => [socket.deserializeAttachment().user, socket]));
      const ann = must(kept.get("ann"), "her socket").deserializeAttachment();
      for (const user of ["before", "after"]) must(kept.get(user), "a socket").serializeAttachment({ ...ann, acceptedAt: ann.acceptedAt - 60_000 });
    });
    await evictDurableObject(stubOf("cut"), { webSockets: "hibernate" });
    alive.post([{ type: "request", id: 1, op: "channel.publish", input: { data: "heard" } }]);
    expect(await alive.next("events")).toMatchObject({ items: [{ data: "heard" }] });
    const server = { kind: "server" as const, app: APP };
    const input = { channel: { type: "message", name: "cut" }, from: "bob", data: "of another" };
    expect(await stubOf("cut").call({ op: "channel.publish", input, caller: server, settings: DEFAULT_SETTINGS })).toHaveProperty("ok");
    expect(await alive.next("events")).toMatchObject({ items: [{ data: "of another" }] });
    expect(devices.filter((device) => device !== alive).flatMap((device) => device.unread("events"))).toEqual([]);
  });
});

describe("export", () => {
  const publishStored = async (name: string, device: Device, id: number): Promise<void> => {
    device.post([{ type: "request", id, op: "channel.publish", input: { data: `${name} ${id}`, store: true } }]);
    await device.next("events");
  };
  const exportedOf = async (name: string): Promise<number> => {
    const row = await env.DB.prepare("SELECT coalesce(sum(count), 0) AS count FROM history_pages WHERE stream = ?")
      .bind(`channel:message:${name}`)
      .first<{ count: number }>();
    return row?.count ?? 0;
  };
  /** What is due now is due; the alarm rings. */
  const ring = async (name: string): Promise<void> => {
    await runInDurableObject(stubOf(name), (_object, { storage: { sql } }) => void sql.exec("UPDATE due SET at = 0 WHERE name = 'export'"));
    await runInDurableObject(stubOf(name), (_object, { storage }) => storage.setAlarm(Date.now() + 3_600_000));
    await runDurableObjectAlarm(stubOf(name));
  };

  it("[HI24] pauses while D1 fails, loses nothing, and goes on when it is back", async () => {
    const device = await member("export", "ann");
    await device.next("welcome");
    await publishStored("export", device, 1);
    await env.DB.exec("ALTER TABLE history_pages RENAME TO away");
    await ring("export");
    await env.DB.exec("ALTER TABLE away RENAME TO history_pages");
    expect(await exportedOf("export")).toBe(0);
    await publishStored("export", device, 2);
    await ring("export");
    expect(await exportedOf("export")).toBe(2);
    await ring("export");
    expect(await exportedOf("export")).toBe(2);
  });

  it("[HI25] whose alarm was dropped is armed again when the object starts", async () => {
    const device = await member("dropped", "ann");
    await device.next("welcome");
    await publishStored("dropped", device, 1);
    await runInDurableObject(stubOf("dropped"), async (_object, { storage }) => {
      await storage.deleteAlarm();
      expect(await storage.getAlarm()).toBeNull();
    });
    await evictDurableObject(stubOf("dropped"), { webSockets: "hibernate" });
    await runInDurableObject(stubOf("dropped"), async (_object, { storage }) => expect(await storage.getAlarm()).not.toBeNull());
  });
});

describe("a channel that is told that somebody may not come back", () => {
  /** What is left of it after its alarm, whenever that was due. */
  const afterAlarm = async (name: string, revocationsEnded: boolean): Promise<Record<string, number>> => {
    await runInDurableObject(stubOf(name), (_object, { storage }) => {
      storage.sql.exec("UPDATE due SET at = 1");
      if (revocationsEnded) storage.sql.exec("UPDATE revocations SET until = 1");
    });
    await runDurableObjectAlarm(stubOf(name));
    return runInDurableObject(stubOf(name), async (_object, { storage }) => {
      const count = (table: string) => storage.sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).one().count;
      return { meta: count("meta"), revocations: count("revocations"), due: count("due"), alarms: (await storage.getAlarm()) === null ? 0 : 1 };
    });
  };

  it("[HX3] when nobody is there, keeps it until tickets have ended, and nothing after that", async () => {
    await stubOf("told").revoke({ user: "ann", device: "d", generation: 1, reason: "logout" });
    expect(await afterAlarm("told", false)).toEqual({ meta: 0, revocations: 1, due: 1, alarms: 1 });
    expect(await afterAlarm("told", true)).toEqual({ meta: 0, revocations: 0, due: 0, alarms: 0 });
  });

  it("[CH23] and has been forgotten, costs nothing to look at, before and after its object slept", async () => {
    await stubOf("looked-at").revoke({ user: "ann", device: "d", generation: 1, reason: "logout" });
    expect(await afterAlarm("looked-at", true)).toMatchObject({ meta: 0, due: 0 });
    const user = {
      kind: "user" as const,
      app: APP,
      user: "ann",
      device: "d",
      rights: [{ resource: "messageChannels" as const, access: "rw" as const, names: ["looked-at"] }],
    };
    const look = async (): Promise<void> => {
      for (const op of ["channel.members", "channel.member", "channel.member-count", "channel-attributes.get", "channel-metadata.get", "channel.history"]) {
        for (const caller of [user, { kind: "server" as const, app: APP }]) {
          const input = { channel: { type: "message", name: "looked-at" }, user: "ann", users: [] };
          expect(await stubOf("looked-at").call({ op: op as Call["op"], input, caller, settings: DEFAULT_SETTINGS })).toHaveProperty("ok");
        }
      }
    };
    // The settings that come with the first call are new to it.
    await stubOf("looked-at").call({ op: "channel.member-count", input: {}, caller: user, settings: DEFAULT_SETTINGS });
    expect(await costOf(stubOf("looked-at"), look)).toEqual({ rows: 0, alarms: 0 });
    await evictDurableObject(stubOf("looked-at"), { webSockets: "hibernate" });
    expect(await costOf(stubOf("looked-at"), look)).toEqual({ rows: 0, alarms: 0 });
    expect(await afterAlarm("looked-at", true)).toEqual({ meta: 0, revocations: 0, due: 0, alarms: 0 });
  });

  it("[HX4] and has been forgotten, is not made anew by those who leave it", async () => {
    const ann = { user: "ann", device: "d", generation: 1 };
    await stubOf("left").revoke({ ...ann, reason: "logout" });
    await afterAlarm("left", true);
    await stubOf("left").leave(ann);
    await stubOf("left").detach({ ...ann, reason: "left", connectedAt: 1 });
    await stubOf("left").detach({ ...ann, reason: "lost", connectedAt: 1 });
    expect(await afterAlarm("left", true)).toEqual({ meta: 0, revocations: 0, due: 0, alarms: 0 });
    // Nor by those who were admitted and never came.
    await stubOf("never").leave(ann);
    const tables = await runInDurableObject(stubOf("never"), (_object, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'meta'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
