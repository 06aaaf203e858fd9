import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { conversationName } from "../../src/protocol/conversation-name.ts";
import { TIMINGS } from "../../src/protocol/limits.ts";
import { type BroughtSettings, DEFAULT_SETTINGS, UNKNOWN_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName, userName } from "../../src/server/objects/locate.ts";
import { SettingsObject } from "../../src/server/objects/settings-object.ts";
import { serverHeaders } from "./client.ts";
import { APP, Device, userStub } from "./device.ts";

let count = 0;
const names = () => {
  const n = ++count;
  return { ann: `p-ann-${n}`, bob: `p-bob-${n}`, cy: `p-cy-${n}` };
};
const onlyContacts = { settings: { ...DEFAULT_SETTINGS, onlyContacts: true } };
const words = (text: string) => ({ type: "text", text });

const rest = (method: string, path: string, body?: object) =>
  exports.default.fetch(
    new Request(`https://wigwag.test/v1${path}`, {
      method,
      headers: { "content-type": "application/json", ...serverHeaders },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );

async function login(user: string, changes: object = {}) {
  const { device } = await Device.login(user, changes);
  const notices = async (name: string) => {
    await device.settle();
    return device.seen.filter((message) => message.type === "notice" && message.name === name);
  };
  const ok = async (op: string, input: object) => {
    const reply = await device.request(op, input);
    if (reply.ok === undefined) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return reply.ok as Record<string, unknown>;
  };
  const code = async (op: string, input: object) => ((await device.request(op, input)).error as { code?: string } | undefined)?.code;
  return { device, notices, ok, code };
}

describe("people", () => {
  it("[PP3] [PP4] profiles are read for many, written by their user, and told to its devices", async () => {
    const { ann, bob, cy } = names();
    const [a, a2, b] = [await login(ann), await login(ann, { device: "laptop" }), await login(bob)];
    const profile = { nickname: "Ann", email: "ann@example.org", custom: [{ key: "__proto__", value: "x" }] };
    expect(await a.ok("profile.update", profile)).toEqual({ profile });
    await a.ok("profile.update", { nickname: "Ann" });
    for (const each of [a, a2]) expect(await each.notices("profile.changed")).toEqual([{ type: "notice", name: "profile.changed", profile }]);
    expect(await b.notices("profile.changed")).toEqual([]);
    expect(await b.ok("profile.query", { users: [ann, cy, bob] })).toEqual({
      profiles: [
        { user: ann, profile },
        { user: cy, profile: {} },
        { user: bob, profile: {} },
      ],
    });
    expect(await b.code("profile.query", { users: Array.from({ length: 101 }, (_, n) => `u${n}`) })).toBe("bad_request");
    expect(await b.code("profile.update", { user: ann, nickname: "x" })).toBe("forbidden");
    expect(await a.code("profile.update", { ext: "x".repeat(2040) })).toBe("too_large");
    await runInDurableObject(userStub(cy), (_object, ctx) => {
      expect(ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'profile'").toArray()).toEqual([]);
    });
    const patched = await rest("PATCH", `/users/${ann}/profile`, { sign: "by a server" });
    expect([patched.status, await patched.json()]).toEqual([200, { profile: { ...profile, sign: "by a server" } }]);
    expect(await a2.notices("profile.changed")).toHaveLength(2);
  });

  it("[PC1] [PC4] [PC5] [PC6] [PC10] contacts come, bear remarks and go, on all devices of both", async () => {
    const { ann, bob, cy } = names();
    const [a, b, b2] = [await login(ann), await login(bob), await login(bob, { device: "laptop" })];
    expect(await a.ok("contact.invite", { contact: bob, reason: "tea" })).toEqual({ state: "invited" });
    for (const each of [b, b2]) expect(await each.notices("contact.changed")).toMatchObject([{ contact: { user: ann, state: "asked", reason: "tea" } }]);
    await b.ok("contact.accept", { contact: ann });
    for (const [each, other] of [
      [a, bob],
      [b, ann],
      [b2, ann],
    ] as const)
      expect((await each.notices("contact.changed")).at(-1)).toMatchObject({ contact: { user: other, state: "contact" } });
    await b.ok("contact.remark", { contact: ann, remark: "Annie" });
    expect(await b.code("contact.remark", { contact: ann, remark: "x".repeat(101) })).toBe("bad_request");
    expect((await b2.notices("contact.changed")).at(-1)).toMatchObject({ contact: { user: ann, remark: "Annie" } });
    expect((await a.ok("contact.list", {})).contacts).toEqual([{ user: bob, state: "contact", since: expect.any(Number) }]);
    expect((await rest("PUT", `/users/${bob}/contacts/${cy}`)).status).toBe(200);
    expect(await b.code("contact.add", { contact: cy, user: bob })).toBe("forbidden");
    expect(await a.code("contact.list", { user: bob })).toBe("forbidden");
    const first = await b.ok("contact.list", { limit: 1 });
    expect(first).toMatchObject({ contacts: [{ user: ann, remark: "Annie" }], more: true });
    expect(await b.ok("contact.list", { after: ann, limit: 1 })).toMatchObject({ contacts: [{ user: cy }], more: false });
    expect(await b.ok("contact.list", { state: "asked" })).toEqual({ contacts: [], more: false });
    await a.ok("contact.remove", { contact: bob });
    expect((await b2.notices("contact.changed")).at(-1)).toMatchObject({ contact: { user: ann, state: "none", why: "removed" } });
    expect((await b.ok("contact.list", {})).contacts).toMatchObject([{ user: cy }]);
  });

  it("[PC8] [PC12] blocks are told to one's devices, and keep invitations away", async () => {
    const { ann, bob } = names();
    const [a, b, b2] = [await login(ann), await login(bob), await login(bob, { device: "laptop" })];
    await b.ok("block.add", { users: [ann] });
    await b.ok("block.add", { users: [ann] });
    expect(await b2.notices("block.changed")).toEqual([{ type: "notice", name: "block.changed", users: [ann], on: true }]);
    expect(await a.notices("block.changed")).toEqual([]);
    expect(await a.code("contact.invite", { contact: bob })).toBe("forbidden");
    expect((await a.ok("contact.list", {})).contacts).toEqual([]);
    await b.ok("block.remove", { users: [ann] });
    expect((await b2.notices("block.changed")).at(-1)).toMatchObject({ users: [ann], on: false });
    expect(await a.ok("contact.invite", { contact: bob })).toEqual({ state: "invited" });
  });

  it("[PC11] where only contacts chat, others neither send nor do what others see, from the answer on", async () => {
    const { ann, bob } = names();
    const [a, b] = [await login(ann, onlyContacts), await login(bob, onlyContacts)];
    const withBob = { conversation: { type: "single", id: bob } };
    const withAnn = { conversation: { type: "single", id: ann } };
    const send = (key: string) => ({ ...withBob, key, content: words(key) });
    expect(await a.code("message.send", send("k1"))).toBe("forbidden");
    expect(await a.code("message.send", { ...send("k1"), online: true })).toBe("forbidden");
    await a.ok("contact.invite", { contact: bob });
    expect(await a.code("message.send", send("k1"))).toBe("forbidden");
    await b.ok("contact.accept", { contact: ann });
    expect(await a.ok("message.send", send("k1"))).toMatchObject({ seq: 1 });
    expect(await b.ok("message.send", { ...withAnn, key: "k2", content: words("k2") })).toMatchObject({ seq: 2 });
    await b.ok("contact.remove", { contact: ann });
    for (const [each, where, own] of [
      [a, withBob, 1],
      [b, withAnn, 2],
    ] as const) {
      expect(await each.code("message.send", { ...where, key: "k3", content: words("x") })).toBe("forbidden");
      expect(await each.code("message.edit", { ...where, seq: own, content: words("x") })).toBe("forbidden");
      expect(await each.code("message.react", { ...where, seq: own, reaction: "x", on: true })).toBe("forbidden");
      expect(await each.code("message.pin", { ...where, seq: own, on: true })).toBe("forbidden");
      expect(await each.code("conversation.typing", { ...where, on: true })).toBe("forbidden");
      expect((await each.ok("message.history", where)).records).toHaveLength(2);
      await each.ok("conversation.read", { ...where, seq: 2 });
    }
    await a.ok("message.recall", { ...withBob, seq: 1 });
    // Over REST it comes by way of the same object.
    const call = {
      op: "message.send",
      input: send("k4"),
      settings: onlyContacts.settings,
      caller: { kind: "user", app: APP, user: ann, rights: "all" },
    } as const;
    expect(await userStub(ann).call(call)).toMatchObject({ error: { code: "forbidden" } });
    await b.ok("contact.invite", { contact: ann });
    await a.ok("contact.accept", { contact: bob });
    expect(await userStub(ann).call(call)).toMatchObject({ ok: { seq: expect.any(Number) } });
    await a.ok("contact.remove", { contact: bob });
    const stub = env.CONVERSATION.getByName(conversationObjectName(APP, conversationName({ type: "single", id: bob }, ann)));
    const byServer = { ...call, input: { ...send("k5"), user: ann }, caller: { kind: "server", app: APP } } as const;
    expect(await stub.call(byServer)).toMatchObject({ ok: { seq: expect.any(Number) } });
  });

  it("[PC13] [SE12] where the settings cannot be read, contacts alone are written to, and what is kept stays", async () => {
    const app = "00000000000000000000000000005e11";
    const unread = vi.spyOn(SettingsObject.prototype, "fetch").mockImplementation(async () => new Response(null, { status: 503 }));
    try {
      const { ann, bob, cy } = names();
      const stub = env.USER.getByName(userName(app, ann));
      const conversation = env.CONVERSATION.getByName(conversationObjectName(app, conversationName({ type: "single", id: bob }, ann)));
      const send = (to: string, settings: BroughtSettings) =>
        stub.call({
          op: "message.send",
          input: { conversation: { type: "single", id: to }, key: "k", content: words("hi") },
          settings,
          caller: { kind: "user", app, user: ann, rights: "all" },
        });
      const add = { op: "contact.add", input: { user: ann, contact: bob }, settings: UNKNOWN_SETTINGS, caller: { kind: "server", app } } as const;
      expect(await stub.call(add)).toEqual({ ok: {} });
      const refused = { error: { code: "unavailable", field: "settings", retry: "later" } };
      expect(await send(cy, UNKNOWN_SETTINGS)).toMatchObject(refused);
      expect(await send(bob, UNKNOWN_SETTINGS)).toMatchObject({ ok: { seq: 1 } });
      const kept = () => runInDurableObject(conversation, (_object, { storage }) => storage.kv.get("ageMs"));
      expect(await kept()).toBeUndefined();
      await send(bob, { ...DEFAULT_SETTINGS, historyAgeMs: 9_000_000_000 });
      await send(bob, UNKNOWN_SETTINGS);
      expect(await kept()).toBe(9_000_000_000);
      // What another caller knew of them holds.
      expect(await send(cy, UNKNOWN_SETTINGS)).toMatchObject({ ok: { seq: 1 } });
      const dee = env.USER.getByName(userName(app, `dee-${ann}`));
      const ask = (): Promise<unknown> =>
        dee.call({
          op: "message.send",
          input: { conversation: { type: "single", id: bob }, key: "k", content: words("hi") },
          settings: UNKNOWN_SETTINGS,
          caller: { kind: "user", app, user: `dee-${ann}`, rights: "all" },
        });
      expect(await ask()).toMatchObject(refused);
      unread.mockRestore();
      // Read by the object itself, once they can be.
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TIMINGS.absenceCacheMs });
      expect(await ask()).toMatchObject({ ok: { seq: 1 } });
    } finally {
      unread.mockRestore();
      vi.useRealTimers();
    }
  });
});
