import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { OutputOf } from "../../src/protocol/operations/catalogue.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { DEV_APP, get, send, serverHeaders } from "./client.ts";
import { Device } from "./device.ts";
import { costOf } from "./row-meter.ts";

const stubOf = (name: string) => env.CHANNEL.getByName(channelName(DEV_APP, { type: "message", name }));
type Counters = OutputOf<"channel.counters">;

async function member(name: string, user: string): Promise<Device> {
  const trust: ChannelTrust = {
    app: DEV_APP,
    user,
    device: "d",
    generation: 1,
    channel: { type: "message", name },
    read: true,
    write: true,
    keepAliveMs: 30_000,
    settings: { ...DEFAULT_SETTINGS, messagesPerSecond: 10_000 },
  };
  const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trust)) };
  const device = new Device(must((await stubOf(name).fetch("https://object/channel", { headers })).webSocket, "a socket"));
  await device.next("welcome");
  return device;
}

const publish = (id: number, input: object = {}): object => ({ type: "request", id, op: "channel.publish", input: { data: `m${id}`, ...input } });

/** Ids of the messages that came, until there are so many. */
async function echoes(device: Device, count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) ids.push(...((await device.next("events")).items as { id: number }[]).map(({ id }) => id));
  return ids;
}

const counters = async (name: string): Promise<Counters> => (await get(`/v1/channels/message/${name}/counters`, serverHeaders)).json();
const configure = (name: string, options: object) => send("PATCH", `/v1/channels/message/${name}`, options, serverHeaders);

describe("a channel's counters", () => {
  it("[CH29] rows are those that the platform counts; a quiet channel writes one for each message, kept in history or not", async () => {
    const name = "quiet";
    const ann = await member(name, "ann");
    await ann.next("notice");
    const before = await counters(name);
    const messages = 8;
    const cost = await costOf(stubOf(name), async () => {
      for (let id = 1; id <= messages; id++) {
        ann.post([publish(id)]);
        await echoes(ann, 1);
      }
    });
    const after = await counters(name);
    expect(after.messages.unstored - before.messages.unstored).toBe(messages);
    expect(after.pages.unstored - before.pages.unstored).toBe(messages);
    expect(after.rows - before.rows).toBe(cost.rows + cost.alarms);
    expect(cost).toEqual({ rows: messages, alarms: 0 });
    const stored = await costOf(stubOf(name), async () => {
      for (let id = 1; id <= messages; id++) {
        ann.post([publish(100 + id, { store: true })]);
        await echoes(ann, 1);
      }
    });
    const end = await counters(name);
    expect([end.messages.stored, end.pages.stored]).toEqual([messages, messages]);
    // One row each, and once the deadline of the export with its alarm.
    expect(stored.rows).toBe(messages + 1);
    expect(end.rows - after.rows).toBe(stored.rows + stored.alarms);
    expect(end.alarms - after.alarms).toBe(stored.alarms);
  });

  it("[CH29] under load at most 0.3 rows a message, one frame for each reader and flush; in memory mode none over time", async () => {
    for (const log of ["durable", "memory"] as const) {
      const name = `load-${log}`;
      await configure(name, { log });
      const [ann, bob] = [await member(name, "ann"), await member(name, "bob")];
      ann.post([publish(1)]);
      await echoes(ann, 1);
      const before = await counters(name);
      const rounds = 25;
      const perFrame = 8;
      const cost = await costOf(stubOf(name), async () => {
        for (let round = 0; round < rounds; round++) {
          ann.post(Array.from({ length: perFrame }, (_, i) => publish(2 + round * perFrame + i)));
          await echoes(ann, perFrame);
        }
      });
      const after = await counters(name);
      const messages = rounds * perFrame;
      expect(after.messages.unstored - before.messages.unstored).toBe(messages);
      const flushes = (after.frames - before.frames) / 2;
      expect(after.joined - before.joined).toBe(messages - flushes);
      expect(cost.rows).toBeLessThanOrEqual(log === "memory" ? 2 : 0.3 * messages);
      expect(await echoes(bob, messages + 1)).toEqual(Array.from({ length: messages + 1 }, (_, i) => i + 1));
    }
  });

  it("[CH30] [CH29] updates that had their place taken are answered in one frame, and counted", async () => {
    const name = "state";
    await configure(name, { updatesPerSecond: 5 });
    const ann = await member(name, "ann");
    ann.post(Array.from({ length: 10 }, (_, i) => publish(i + 1, { key: "cursor", priority: "high" })));
    expect(await echoes(ann, 2)).toEqual([1, 10]);
    // All of them are there with the first.
    await ann.replyTo(2);
    const answers = ann.seen.filter(({ type }) => type === "reply");
    expect(answers.map(({ id, ok }) => [id, (ok as { skipped?: true }).skipped])).toEqual(Array.from({ length: 8 }, (_, i) => [i + 2, true]));
    expect(ann.seen.flatMap(({ skipped }) => (skipped === undefined ? [] : [skipped]))).toEqual([8]);
    const { skipped, taken } = await counters(name);
    expect([skipped.high, taken.high]).toEqual([8, 2]);
  });

  it("[CH29] a channel that never was has done nothing, and asking makes it none; users may not ask", async () => {
    const cost = await costOf(stubOf("nowhere"), async () => {
      expect(await counters("nowhere")).toMatchObject({ messages: { unstored: 0, stored: 0 }, rows: 0, frames: 0 });
    });
    expect(cost).toEqual({ rows: 0, alarms: 0 });
    const { status } = await get("/v1/channels/message/nowhere/counters");
    expect(status).toBe(401);
    await runInDurableObject(stubOf("nowhere"), (_object, { storage }) => {
      expect(storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'pages'").toArray()).toEqual([]);
    });
  });
});
