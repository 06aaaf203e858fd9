import { describe, expect, it } from "vitest";
import type { FanOutPlan } from "../../src/domain/channel/relay-plan.ts";
import { must } from "../../src/util/assert.ts";
import { words } from "./chatter.ts";
import type { Device } from "./device.ts";
import { HUB_MEMBERS, placed } from "./placed.ts";
import { asServer, heardOn, hears, refOf, roomStub } from "./room-member.ts";

interface Viewer {
  readonly user: string;
  readonly device: Device;
  readonly leaf: number;
}

/** Maps of rooms, as an entry Worker keeps them: who comes by one is not looked at by the room's own object. */
const plans = new Map<string, FanOutPlan>();

/** Whoever comes to a room that has leaves: its first word goes before it has read anything. */
async function viewer(room: string, user: string, first?: { readonly op: string; readonly input: object }): Promise<Viewer> {
  const { device, leaf, plan } = await placed(refOf(room), user, { write: false }, plans.get(room));
  plans.set(room, plan);
  if (first !== undefined) device.post([{ type: "request", id: 1, ...first }]);
  await device.next("welcome");
  return { user, device, leaf: must(leaf, "a leaf") };
}

let ids = 100;
async function ask(device: Device, op: string, input: object = {}): Promise<Record<string, unknown>> {
  const id = ++ids;
  device.post([{ type: "request", id, op, input }]);
  return device.replyTo(id);
}

/** A room that has outgrown its object: whoever was there before has been asked to go, and stays all the same. */
async function grown(room: string, details: object = {}): Promise<{ first: Device; server: ReturnType<typeof asServer> }> {
  const server = asServer(room);
  expect(await server("room.create", { owner: "ann", ...details })).toEqual({ ok: {} });
  const first = (await placed(refOf(room), "user0")).device;
  for (let n = 1; n <= HUB_MEMBERS; n++) await placed(refOf(room), `user${n}`);
  await first.next("goaway");
  return { first, server };
}

/** As the configuration of these tests has it: more, and they are counted. */
const COUNTED = 37;

/** One with so many that they are counted. */
async function counted(room: string, details: object = {}): Promise<Pick<Awaited<ReturnType<typeof grown>>, "server">> {
  const { server } = await grown(room, details);
  for (let n = HUB_MEMBERS + 1; n < COUNTED - 1; n++) await viewer(room, `more${n}`);
  await expect.poll(() => server("room.get", {})).toMatchObject({ ok: { members: COUNTED - 1 } });
  const { plan } = await placed(refOf(room), "one more");
  await expect.poll(async () => (await placed(refOf(room), "one more")).plan.counted).toBe(true);
  plans.set(room, plan);
  await expect.poll(() => server("room.get", {})).toMatchObject({ ok: { members: COUNTED } });
  return { server };
}

describe("a room with leaves", () => {
  it("[RC13] [RC3] has one order for those on the hub and on leaves; who has come to a leaf is in, and says something at once", async () => {
    const { first, server } = await grown("wide");
    const say = { op: "room.send", input: { key: "k1", content: words("here I am") } };
    const late = await viewer("wide", "late0", say);
    expect(await late.device.replyTo(1)).toMatchObject({ ok: { id: expect.any(String) } });
    const other = await viewer("wide", "late1");
    expect(await ask(first, "room.send", { key: "k1", content: words("from the hub") })).toMatchObject({ ok: { ts: expect.any(Number) } });
    expect(await server("room.send", { key: "k1", from: "the house", content: words("from outside") })).toHaveProperty("ok");
    expect(await ask(late.device, "room.send", { key: "k1", content: words("here I am") })).toMatchObject({ ok: { duplicate: true } });
    for (const device of [first, late.device]) {
      const { texts, messages } = await hears(device, (heard) => heard.texts.length === 3);
      expect(texts).toEqual(["here I am", "from the hub", "from outside"]);
      expect(messages.map(({ from }) => from)).toEqual(["late0", "user0", "the house"]);
    }
    expect((await hears(other.device, (heard) => heard.texts.length === 2)).texts).toEqual(["from the hub", "from outside"]);
    expect(await ask(other.device, "room.history", { limit: 10 })).toMatchObject({
      ok: { messages: [{ from: "the house" }, { from: "user0" }, { from: "late0" }] },
    });
    expect(await ask(other.device, "room.get")).toMatchObject({ ok: { members: HUB_MEMBERS + 3, role: "member" } });
  });

  it("[RC14] [EL18] has everything by name also where members are counted: roles, keys, lists, a word for some", async () => {
    const { server } = await counted("crowded");
    const [late, other, third] = [await viewer("crowded", "late0"), await viewer("crowded", "late1"), await viewer("crowded", "late2")];
    expect(await ask(other.device, "room.send", { key: "k1", content: words("from a leaf") })).toMatchObject({ ok: { id: expect.any(String) } });
    expect(await ask(other.device, "room.get")).toMatchObject({ ok: { role: "member", members: COUNTED + 3 } });
    expect(JSON.stringify(await server("room.members", { limit: 100 }))).toContain("late2");
    expect(await server("room.mute", { users: ["late2", "nobody"], on: true })).toEqual({ ok: { failed: [{ user: "nobody", message: "no member" }] } });
    expect(await ask(third.device, "room.send", { key: "k", content: words("hm") })).toMatchObject({ error: { code: "forbidden", message: "muted" } });
    await server("room.mute", { users: ["late2"], on: false });
    const word = { key: "k2", content: words("psst"), receivers: ["late2", "user0", "nobody"] };
    expect(await ask(other.device, "room.send", word)).toMatchObject({ ok: { absent: ["nobody"] } });
    await expect.poll(() => third.device.seen.filter(({ name }) => name === "room.directed")).toMatchObject([{ message: { from: "late1" } }]);
    expect(await server("room.transfer", { owner: "late1" })).toEqual({ ok: {} });
    expect(await ask(other.device, "room.appoint", { member: "late2", on: true })).toMatchObject({ ok: {} });
    expect(await ask(third.device, "room.remove", { users: ["late0"] })).toMatchObject({ ok: { failed: [] } });
    expect(await late.device.next("closed")).toMatchObject({ code: 4209, reason: "removed from the room" });
    expect(await server("room.get", {})).toMatchObject({ ok: { members: COUNTED + 2, owner: "late1", admins: ["late2"] } });
  });

  it("[RC14] [RK3] knows whose keys go with them where members are counted: whether they say goodbye, vanish, are sent out, or had been set in their name", async () => {
    const { server } = await counted("seated");
    const users = ["left", "gone", "sent", "named", "stays"];
    const seat = (user: string) => ({
      op: "room.set-keys",
      input: { entries: [{ key: `seat.${user}`, value: "1" }], ...(user === "stays" && { stay: true }) },
    });
    const viewers = new Map<string, Viewer>();
    // Before any report can have named them.
    for (const user of users) viewers.set(user, await viewer("seated", user, user === "named" ? undefined : seat(user)));
    const of = (user: string): Device => must(viewers.get(user), "a viewer").device;
    for (const user of users) if (user !== "named") expect(await of(user).replyTo(1)).toMatchObject({ ok: { failed: [] } });
    await server("room.set-keys", { from: "named", entries: [{ key: "seat.named", value: "1" }] });
    await server("room.set-keys", { from: "nobody", entries: [{ key: "seat.nobody", value: "1" }] });
    const watcher = await viewer("seated", "watcher");
    const keys = async (): Promise<string[]> => {
      const read = (await ask(watcher.device, "room.get-keys")) as { ok: { entries: { key: string }[] } };
      return read.ok.entries.map(({ key }) => key.slice("seat.".length)).sort();
    };
    expect(await keys()).toEqual(["gone", "left", "named", "nobody", "sent", "stays"]);
    of("left").post([{ type: "request", id: 2, op: "channel.leave", input: {} }]);
    await expect.poll(keys).toEqual(["gone", "named", "nobody", "sent", "stays"]);
    await server("room.remove", { users: ["sent"] });
    await expect.poll(keys).toEqual(["gone", "named", "nobody", "stays"]);
    of("named").close(1000);
    await expect.poll(keys).toEqual(["gone", "nobody", "stays"]);
    of("stays").close(1000);
    // Its absence is two minutes: it is awaited.
    of("gone").close(4000);
    await ask(watcher.device, "room.get");
    expect(await keys()).toEqual(["gone", "nobody", "stays"]);
  });

  it("[RC14] [RJ1] sends out where members are counted who is blocked, whatever ticket it has, and everybody when it is dismissed", async () => {
    const { server } = await counted("shut");
    const [late, other] = [await viewer("shut", "late0"), await viewer("shut", "late1")];
    expect(await server("room.block", { users: ["late0"], on: true })).toEqual({ ok: { failed: [] } });
    expect(await late.device.next("closed")).toMatchObject({ code: 4209 });
    const again = await viewer("shut", "late0", { op: "room.send", input: { key: "k", content: words("let me in") } });
    expect(await again.device.next("closed")).toMatchObject({ code: 4209, reason: "on the block list" });
    await server("room.block", { users: ["late0"], on: false });
    const last = await viewer("shut", "late0");
    expect(await ask(last.device, "room.send", { key: "k2", content: words("thanks") })).toHaveProperty("ok");
    expect((await hears(other.device, (heard) => heard.texts.length > 0)).texts).toEqual(["thanks"]);
    expect(await server("room.dismiss", {})).toEqual({ ok: {} });
    for (const { device } of [other, last]) expect(await device.next("closed")).toMatchObject({ code: 4209, reason: "the room was dismissed" });
  });

  it("[RC14] [RJ3] gives nobody a ticket to a full room whose members are counted but who is in it", async () => {
    const { server } = await counted("packed");
    await viewer("packed", "late0");
    await expect.poll(() => server("room.get", {})).toMatchObject({ ok: { members: COUNTED + 1 } });
    expect(await server("room.update", { maxMembers: COUNTED + 1 })).toEqual({ ok: {} });
    expect(await roomStub("packed").refuses("late1")).toMatchObject({ code: "limit_exceeded" });
    expect(await roomStub("packed").refuses("late0")).toBeUndefined();
  });

  it("[RC13] [RC4] takes nothing but its own operations on a leaf, either", async () => {
    await grown("closed");
    const { device } = await viewer("closed", "late0");
    expect(await ask(device, "channel.publish", { data: "raw" })).toMatchObject({ error: { code: "forbidden" } });
    expect(await ask(device, "channel-attributes.set", { attributes: [{ key: "a", value: "b" }] })).toMatchObject({ error: { code: "forbidden" } });
    await ask(device, "room.get");
    expect(heardOn(device).texts).toEqual([]);
    expect(device.seen.filter(({ type }) => type === "events")).toEqual([]);
  });

  it("[RC13] [RJ1] who is removed on a leaf is out and may come back; who is blocked is sent out, with whatever ticket it has", async () => {
    const { server } = await grown("guarded");
    const late = await viewer("guarded", "late0", { op: "room.set-keys", input: { entries: [{ key: "seat", value: "1" }] } });
    expect(await late.device.replyTo(1)).toMatchObject({ ok: { failed: [] } });
    const other = await viewer("guarded", "late1");
    expect(await server("room.remove", { users: ["late0"] })).toEqual({ ok: { failed: [] } });
    expect(await late.device.next("closed")).toMatchObject({ code: 4209, reason: "removed from the room" });
    // Of its being set it may hear, too: its leaf learns of that when it does.
    const { events } = await hears(other.device, (heard) => heard.events.some((event) => event.kind === "keysChanged" && event.removed.length > 0));
    expect(events).toContainEqual(expect.objectContaining({ kind: "keysChanged", removed: ["seat"] }));
    const back = await viewer("guarded", "late0");
    expect(await ask(back.device, "room.get")).toMatchObject({ ok: { role: "member" } });
    await server("room.block", { users: ["late0"], on: true });
    expect(await back.device.next("closed")).toMatchObject({ code: 4209 });
    const again = await viewer("guarded", "late0", { op: "room.send", input: { key: "k", content: words("let me in") } });
    expect(await again.device.next("closed")).toMatchObject({ code: 4209, reason: "on the block list" });
    await server("room.block", { users: ["late0"], on: false });
    const last = await viewer("guarded", "late0");
    expect(await ask(last.device, "room.send", { key: "k2", content: words("thanks") })).toHaveProperty("ok");
    expect((await hears(other.device, (heard) => heard.texts.length > 0)).texts).toEqual(["thanks"]);
  });

  it("[RC13] [RJ3] a full room takes on a leaf nobody but who is in it", async () => {
    const { server } = await grown("full");
    const late = await viewer("full", "late0");
    await ask(late.device, "room.get");
    expect(await server("room.update", { maxMembers: HUB_MEMBERS + 2 })).toEqual({ ok: {} });
    const over = await viewer("full", "late1");
    expect(await over.device.next("closed")).toMatchObject({ code: 4209, reason: "it is full" });
    const again = await viewer("full", "late0");
    expect(await ask(again.device, "room.get")).toMatchObject({ ok: { members: HUB_MEMBERS + 2, role: "member" } });
    expect(again.device.unread("closed")).toEqual([]);
  });

  it("[RC13] [RC7] recalls, changes and keys are told on leaves, and a dismissed room closes for all", async () => {
    const { first, server } = await grown("told");
    const [late, other] = [await viewer("told", "late0"), await viewer("told", "late1")];
    const said = await ask(late.device, "room.send", { key: "k", content: words("oops") });
    const { id } = said.ok as { id: string };
    expect(await ask(other.device, "room.recall", { id })).toMatchObject({ error: { code: "forbidden" } });
    expect(await ask(late.device, "room.recall", { id })).toMatchObject({ ok: {} });
    await server("room.update", { announcement: "at five" });
    await ask(late.device, "room.set-keys", { entries: [{ key: "seat", value: "1" }] });
    late.device.post([{ type: "request", id: 2, op: "channel.leave", input: {} }]);
    expect(await late.device.next("closed")).toMatchObject({ code: 1000 });
    for (const device of [first, other.device]) {
      const { recalled, events } = await hears(device, (heard) => heard.events.length === 3);
      expect(recalled).toEqual([id]);
      expect(events).toMatchObject([
        { kind: "updated", changed: { announcement: "at five" } },
        { kind: "keysChanged", set: [{ key: "seat", owner: "late0" }] },
        { kind: "keysChanged", removed: ["seat"] },
      ]);
    }
    expect(await ask(other.device, "room.get-keys")).toMatchObject({ ok: { entries: [] } });
    await server("room.dismiss", {});
    for (const device of [first, other.device]) expect(await device.next("closed")).toMatchObject({ code: 4209, reason: "the room was dismissed" });
    expect((await placed(refOf("told"), "late2")).leaf).toBeUndefined();
  });

  it("[RC13] [RB1] what is left out is counted for those on leaves, too, and high priorities are not", async () => {
    const { server } = await grown("busy", { messagesPerSecond: 1 });
    const [late, other] = [await viewer("busy", "late0"), await viewer("busy", "late1")];
    for (let n = 0; n < 10; n++) {
      const answer = await ask(late.device, "room.send", { key: `low${n}`, content: words("low"), priority: "low" });
      expect(answer).toMatchObject({ ok: { skipped: true } });
    }
    for (let n = 0; n < 3; n++) await ask(late.device, "room.send", { key: `high${n}`, content: words(`high${n}`), priority: "high" });
    for (const { device } of [late, other]) {
      expect((await hears(device, (heard) => heard.texts.length === 3)).texts).toEqual(["high0", "high1", "high2"]);
      expect(device.seen.reduce((sum, { type, skipped = 0 }) => sum + (type === "events" ? Number(skipped) : 0), 0)).toBe(10);
    }
    expect(await server("room.get", {})).toMatchObject({ ok: { dropped: { high: 0, normal: 0, low: 10 } } });
  });
});
