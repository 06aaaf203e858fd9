import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../src/server/env.ts";
import { findApp, verifyApiKey } from "../../src/server/storage/apps.ts";
import { createApp } from "../../src/server/storage/create-app.ts";
import { must } from "../../src/util/assert.ts";
import { DEV_APP, DEV_CERTIFICATE } from "./client.ts";

const awayDb = {
  prepare: () => {
    throw new Error("D1 is away");
  },
  batch: () => Promise.reject(new Error("D1 is away")),
};
// @ts-expect-error a database reduced to its failure
const withoutD1: Env = { ...env, DB: awayDb };

async function newApp(key?: string) {
  const created = await createApp(env, { name: "tea house" }, key, 1_000);
  return must(created.ok ? created.value : undefined, "an app");
}

describe("apps", () => {
  it("[AP1] an app that was created is found, with both certificates", async () => {
    const made = await newApp();
    expect(made.id).toMatch(/^[0-9a-f]{32}$/);
    expect(await findApp(env, made.id, 0)).toEqual({
      ok: true,
      value: { id: made.id, name: "tea house", certificates: [made.primaryCertificate, made.secondaryCertificate] },
    });
  });

  it.each(["", "nobody", "A".repeat(32), "0".repeat(31), "' OR 1=1 --", "f".repeat(32)])("[AP2] %j is no app", async (id) => {
    expect(await findApp(env, id, 0)).toMatchObject({ ok: false, error: { code: "app_unknown" } });
  });

  it("[AP2] an app's absence is believed for five seconds only", async () => {
    const made = await newApp();
    const id = made.id.replace(/^./, (digit) => (digit === "a" ? "b" : "a"));
    expect((await findApp(env, id, 0)).ok).toBe(false);
    await env.DB.prepare("INSERT INTO apps (id, name, primary_certificate, created_at) VALUES (?, 'late', 'c', 0)").bind(id).run();
    expect((await findApp(env, id, 4_999)).ok).toBe(false);
    expect(await findApp(env, id, 5_000)).toEqual({ ok: true, value: { id, name: "late", certificates: ["c"] } });
  });

  it("[AP3] a changed certificate is in force within a minute", async () => {
    const made = await newApp();
    await findApp(env, made.id, 0);
    await env.DB.prepare("UPDATE apps SET primary_certificate = 'new', secondary_certificate = NULL WHERE id = ?").bind(made.id).run();
    expect(await findApp(env, made.id, 59_999)).toMatchObject({ value: { certificates: [made.primaryCertificate, made.secondaryCertificate] } });
    expect(await findApp(env, made.id, 60_000)).toMatchObject({ value: { certificates: ["new"] } });
  });

  it("[AP4] the development app exists where its id and certificate are both set, and nowhere else", async () => {
    expect(await findApp(env, DEV_APP, 0)).toMatchObject({ ok: true, value: { certificates: [DEV_CERTIFICATE] } });
    for (const half of [{ WIGWAG_DEV_APP_CERTIFICATE: "" }, { WIGWAG_DEV_APP_ID: "" }, { WIGWAG_DEV_APP_ID: "short" }]) {
      expect(await findApp({ ...env, ...half }, DEV_APP, 0)).toMatchObject({ ok: false, error: { code: "app_unknown" } });
    }
  });

  it("[AP5] while D1 is away an unknown app is not refused for good", async () => {
    expect(await findApp(withoutD1, "e".repeat(32), 0)).toMatchObject({ ok: false, error: { code: "unavailable", retry: "later" } });
    expect(await createApp(withoutD1, { name: "x" }, undefined, 0)).toMatchObject({ ok: false, error: { code: "unavailable" } });
  });

  it("[AP5] apps already known go on while D1 is away", async () => {
    const made = await newApp();
    await findApp(env, made.id, 0);
    expect((await findApp(withoutD1, made.id, 1_000)).ok).toBe(true);
  });

  it("[AP6] an API key opens its own app only, and is stored as a hash", async () => {
    const [one, other] = [await newApp(), await newApp()];
    const app = must(await findApp(env, one.id, 0).then((found) => (found.ok ? found.value : undefined)), "found");
    expect(await verifyApiKey(env, app, one.apiKey)).toEqual({ ok: true, value: true });
    for (const key of [other.apiKey, `${one.apiKey}x`, "wk_", "", one.primaryCertificate]) {
      expect(await verifyApiKey(env, app, key)).toMatchObject({ ok: false, error: { code: "token_invalid" } });
    }
    const { results } = await env.DB.prepare("SELECT * FROM api_keys").all();
    expect(JSON.stringify(results)).not.toContain(one.apiKey.slice(3));
  });

  it("[AP7] a repeat under one Idempotency-Key makes no second app", async () => {
    await newApp("once");
    expect(await createApp(env, { name: "tea house" }, "once", 2_000)).toMatchObject({ ok: false, error: { code: "conflict" } });
  });

  it("[AP8] an app keeps the jurisdiction it was created with", async () => {
    const created = await createApp(env, { name: "eu", jurisdiction: "eu" }, undefined, 0);
    const id = must(created.ok ? created.value.id : undefined, "an id");
    expect(await findApp(env, id, 0)).toMatchObject({ value: { jurisdiction: "eu" } });
  });
});
