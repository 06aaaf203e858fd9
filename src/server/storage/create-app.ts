import { type WireError, wireError } from "../../protocol/errors.ts";
import type { InputOf, OutputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { forgetApp } from "./apps.ts";
import { randomApiKey, randomHex32, sha256Hex } from "./secrets.ts";

/** A new app with its first API key. A repeat under the same Idempotency-Key is a conflict: what was shown once cannot be shown again. */
export async function createApp(env: Env, input: InputOf<"app.create">, creationKey: string | undefined, nowMs: number): Promise<Result<OutputOf<"app.create">, WireError>> {
  const made = { id: randomHex32(), name: input.name, primaryCertificate: randomHex32(), secondaryCertificate: randomHex32(), apiKey: randomApiKey(), createdAt: nowMs };
  const insertApp = env.DB.prepare("INSERT INTO apps (id, name, primary_certificate, secondary_certificate, jurisdiction, creation_key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)");
  const insertKey = env.DB.prepare("INSERT INTO api_keys (hash, app, name, created_at) VALUES (?, ?, 'first', ?)");
  try {
    await env.DB.batch([
      insertApp.bind(made.id, made.name, made.primaryCertificate, made.secondaryCertificate, input.jurisdiction ?? null, creationKey ?? null, nowMs),
      insertKey.bind(await sha256Hex(made.apiKey), made.id, nowMs),
    ]);
  } catch (error) {
    if (/UNIQUE constraint failed: apps\.creation_key/.test(messageOf(error))) return err(wireError("conflict", { field: "Idempotency-Key", message: "an app was created under this Idempotency-Key" }));
    logLine("apps.unavailable", { message: messageOf(error) });
    return err(wireError("unavailable", { message: "apps cannot be created now" }));
  }
  forgetApp(made.id);
  return ok(made);
}
