import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { planOf } from "../../src/server/objects/channel/fan-out.ts";
import { ChannelObject } from "../../src/server/objects/channel-object.ts";
import { LeafObject } from "../../src/server/objects/leaf-object.ts";
import { channelName, leafName } from "../../src/server/objects/locate.ts";
import type { Call, ChannelTrust } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { APP, type Device } from "./device.ts";
import { HUB_MEMBERS, type Placed, placed } from "./placed.ts";
import { costOf } from "./row-meter.ts";

const refOf = (name: string) => ({ type: "message" as const, name });
const hubOf = (name: string) => env.CHANNEL.getByName(channelName(APP, refOf(name)));
const leafAt = (name: string, leaf: number) => env.LEAF.getByName(leafName(APP, refOf(name), String(leaf)));

const member = (name: string, user: string, more: Partial<ChannelTrust> = {}): Promise<Placed> => placed(refOf(name), user, more);

const ask = async (name: string, op: Call["op"], input: object): Promise<Record<string, unknown>> => {
  const reply = await hubOf(name).call({ op, input: { channel: refOf(name), ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
  return must((reply as { ok?: Record<string, unknown> }).ok, JSON.stringify(reply));
};

/** A channel that has outgrown its object: those who were there before have been asked to go, those who came last are on leaves. */
async function grown(name: string, onLeaves = 2): Promise<{ first: Device; leafMembers: { user: string; device: Device; leaf: number }[] }> {
  const first = (await member(name, "user0")).device;
  for (let n = 1; n <= HUB_MEMBERS; n++) await member(name, `user${n}`);
  await first.next("goaway");
  const leafMembers: { user: string; device: Device; leaf: number }[] = [];
  for (let n = 0; n < onLeaves; n++) {
    const user = `late${n}`;
    const { device, leaf } = await member(name, user);
    await device.next("welcome");
    leafMembers.push({ user, device, leaf: must(leaf, "a leaf") });
  }
  return { first, leafMembers };
}

/** Tells of each call of a method of this channel's objects, with its answer. */
function spied(prototype: object, name: string, channel: string, heard: (answer: unknown) => void): () => void {
  const own = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
  Reflect.set(prototype, name, async function (this: { ctx: DurableObjectState }, ...args: unknown[]) {
    const answer = await own.apply(this, args);
    if (this.ctx.id.name?.endsWith(`:${channel}`)) heard(answer);
    return answer;
  });
  return () => void Reflect.set(prototype, name, own);
}

const data = async (device: Device): Promise<unknown[]> => ((await device.next("events")).items as { data: unknown }[]).map((item) => item.data);
const say = (device: Device, id: number, text: string): void => device.post([{ type: "request", id, op: "channel.publish", input: { data: text } }]);

describe("a channel with leaves", () => {
  it("[EL6] has one order for those on the hub and on leaves; a publish on a leaf is answered by its echo, its repeat by a reply", async () => {
    const { first, leafMembers } = await grown("order");
    const [a, b] = leafMembers.map(({ device }) => device);
    say(must(a, "a"), 1, "from a leaf");
    for (const device of [first, a, b]) expect(await data(must(device, "a device"))).toEqual(["from a leaf"]);
    say(first, 1, "from the hub");
    for (const device of [first, a, b]) expect(await data(must(device, "a device"))).toEqual(["from the hub"]);
    say(must(a, "a"), 1, "from a leaf");
    expect(await must(a, "a").replyTo(1)).toMatchObject({ ok: { duplicate: true, seq: 1 } });
    say(must(a, "a"), 2, "x".repeat(40_000));
    expect(await must(a, "a").replyTo(2)).toMatchObject({ error: { code: "too_large" } });
    expect(await ask("order", "channel.members", {})).toMatchObject({ total: HUB_MEMBERS + 3 });
  });

  it("[EL6] answers requests on a leaf's socket as on its own", async () => {
    const { leafMembers } = await grown("asked", 1);
    const { device } = must(leafMembers[0], "a member");
    device.post([{ type: "request", id: 1, op: "channel-attributes.set", input: { attributes: [{ key: "topic", value: "tea" }] } }]);
    expect(await device.replyTo(1)).toMatchObject({ ok: {} });
    device.post([{ type: "request", id: 2, op: "channel-attributes.get", input: {} }]);
    expect(await device.replyTo(2)).toMatchObject({ ok: { attributes: [{ key: "topic", value: "tea", updatedBy: "late0" }] } });
    device.post([{ type: "request", id: 3, op: "channel.leave", input: {} }]);
    expect(await device.next("closed")).toMatchObject({ code: 1000 });
    await expect.poll(async () => (await ask("asked", "channel.member", { user: "late0" })).member).toBe(false);
  });

  it("[EL7] a kick, a logout and a leave reach members on leaves, and the ticket is refused there", async () => {
    const { leafMembers } = await grown("kicks", 3);
    const [kicked, left, stays] = leafMembers;
    await hubOf("kicks").revoke({ user: "late0", generation: 1, reason: "kick" });
    expect(await must(kicked, "kicked").device.next("closed")).toMatchObject({ code: 4204 });
    expect(await (await member("kicks", "late0")).device.next("closed")).toMatchObject({ code: 4101 });
    await hubOf("kicks").leave({ user: "late1", device: "d", generation: 1 });
    expect(await must(left, "left").device.next("closed")).toMatchObject({ code: 1000 });
    for (const user of ["late0", "late1"]) expect(await ask("kicks", "channel.member", { user })).toEqual({ member: false });
    expect(await ask("kicks", "channel.member", { user: "late2" })).toEqual({ member: true });
    // A newer login may come, also to the leaf.
    const again = await member("kicks", "late0", { generation: 2 });
    expect(again.leaf).toBe(must(kicked, "kicked").leaf);
    await again.device.next("welcome");
    expect(must(stays, "stays").device.unread("closed")).toEqual([]);
  });

  it("[EL17] members that are counted are listed by their leaves, found, and thrown out there", async () => {
    const { leafMembers } = await grown("crowd", 8);
    await expect.poll(async () => (await ask("crowd", "channel.members", {})).total).toBe(HUB_MEMBERS + 9);
    const pages: { user: string }[][] = [];
    for (let after: string | undefined; pages.length === 0 || after !== undefined; ) {
      const page = await ask("crowd", "channel.members", { limit: 10, ...(after !== undefined && { after }) });
      pages.push(page.members as { user: string }[]);
      after = page.next as string | undefined;
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 10, 9]);
    const listed = new Set(pages.flat().map(({ user }) => user));
    expect(listed.size).toBe(HUB_MEMBERS + 9);
    for (const { user } of leafMembers) expect(listed).toContain(user);
    const roster = await runInDurableObject(hubOf("crowd"), (_, { storage }) => [...storage.sql.exec("SELECT members FROM roster")].map(String).join());
    expect(roster).not.toContain("late0");
    expect(await ask("crowd", "channel.member", { user: "late0" })).toEqual({ member: true });
    await hubOf("crowd").leave({ user: "late0", device: "d", generation: 1 });
    expect(await must(leafMembers[0], "late0").device.next("closed")).toMatchObject({ code: 1000 });
    await hubOf("crowd").revoke({ user: "late1", generation: 1, reason: "kick" });
    expect(await must(leafMembers[1], "late1").device.next("closed")).toMatchObject({ code: 4204 });
    for (const user of ["late0", "late1", "nobody"]) expect(await ask("crowd", "channel.member", { user })).toEqual({ member: false });
    await expect.poll(async () => (await ask("crowd", "channel.members", {})).total).toBe(HUB_MEMBERS + 7);
    // The number is written down; whoever forgets everything else has it.
    await expect
      .poll(() => runInDurableObject(hubOf("crowd"), (_, { storage }) => [...storage.sql.exec("SELECT value FROM state WHERE name = 'counted'")].length))
      .toBe(1);
    await evictDurableObject(hubOf("crowd"));
    expect(await ask("crowd", "channel.members", {})).toMatchObject({ total: HUB_MEMBERS + 7 });
  });

  it("[EL8] leaf and hub may sleep at any time: members hear on, resume, and publish", async () => {
    const { first, leafMembers } = await grown("sleepers");
    const [a, b] = leafMembers;
    const { device, leaf } = must(a, "a");
    const sleep = async (): Promise<void> => {
      for (const object of [hubOf("sleepers"), ...new Set(leafMembers.map((one) => one.leaf))].map((one) =>
        typeof one === "number" ? leafAt("sleepers", one) : one,
      )) {
        await runInDurableObject(object, () => undefined);
        await evictDurableObject(object, { webSockets: "hibernate" });
      }
    };
    await sleep();
    say(device, 1, "one");
    for (const each of [first, device, must(b, "b").device]) expect(await data(each)).toEqual(["one"]);
    await sleep();
    say(first, 1, "two");
    for (const each of [first, device, must(b, "b").device]) expect(await data(each)).toEqual(["two"]);
    const welcome = must(
      device.seen.find(({ type }) => type === "welcome"),
      "a welcome",
    );
    await sleep();
    const again = await member("sleepers", "late0", { position: { epoch: String(welcome.epoch), seq: 0 } });
    expect(again.leaf).toBe(leaf);
    expect(await again.device.next("welcome")).toMatchObject({ recovered: true, seq: 0 });
    expect(await data(again.device)).toEqual(["one", "two"]);
    expect(await device.next("closed")).toMatchObject({ code: 4000 });
    expect(await ask("sleepers", "channel.members", {})).toMatchObject({ total: HUB_MEMBERS + 3 });
  });

  it("[EL9] objects that are lost with all their sockets: who comes back within the lease was never gone, the others leave", async () => {
    const { leafMembers } = await grown("lost", 3);
    const position = { epoch: String(must(leafMembers[0], "a").device.seen[0]?.epoch), seq: 0 };
    say(must(leafMembers[0], "a").device, 1, "before");
    await data(must(leafMembers[1], "b").device);
    await abortAllDurableObjects();
    const back = await member("lost", "late0", { position });
    expect(await data(back.device)).toEqual(["before"]);
    // A leaf's alarm reports whom it has, after however long.
    for (let leaf = 0; leaf < 3; leaf++) await runDurableObjectAlarm(leafAt("lost", leaf));
    await expect.poll(async () => ((await ask("lost", "channel.load", {})).sockets as number) ?? 0).toBe(1);
    expect(await ask("lost", "channel.member", { user: "late1" })).toEqual({ member: true });
    expect(back.device.unread("notice")).toEqual([]);
  });

  it("[EL12] what it says of its cost is what it cost: calls both ways, upgrades sent on, moves, frames", async () => {
    const counted = { pushes: 0, ups: 0, moved: 0 };
    const restore = [
      spied(LeafObject.prototype, "push", "counted", () => counted.pushes++),
      spied(ChannelObject.prototype, "up", "counted", () => counted.ups++),
      spied(ChannelObject.prototype, "fetch", "counted", (response) => (planOf(response as Response) === undefined ? 0 : counted.moved++)),
    ];
    const { leafMembers } = await grown("counted", 12);
    // One that stays: those on the hub are made to go, sooner or later.
    const speaker = must(leafMembers[0], "a member").device;
    for (let n = 1; n <= 20; n++) {
      say(speaker, n, `message ${n}`);
      await speaker.next("events");
    }
    for (const { device } of leafMembers)
      await expect.poll(() => device.seen.filter(({ type }) => type === "events").flatMap((events) => events.items).length).toBe(20);
    const load = await ask("counted", "channel.load", {});
    for (const undo of restore) undo();
    expect(load).toMatchObject({ counters: { calls: counted.pushes, failedCalls: 0, ups: counted.ups, redirects: counted.moved, moves: HUB_MEMBERS + 1 } });
    const frames = (load.leaves as { frames: number }[]).reduce((sum, leaf) => sum + leaf.frames, 0);
    const came = leafMembers.flatMap(({ device }) => device.seen.filter(({ type }) => type === "events")).length;
    // Those with a notice alone are frames, too.
    expect(frames).toBeGreaterThanOrEqual(came);
    expect(load.sockets).toBe(leafMembers.length);
  });

  it("[EL10] a leaf writes no row for a member or a message, only one for a plan; the hub's rows are those of a burst", async () => {
    const { first, leafMembers } = await grown("rows");
    const { leaf } = must(leafMembers[0], "a");
    const { rows } = await costOf(
      leafAt("rows", leaf),
      async () => {
        for (let n = 0; n < 20; n++) {
          const user = `more${n}`;
          await (await member("rows", user)).device.next("welcome");
        }
        say(first, 1, "hello");
        for (const { device } of leafMembers) await device.next("events");
      },
      "of this object",
    );
    expect(rows).toBe(0);
  });
});
