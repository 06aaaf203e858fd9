import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CHAT_LIMITS } from "../../src/protocol/chat-limits.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { UserPresence } from "../../src/protocol/messages/notice.ts";
import { UserObject } from "../../src/server/objects/user-object.ts";
import { PATIENCE } from "../support/patience.ts";
import { Chatter } from "./chatter.ts";
import { userStub } from "./device.ts";
import { rest } from "./rest.ts";
import { costOf } from "./row-meter.ts";

let count = 0;
const people = () => {
  const n = ++count;
  return { ann: `p-ann-${n}`, bob: `p-bob-${n}` };
};
const phone = { device: "phone", kind: "web", state: "ONLINE" };
const laptop = { ...phone, device: "laptop" };
const far = { tokenExpiresAt: Date.now() + 90 * 24 * 3_600_000 };

/** What was told of a user, oldest first, once `many` have come. */
async function told(chatter: Chatter, user: string, many: number): Promise<UserPresence[]> {
  return vi.waitFor(
    () => {
      const all = chatter.device.seen.flatMap((message) => (message.name === "presence.changed" ? (message.users as UserPresence[]) : []));
      const of = all.filter((presence) => presence.user === user);
      expect(of.length).toBeGreaterThanOrEqual(many);
      return of;
    },
    { ...PATIENCE, interval: 10 },
  );
}

/** Once the latest that was told of a user is this. */
const standsAt = (chatter: Chatter, user: string, state: string): Promise<void> =>
  vi.waitFor(async () => expect((await told(chatter, user, 1)).at(-1)).toEqual({ user, state }), { ...PATIENCE, interval: 10 });

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("presence with details", () => {
  it("[PS11] [PS12] each device's state, status and the user's ext are told to who watches in detail, and asked for", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    expect(await a.ok("presence.subscribe", { users: [bob], details: true })).toEqual({ users: [{ user: bob, state: "ONLINE", devices: [phone] }] });
    await b.ok("presence.publish", { status: "busy", ext: '{"until":"noon"}' });
    const other = await Chatter.login(bob, { device: "laptop" });
    await other.ok("presence.publish", { ext: "lunch" });
    const seen = [
      { devices: [{ ...phone, status: "busy" }], ext: '{"until":"noon"}' },
      { devices: [laptop, { ...phone, status: "busy" }], ext: '{"until":"noon"}' },
      { devices: [laptop, { ...phone, status: "busy" }], ext: "lunch" },
    ].map((details) => ({ user: bob, state: "ONLINE", ...details }));
    const inOrder = (all: UserPresence[]) => all.map((one) => ({ ...one, devices: one.devices?.toSorted((x, y) => (x.device < y.device ? -1 : 1)) }));
    expect(inOrder(await told(a, bob, 3))).toEqual(seen);
    await evictDurableObject(userStub(bob));
    const query = await rest("POST", "/presence/query", { users: [bob, "nobody-ever"], details: true });
    const { users } = (await query.json()) as { users: UserPresence[] };
    expect([inOrder(users.slice(0, 1)), users[1]]).toEqual([[seen[2]], { user: "nobody-ever", state: "OFFLINE", devices: [] }]);
    expect((await a.ok("presence.query", { users: [bob] })).users).toEqual([{ user: bob, state: "ONLINE" }]);
    await other.device.request("session.logout", {});
    await b.ok("presence.publish", { status: "", ext: "" });
    expect((await told(a, bob, 5)).slice(3)).toEqual([
      { user: bob, state: "ONLINE", devices: [{ ...phone, status: "busy" }], ext: "lunch" },
      { user: bob, state: "ONLINE", devices: [phone] },
    ]);
    await b.ok("presence.publish", { status: "gone", ext: "with me" });
    await b.device.request("session.logout", {});
    expect((await told(a, bob, 7)).at(-1)).toEqual({ user: bob, state: "OFFLINE", devices: [] });
    await Chatter.login(bob, { instance: "i2" });
    expect((await told(a, bob, 8)).at(-1)).toEqual({ user: bob, state: "ONLINE", devices: [phone] });
  });

  it("[PS11] who watches the state alone hears of that alone", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    await a.ok("presence.subscribe", { users: [bob] });
    await b.ok("presence.publish", { status: "busy" });
    await Chatter.login(bob, { device: "laptop" });
    await b.device.request("session.logout", {});
    await rest("POST", `/users/${bob}/kick`, {});
    expect(await told(a, bob, 1)).toEqual([{ user: bob, state: "OFFLINE" }]);
  });

  it("[PS12] what is published is bounded, a server publishes for a device, and nobody for another user", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    expect(await a.code("presence.publish", { user: bob, status: "x" })).toBe("forbidden");
    expect(await b.code("presence.publish", { ext: "é".repeat(CHAT_LIMITS.presenceExtBytes / 2 + 1) })).toBe("bad_request");
    expect(await b.code("presence.publish", { status: "s".repeat(CHAT_LIMITS.presenceStatusChars + 1) })).toBe("bad_request");
    expect((await rest("PUT", `/users/${bob}/presence`, { status: "x" })).status).toBe(404);
    expect((await rest("PUT", `/users/${bob}/presence`, { device: "tablet", status: "x" })).status).toBe(404);
    expect((await rest("PUT", `/users/${bob}/presence`, { device: "phone", status: "on call" })).status).toBe(200);
    expect((await a.ok("presence.query", { users: [bob], details: true })).users).toEqual([
      { user: bob, state: "ONLINE", devices: [{ ...phone, status: "on call" }] },
    ]);
  });

  it("[PS13] one that falls silent among several is told of when its lease ends", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann, far), await Chatter.login(bob, far)];
    const other = await Chatter.login(bob, { ...far, device: "laptop" });
    await a.ok("presence.subscribe", { users: [bob], details: true });
    other.device.close();
    expect((await told(a, bob, 1)).at(-1)?.devices).toContainEqual({ ...laptop, state: "UNREACHABLE" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LIMITS.leaseMs + 1 });
    await b.device.settle();
    await runDurableObjectAlarm(userStub(bob));
    const last = (await told(a, bob, 2)).at(-1);
    expect([last?.state, last?.devices?.find(({ device }) => device === "laptop")?.state]).toEqual(["ONLINE", "OFFLINE"]);
  });

  it("[PS14] a word costs one row and one call for each watcher beside its own two rows; nobody watching, one row", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    await b.ok("presence.publish", { status: "first" });
    expect(await costOf(userStub(bob), () => b.ok("presence.publish", { status: "unseen" }))).toEqual({ rows: 1, alarms: 0 });
    await a.ok("presence.subscribe", { users: [bob], details: true });
    const calls = vi.spyOn(UserObject.prototype, "statusChanged");
    const cost = await costOf(userStub(bob), async () => {
      await b.ok("presence.publish", { status: "busy" });
      await told(a, bob, 1);
    });
    expect([cost, calls.mock.calls.length]).toEqual([{ rows: 3, alarms: 0 }, 1]);
  });
});

describe("subscriptions for a time", () => {
  const day = 24 * 3_600_000;

  it("[PS15] last over logouts up to their end, and not beyond; a further call begins anew", { timeout: 30_000 }, async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann, far), await Chatter.login(bob, far)];
    const { until } = await a.ok("presence.subscribe", { users: [bob], lastsMs: day });
    expect(until).toBeGreaterThan(Date.now() + day - 60_000);
    await a.device.request("session.logout", {});
    await evictDurableObject(userStub(ann));
    await b.device.request("session.logout", {});
    const back = await Chatter.login(ann, { ...far, instance: "i2" });
    await standsAt(back, bob, "OFFLINE");
    expect(await back.ok("presence.subscriptions", {})).toEqual({ users: [bob], lasting: [{ user: bob, until }] });
    const b2 = await Chatter.login(bob, { ...far, instance: "i2" });
    await standsAt(back, bob, "ONLINE");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + day - 60_000 });
    await back.ok("presence.subscribe", { users: [bob], lastsMs: day });
    vi.setSystemTime(Date.now() + day - 60_000);
    await b2.device.request("session.logout", {});
    await standsAt(back, bob, "OFFLINE");
    const before = (await told(back, bob, 1)).length;
    vi.setSystemTime(Date.now() + 120_000);
    expect(await back.ok("presence.subscriptions", {})).toEqual({ users: [], lasting: [] });
    await Chatter.login(bob, { ...far, instance: "i3" });
    await back.device.settle();
    expect(await told(back, bob, 1)).toHaveLength(before);
    const left = await runInDurableObject(userStub(bob), (_object, { storage }) => storage.sql.exec("SELECT user FROM status_watcher").toArray());
    const watched = await runInDurableObject(userStub(ann), (_object, { storage }) => storage.sql.exec("SELECT user FROM status_watched").toArray());
    expect([left.length <= 1, watched]).toEqual([true, []]);
  });

  it("[PS15] beside one as long as the user is logged in each ends by itself", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    await a.ok("presence.subscribe", { users: [bob] });
    await a.ok("presence.subscribe", { users: [bob], lastsMs: day });
    await a.ok("presence.unsubscribe", { users: [bob] });
    await b.device.request("session.logout", {});
    expect(await told(a, bob, 1)).toEqual([{ user: bob, state: "OFFLINE" }]);
    await a.ok("presence.subscribe", { users: [bob] });
    await a.ok("presence.unsubscribe", { users: [bob], lasting: true });
    expect(await a.ok("presence.subscriptions", {})).toEqual({ users: [bob], lasting: [] });
    await Chatter.login(bob, { instance: "i2" });
    await standsAt(a, bob, "ONLINE");
    await a.ok("presence.unsubscribe", { users: [bob] });
    const left = await runInDurableObject(userStub(bob), (_object, { storage }) => storage.sql.exec("SELECT user FROM status_watcher").toArray());
    expect(left).toEqual([]);
  });

  it("[PS16] 100 users a call, 3,000 in all, up to 30 days", { timeout: 60_000 }, async () => {
    const { ann, bob } = people();
    const a = await Chatter.login(ann);
    const many = (length: number) => Array.from({ length }, (_, n) => `${ann}-${n}`);
    expect(await a.code("presence.subscribe", { users: many(101), lastsMs: day })).toBe("bad_request");
    expect(await a.code("presence.subscribe", { users: many(101), details: true })).toBe("bad_request");
    expect(await a.code("presence.query", { users: many(101), details: true })).toBe("bad_request");
    expect(await a.code("presence.subscribe", { users: [bob], lastsMs: CHAT_LIMITS.presenceLastsMs + 1 })).toBe("bad_request");
    await a.ok("presence.subscribe", { users: [bob], lastsMs: CHAT_LIMITS.presenceLastsMs });
    await runInDurableObject(userStub(ann), (_object, { storage }) => {
      for (let n = 1; n < CHAT_LIMITS.presenceLasting; n++) {
        const watched = JSON.stringify({ presence: { user: `w${n}`, state: "OFFLINE" }, until: Date.now() + day });
        storage.sql.exec("INSERT INTO status_watched VALUES (?, ?)", `w${n}`, watched);
      }
    });
    const refused = await a.device.request("presence.subscribe", { users: ["one-more"], lastsMs: day });
    expect(refused.error).toMatchObject({ code: "limit_exceeded", field: "users", limit: CHAT_LIMITS.presenceLasting });
    await a.ok("presence.subscribe", { users: [bob, "w1"], lastsMs: day });
    await a.ok("presence.unsubscribe", { users: ["w1"], lasting: true });
    await a.ok("presence.subscribe", { users: ["one-more"], lastsMs: day });
  });

  it("[PS16] a user's watchers are bounded, and those whose time is over make room", async () => {
    const { ann, bob } = people();
    const [a] = [await Chatter.login(ann), await Chatter.login(bob)];
    await a.ok("presence.subscribe", { users: [bob], lastsMs: day });
    const fill = (until: number) =>
      runInDurableObject(userStub(bob), (_object, { storage }) => {
        for (let n = 1; n < LIMITS.presenceWatchers; n++)
          storage.sql.exec("INSERT OR REPLACE INTO status_watcher VALUES (?, ?)", `w${n}`, JSON.stringify({ until }));
      });
    const cy = await Chatter.login(`${ann}-cy`);
    await fill(Date.now() + day);
    expect(await cy.code("presence.subscribe", { users: [bob], lastsMs: day })).toBe("limit_exceeded");
    expect(await cy.ok("presence.subscriptions", {})).toEqual({ users: [], lasting: [] });
    await fill(Date.now() - 1);
    await cy.ok("presence.subscribe", { users: [bob], lastsMs: day });
  });

  it("[PS17] servers and users over REST subscribe, read and end them for a time", async () => {
    const { ann, bob } = people();
    const path = `/users/${ann}/presence/subscriptions`;
    expect(await (await rest("GET", path)).json()).toEqual({ users: [], lasting: [] });
    expect((await rest("POST", path, { users: [bob] })).status).toBe(400);
    const made = await rest("POST", path, { users: [bob], lastsMs: day });
    const { until, users } = (await made.json()) as { until: number; users: unknown };
    expect(users).toEqual([{ user: bob, state: "OFFLINE" }]);
    const a = await Chatter.login(ann);
    await Chatter.login(bob);
    await standsAt(a, bob, "ONLINE");
    expect(await (await rest("GET", path)).json()).toEqual({ users: [bob], lasting: [{ user: bob, until }] });
    expect((await rest("DELETE", path, { users: [bob] })).status).toBe(200);
    expect(await (await rest("GET", path)).json()).toEqual({ users: [], lasting: [] });
    const b = await Chatter.login(bob, { device: "laptop" });
    expect(await b.code("presence.subscriptions", { user: ann })).toBe("forbidden");
    expect(await b.code("presence.subscribe", { user: ann, users: [bob], lastsMs: day })).toBe("forbidden");
  });

  it("[PS18] a block changes nothing of it: who is blocked neither writes nor invites, and sees who is there", async () => {
    const { ann, bob } = people();
    const [a, b] = [await Chatter.login(ann), await Chatter.login(bob)];
    await b.ok("block.add", { users: [ann] });
    await a.ok("presence.subscribe", { users: [bob], details: true });
    await b.ok("presence.publish", { status: "busy" });
    expect(await told(a, bob, 1)).toEqual([{ user: bob, state: "ONLINE", devices: [{ ...phone, status: "busy" }] }]);
  });

  it("[PS15] [PU3] a deleted user watches nobody any more", { timeout: 30_000 }, async () => {
    const { ann, bob } = people();
    await Chatter.login(bob);
    await rest("POST", `/users/${ann}/presence/subscriptions`, { users: [bob], lastsMs: day });
    await rest("DELETE", `/users/${ann}`);
    await vi.waitFor(
      async () => {
        await runInDurableObject(userStub(ann), (_object, ctx) => ctx.storage.setAlarm(Date.now()));
        await runDurableObjectAlarm(userStub(ann));
        expect(await (await rest("GET", `/users/${ann}/account`)).json()).toEqual({ state: "active" });
      },
      { ...PATIENCE, interval: 200 },
    );
    const left = await runInDurableObject(userStub(bob), (_object, { storage }) => storage.sql.exec("SELECT user FROM status_watcher").toArray());
    expect(left).toEqual([]);
  });
});
