import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import { isAppId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { TtlCache } from "../../util/ttl-cache.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { timeScale } from "../time-scale.ts";
import { sha256Hex } from "./secrets.ts";

/** A tenant, as the doors need it. */
export interface App {
  readonly id: string;
  readonly name: string;
  /** Primary, then secondary if there is one. */
  readonly certificates: readonly string[];
  readonly jurisdiction?: string;
}

// Per isolate. Absence has a cache of its own, so that made-up ids cannot push real apps out.
const known = new TtlCache<string, App>(LIMITS.appsCached);
const absent = new TtlCache<string, true>(LIMITS.appsCached);

export async function findApp(env: Env, id: string, nowMs: number): Promise<Result<App, WireError>> {
  const unknown = err(wireError("app_unknown"));
  if (!isAppId(id)) return unknown;
  const dev = devApp(env);
  if (dev?.id === id) return ok(dev);
  const hit = known.get(id, nowMs);
  if (hit !== undefined) return ok(hit);
  if (absent.get(id, nowMs)) return unknown;
  const row = await firstRow<AppRow>(env, "SELECT id, name, primary_certificate, secondary_certificate, jurisdiction FROM apps WHERE id = ?", id);
  if (!row.ok) return row;
  if (row.value === null) {
    absent.set(id, true, TIMINGS.absenceCacheMs * timeScale(env), nowMs);
    return unknown;
  }
  const app = appOf(row.value);
  known.set(id, app, TIMINGS.appCacheMs * timeScale(env), nowMs);
  return ok(app);
}

export function forgetApp(id: string): void {
  known.delete(id);
  absent.delete(id);
}

/** It exists only where both are set; half of it would be an app that anyone could sign for. */
export function devApp(env: Env): App | undefined {
  const { WIGWAG_DEV_APP_ID: id, WIGWAG_DEV_APP_CERTIFICATE: certificate } = env;
  return isAppId(id) && certificate ? { id, name: "development", certificates: [certificate] } : undefined;
}

const API_KEY = /^wk_[\x21-\x7e]{8,128}$/;
export const isApiKey = (text: string): boolean => text.startsWith("wk_");

/** Whether this key is one of the app's. Only its hash is stored, and looked up; what a timing could tell is the hash of a guess. */
export async function verifyApiKey(env: Env, app: App, key: string): Promise<Result<true, WireError>> {
  const refused = err(wireError("token_invalid", { message: "the API key is not one of this app's" }));
  if (!API_KEY.test(key)) return refused;
  const hash = await sha256Hex(key);
  if (devApp(env)?.id === app.id && env.WIGWAG_DEV_API_KEY && (await sha256Hex(env.WIGWAG_DEV_API_KEY)) === hash) return ok(true);
  const row = await firstRow<{ app: string }>(env, "SELECT app FROM api_keys WHERE hash = ?", hash);
  if (!row.ok) return row;
  return row.value?.app === app.id ? ok(true) : refused;
}

interface AppRow {
  id: string;
  name: string;
  primary_certificate: string;
  secondary_certificate: string | null;
  jurisdiction: string | null;
}

const appOf = (row: AppRow): App => ({
  id: row.id,
  name: row.name,
  // An empty certificate would sign for anybody.
  certificates: [row.primary_certificate, row.secondary_certificate ?? ""].filter((certificate) => certificate !== ""),
  ...(row.jurisdiction === null ? {} : { jurisdiction: row.jurisdiction }),
});

async function firstRow<Row>(env: Env, sql: string, ...values: string[]): Promise<Result<Row | null, WireError>> {
  try {
    return ok(
      await env.DB.prepare(sql)
        .bind(...values)
        .first<Row>(),
    );
  } catch (error) {
    logLine("apps.unavailable", { message: messageOf(error) });
    return err(wireError("unavailable", { message: "apps cannot be looked up now" }));
  }
}
