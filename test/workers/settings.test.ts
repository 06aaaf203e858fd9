import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS, UNKNOWN_SETTINGS } from "../../src/protocol/settings.ts";
import { settingsObject } from "../../src/server/objects/locate.ts";
import { settingsOf, updateSettings } from "../../src/server/settings.ts";

let apps = 0;
const newApp = () => ({ id: (++apps).toString(16).padStart(32, "0") });
const LATER_MS = 120_000;

describe("settings", () => {
  it("[SE1] an app that has set nothing has the defaults", async () => {
    expect(await settingsOf(env, newApp(), 0)).toEqual({ known: true, value: DEFAULT_SETTINGS });
  });

  it("[SE2] an update changes what it names and keeps the rest", async () => {
    const app = newApp();
    await updateSettings(env, app, { devicePolicy: "newest" });
    const updated = await updateSettings(env, app, { history: false });
    const expected = { ...DEFAULT_SETTINGS, devicePolicy: "newest", history: false };
    expect(updated).toEqual({ ok: true, value: expected });
    expect((await settingsOf(env, app, 0)).value).toEqual(expected);
  });

  it("[SE3] an update is in force at once where it was made", async () => {
    const app = newApp();
    await settingsOf(env, app, 0);
    await updateSettings(env, app, { inboxMessages: 7 });
    expect((await settingsOf(env, app, 1)).value.inboxMessages).toBe(7);
  });

  it("[SE4] what is cached is asked for again after a minute", async () => {
    const app = newApp();
    await settingsOf(env, app, 0);
    await settingsObject(env, app.id).fetch("https://settings/do/call/write", { headers: { "do-content": '[{"inboxMessages":9}]' } });
    expect((await settingsOf(env, app, 59_999)).value.inboxMessages).toBe(DEFAULT_SETTINGS.inboxMessages);
    expect((await settingsOf(env, app, 60_000)).value.inboxMessages).toBe(9);
  });

  it("[SE5] settings outlive the object's memory", async () => {
    const app = newApp();
    await updateSettings(env, app, { devicePolicy: "newest-per-kind" });
    await evictDurableObject(settingsObject(env, app.id));
    expect((await settingsOf(env, app, LATER_MS)).value.devicePolicy).toBe("newest-per-kind");
    await updateSettings(env, app, { inboxMessages: 3 });
    expect((await settingsOf(env, app, 2 * LATER_MS)).value).toMatchObject({ devicePolicy: "newest-per-kind", inboxMessages: 3 });
  });

  it("[SE6] a stored value that is garbage gives the default of that value alone", async () => {
    const app = newApp();
    const garbage = JSON.stringify([{ inboxMessages: "many", appIdOnly: 1, history: false, gone: true }]);
    await settingsObject(env, app.id).fetch("https://settings/do/call/write", { headers: { "do-content": garbage } });
    expect((await settingsOf(env, app, 0)).value).toEqual({ ...DEFAULT_SETTINGS, history: false });
  });

  it.each([
    "/do/call/destroy",
    "/do/call/reset",
    "/do/call/persist",
    "/do/call/loadFromStorage",
    "/do/call/fetch",
    "/do/call/constructor",
    "/do/set/values",
    "/do/get-prop/values",
    "/do/get-prop/state",
    "/do/call/read/",
    "/do/call//destroy",
    "/",
  ])("[SE7] the object does nothing for %s", async (path) => {
    const app = newApp();
    await updateSettings(env, app, { inboxMessages: 5 });
    const response = await settingsObject(env, app.id).fetch(`https://settings${path}`, { headers: { "do-content": '[{"reset":true}]' } });
    expect(response.status).toBe(404);
    await evictDurableObject(settingsObject(env, app.id));
    expect((await settingsOf(env, app, LATER_MS)).value.inboxMessages).toBe(5);
  });

  it("[SE7] the object takes no other method, and no socket", async () => {
    const stub = settingsObject(env, newApp().id);
    expect((await stub.fetch("https://settings/do/call/read", { method: "POST" })).status).toBe(405);
    expect((await stub.fetch("https://settings/", { headers: { upgrade: "websocket" } })).status).toBe(404);
  });

  it("[SE8] settings that cannot be reached are the defaults, with every security switch closed, and asked for again soon", async () => {
    const app = newApp();
    await updateSettings(env, app, { appIdOnly: true });
    const broken = { ...env, SETTINGS: { getByName: () => ({ fetch: () => Promise.reject(new Error("away")) }) } };
    // @ts-expect-error a namespace reduced to what is used of it
    expect(await settingsOf(broken, app, 0)).toEqual({ known: false, value: UNKNOWN_SETTINGS });
    expect((await settingsOf(env, app, 5_000)).value.appIdOnly).toBe(true);
  });

  it("[SE8] an object that does not answer within a second counts as not reached", async () => {
    const silent = { ...env, WIGWAG_TIME_SCALE: "0.01", SETTINGS: { getByName: () => ({ fetch: () => new Promise(() => undefined) }) } };
    // @ts-expect-error a namespace reduced to what is used of it
    expect((await settingsOf(silent, newApp(), 0)).known).toBe(false);
  });
});
