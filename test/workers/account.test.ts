import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { fileKey, ownerMark } from "../../src/domain/media/media-keys.ts";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { conversationName } from "../../src/protocol/conversation-name.ts";
import { TIMINGS } from "../../src/protocol/limits.ts";
import type { MessageRecord } from "../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { webTokenCrypto } from "../../src/server/access/web-crypto.ts";
import type { Env } from "../../src/server/env.ts";
import { removeFilesOf } from "../../src/server/media/removal.ts";
import { ConversationObject } from "../../src/server/objects/conversation-object.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { encodeUtf8 } from "../../src/util/text.ts";
import { PATIENCE } from "../support/patience.ts";
import { DEV_APP, DEV_CERTIFICATE } from "./client.ts";
import { APP, Device, userStub } from "./device.ts";
import { rest } from "./rest.ts";

let count = 0;
const single = (id: string) => ({ type: "single", id });
const words = (text: string) => ({ type: "text", text });

async function login(user: string, changes: object = {}) {
  const { device } = await Device.login(user, changes);
  const ok = async (op: string, input: object) => {
    const reply = await device.request(op, input);
    if (reply.ok === undefined) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return reply.ok as Record<string, unknown>;
  };
  await ok("conversation.list", {});
  const code = async (op: string, input: object) => ((await device.request(op, input)).error as { code?: string } | undefined)?.code;
  const texts = async (other: string) =>
    ((await ok("message.history", { conversation: single(other) })).records as MessageRecord[]).map(({ content }) =>
      content?.type === "text" ? content.text : "",
    );
  let keys = 0;
  const say = (to: string, text: string) =>
    ok("message.send", { conversation: single(to), key: `k${++keys}-${device}`.replaceAll(/\W/g, "-"), content: words(text) });
  return { user, device, ok, code, say, texts };
}

const people = () => {
  const n = ++count;
  return { ann: `u-ann-${n}`, bob: `u-bob-${n}` };
};
/** What a user does over REST, by its own token. */
const userToken = (user: string) => buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600 });
const asUser = async (user: string, method: string, path: string, body?: object) =>
  rest(method, path, body, { authorization: `Bearer ${await userToken(user)}`, "x-wigwag-app": APP, "x-wigwag-user": user });

afterEach(() => void vi.useRealTimers());

describe("devices", () => {
  it("[PU6] bear a name that people know them by, over reconnects and until they are logged out", async () => {
    const { ann, bob } = people();
    const [a, b] = [await login(ann), await login(bob)];
    const named = async (of: Awaited<ReturnType<typeof login>>) =>
      ((await of.ok("user.devices", {})).devices as { device: string; kind: string; name?: string }[]).map(({ device, kind, name }) => [device, kind, name]);
    await a.ok("user.name-device", { name: "Ann's phone" });
    expect((await rest("PUT", `/users/${ann}/devices/phone/name`, { name: "Telefon \u260e" })).status).toBe(200);
    expect(await named(a)).toEqual([["phone", "web", "Telefon \u260e"]]);
    expect(await b.code("user.name-device", { user: ann, device: "phone", name: "mine" })).toBe("forbidden");
    expect([await a.code("user.name-device", { device: "other", name: "x" }), await a.code("user.name-device", { name: "x".repeat(129) })]).toEqual([
      "not_found",
      "bad_request",
    ]);
    await evictDurableObject(userStub(ann));
    const again = await login(ann);
    expect(await named(again)).toEqual([["phone", "web", "Telefon \u260e"]]);
    await again.ok("user.name-device", { name: "" });
    expect(await named(again)).toEqual([["phone", "web", undefined]]);
    await again.ok("user.name-device", { name: "mine" });
    await rest("POST", `/users/${ann}/kick`, {});
    expect(await named(await login(ann, { instance: "i2" }))).toEqual([["phone", "web", undefined]]);
  });

  it("[PU1] are seen and logged out by their user, each or all others, and by servers", async () => {
    const { ann, bob } = people();
    const [a, a2, a3, b] = [await login(ann), await login(ann, { device: "laptop" }), await login(ann, { device: "tablet" }), await login(bob)];
    const devices = async () => ((await a.ok("user.devices", {})).devices as { device: string }[]).map(({ device }) => device).sort();
    expect(await devices()).toEqual(["laptop", "phone", "tablet"]);
    expect(await a.ok("user.kick", { device: "tablet" })).toEqual({ closed: 1 });
    expect(await a3.device.next("closed")).toMatchObject({ code: CLOSE.loggedOut.code });
    expect(await a.ok("user.kick", {})).toEqual({ closed: 1 });
    expect(await a2.device.next("closed")).toMatchObject({ code: CLOSE.loggedOut.code });
    expect(await devices()).toEqual(["phone"]);
    expect([await b.code("user.kick", { user: ann }), await b.code("user.devices", { user: ann })]).toEqual(["forbidden", "forbidden"]);
    expect(await (await rest("POST", `/users/${ann}/kick`, {})).json()).toEqual({ closed: 1 });
    expect(await a.device.next("closed")).toMatchObject({ code: CLOSE.banned.code });
  });
});

describe("an account", () => {
  it("[PU2] that is deactivated is out until it is activated, and keeps what it has", async () => {
    const { ann, bob } = people();
    const [a, b] = [await login(ann), await login(bob)];
    await a.say(bob, "before");
    expect((await asUser(ann, "GET", `/users/${ann}/devices`)).status).toBe(200);
    expect(await b.code("user.deactivate", { user: ann })).toBe("forbidden");
    expect((await rest("POST", `/users/${ann}/deactivate`, {})).status).toBe(200);
    expect(await a.device.next("closed")).toMatchObject({ code: CLOSE.deactivated.code });
    expect(await (await Device.connect(ann)).next("closed")).toMatchObject({ code: CLOSE.deactivated.code });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TIMINGS.absenceCacheMs });
    const message = { key: "k", content: words("during") };
    const refused = [
      await asUser(ann, "POST", `/conversations/single/${bob}/messages`, message),
      await asUser(ann, "GET", `/users/${ann}/conversations`),
      await asUser(ann, "POST", "/profiles/query", { users: [bob] }),
      await asUser(ann, "POST", "/channels/message/lobby/messages", { data: "x" }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    await evictDurableObject(userStub(ann));
    expect(await (await rest("GET", `/users/${ann}/account`)).json()).toMatchObject({ state: "deactivated" });
    await b.say(ann, "meanwhile");
    expect((await rest("POST", `/users/${ann}/activate`, {})).status).toBe(200);
    const back = await login(ann, { tokenExpiresAt: Date.now() + 3_600_000 });
    expect(await back.texts(bob)).toEqual(["meanwhile", "before"]);
    expect(await (await rest("GET", `/users/${ann}/account`)).json()).toEqual({ state: "active" });
  });

  it("[PU3] [PU4] that is deleted is gone with all that was its own, and who comes after it is somebody new", { timeout: 30_000 }, async () => {
    const { ann, bob } = people();
    const [a, b] = [await login(ann), await login(bob)];
    await a.ok("profile.update", { nickname: "Ann" });
    await a.ok("block.add", { users: [`enemy-${ann}`] });
    await a.ok("user-attributes.set", { attributes: [{ key: "mood", value: "fine" }] });
    await a.ok("user-metadata.set", { items: [{ key: "k", value: "v" }] });
    await a.ok("contact.invite", { contact: bob });
    await b.ok("contact.accept", { contact: ann });
    await a.say(bob, "of ann");
    await b.say(ann, "of bob");
    const unreachable = vi.spyOn(ConversationObject.prototype, "forget").mockRejectedValueOnce(new Error("away"));
    const deleted = await rest("DELETE", `/users/${ann}`);
    expect([deleted.status, await deleted.json()]).toEqual([200, { finished: false }]);
    expect(await a.device.next("closed")).toMatchObject({ code: CLOSE.deactivated.code });
    expect(await b.ok("profile.query", { users: [ann] })).toEqual({ profiles: [{ user: ann, profile: {} }] });
    expect(await (await Device.connect(ann)).next("closed")).toMatchObject({ code: CLOSE.deactivated.code });
    // The conversation could not be reached; nor does it end with the object.
    await runDurableObjectAlarm(userStub(ann));
    expect(unreachable).toHaveBeenCalled();
    await evictDurableObject(userStub(ann));
    expect((await rest("POST", `/users/${ann}/activate`, {})).status).toBe(410);
    await vi.waitFor(
      async () => {
        await runInDurableObject(userStub(ann), (_object, ctx) => ctx.storage.setAlarm(Date.now()));
        await runDurableObjectAlarm(userStub(ann));
        expect(await (await rest("GET", `/users/${ann}/account`)).json()).toEqual({ state: "active" });
      },
      { ...PATIENCE, interval: 500 },
    );
    unreachable.mockRestore();
    const left = await runInDurableObject(userStub(ann), (_object, ctx) => {
      const tables = ctx.storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray();
      return tables.map(({ name }) => name).filter((name) => Number(ctx.storage.sql.exec(`SELECT count(*) AS n FROM ${name}`).one().n) > 0);
    });
    expect(
      left.filter((name) => !["due", "counters", "revocation", "told", "told_details", "metadata", "metadata_watcher", "status_watcher"].includes(name)),
    ).toEqual([]);
    expect((await b.ok("contact.list", {})).contacts).toEqual([]);
    expect(await b.ok("user-metadata.get", { user: ann })).toMatchObject({ items: [] });
    expect(await b.ok("user-attributes.get", { user: ann })).toMatchObject({ attributes: [] });
    expect(await b.texts(ann)).toEqual(["of bob", "of ann"]);
    // Somebody else, or the same one anew.
    await b.say(ann, "to whoever comes");
    const again = await login(ann, { instance: "i2" });
    expect((await again.ok("block.list", {})).users).toEqual([]);
    expect(await again.texts(bob)).toEqual(["to whoever comes"]);
    await b.say(ann, "welcome");
    await vi.waitFor(async () => expect(await again.texts(bob)).toEqual(["welcome", "to whoever comes"]), PATIENCE);
    expect(((await again.ok("conversation.list", {})).entries as object[]).length).toBe(1);
    const stub = env.CONVERSATION.getByName(conversationObjectName(APP, conversationName({ type: "single", id: bob }, ann)));
    const hot = await runInDurableObject(stub, (_object, ctx) => ctx.storage.sql.exec("SELECT user, hot FROM member ORDER BY user").toArray());
    expect(hot).toEqual([
      { user: ann, hot: expect.any(Number) },
      { user: bob, hot: 1 },
    ]);
  });

  it("[PU7] that is deleted takes its files with it, and nobody else's", { timeout: 30_000 }, async () => {
    const { ann, bob } = people();
    const [a] = [await login(ann), await login(bob)];
    const upload = async (user: string, text: string) => {
      const headers = { authorization: `Bearer ${await userToken(user)}`, "x-wigwag-app": APP, "x-wigwag-user": user, "content-type": "text/plain" };
      const post = (path: string, body: string) => exports.default.fetch(new Request(`https://wigwag.test/v1${path}`, { method: "POST", headers, body }));
      const { media } = await (await post("/media", text)).json<{ media: string }>();
      const addressed = await post(`/media/${media}/address`, JSON.stringify({ chat: user === ann ? bob : ann }));
      return (await addressed.json<{ media: string }>()).media;
    };
    const read = async (media: string) => (await asUser(bob, "GET", `/media/${media}`)).status;
    const hers = [await upload(ann, "one"), await upload(ann, "two")];
    const his = await upload(bob, "three");
    const content = { type: "file", media: hers[0], name: "one.txt" };
    await a.ok("message.send", { conversation: single(bob), key: "file", content });
    expect(await Promise.all([...hers, his].map(read))).toEqual([200, 200, 200]);
    await rest("DELETE", `/users/${ann}`);
    await vi.waitFor(
      async () => {
        await runInDurableObject(userStub(ann), (_object, ctx) => ctx.storage.setAlarm(Date.now()));
        await runDurableObjectAlarm(userStub(ann));
        expect(await (await rest("GET", `/users/${ann}/account`)).json()).toEqual({ state: "active" });
      },
      { ...PATIENCE, interval: 200 },
    );
    expect(await Promise.all([...hers, his].map(read))).toEqual([404, 404, 200]);
    const kept = await asUser(bob, "GET", `/conversations/single/${ann}/messages`);
    expect(await kept.json()).toMatchObject({ records: [{ content }] });
  });

  it("[PU7] of many files some go in each turn, on whichever day they end", async () => {
    const owner = `u-many-${++count}`;
    const mark = await ownerMark(APP, owner, encodeUtf8(env.WIGWAG_SECRET), webTokenCrypto());
    const now = Date.now();
    for (const [n, day] of [0, 0, 3, 7].entries()) {
      const file = { appId: APP, object: `${mark}-${n}`, size: 1, type: "", expiresAtMs: now + day * 24 * 3_600_000 };
      await env.MEDIA.put(fileKey(file), "x");
    }
    const turns: boolean[] = [];
    do turns.push(await removeFilesOf(env, APP, owner, now, 1));
    while (turns.at(-1));
    expect(turns).toEqual([true, true, true, true, false]);
    expect((await env.MEDIA.list()).objects.filter(({ key }) => key.includes(mark))).toEqual([]);
    expect(await removeFilesOf({ ...env, MEDIA: undefined } as unknown as Env, APP, owner, now)).toBe(false);
  });

  it("[PU5] of nobody leaves nothing behind", async () => {
    const nobody = `u-nobody-${++count}`;
    expect(await (await rest("GET", `/users/${nobody}/account`)).json()).toEqual({ state: "active" });
    expect(await (await rest("DELETE", `/users/${nobody}`)).json()).toEqual({ finished: true });
    const call = { op: "user.activate", input: { user: nobody }, settings: DEFAULT_SETTINGS, caller: { kind: "server", app: APP } } as const;
    expect(await userStub(nobody).call(call)).toEqual({ ok: {} });
    const tables = await runInDurableObject(userStub(nobody), (_object, ctx) =>
      ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});
