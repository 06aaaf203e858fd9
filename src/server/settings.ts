import { type WireError, wireError } from "../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../protocol/limits.ts";
import type { InputOf } from "../protocol/operations/catalogue.ts";
import { type AppSettings, appSettings, type BroughtSettings, DEFAULT_SETTINGS, UNKNOWN_SETTINGS } from "../protocol/settings.ts";
import { isRecord } from "../util/record.ts";
import { err, ok, type Result } from "../util/result.ts";
import { TtlCache } from "../util/ttl-cache.ts";
import type { Env } from "./env.ts";
import { logLine, messageOf } from "./log.ts";
import { settingsObject } from "./objects/locate.ts";
import { SETTINGS_READ, SETTINGS_WRITE } from "./objects/settings-paths.ts";
import type { App } from "./storage/apps.ts";
import { timeScale } from "./time-scale.ts";
import { within } from "./within.ts";

type AppPlace = Pick<App, "id" | "jurisdiction">;

/** `known` is false while the defaults stand in for settings that could not be read. */
export interface KnownSettings {
  readonly known: boolean;
  readonly value: BroughtSettings;
}

const cached = new TtlCache<string, KnownSettings>(LIMITS.appsCached);

export async function settingsOf(env: Env, app: AppPlace, nowMs: number): Promise<KnownSettings> {
  const hit = cached.get(app.id, nowMs);
  if (hit !== undefined) return hit;
  const stored = await ask(env, app, SETTINGS_READ, []);
  const settings: KnownSettings = stored.ok ? { known: true, value: parseSettings(stored.value) } : { known: false, value: UNKNOWN_SETTINGS };
  const ttlMs = (settings.known ? TIMINGS.settingsCacheMs : TIMINGS.absenceCacheMs) * timeScale(env);
  cached.set(app.id, settings, ttlMs, nowMs);
  return settings;
}

/** Merges `changes`, which the catalogue's schema has checked. Other isolates see them when their cache ends. */
export async function updateSettings(env: Env, app: AppPlace, changes: InputOf<"settings.update">): Promise<Result<AppSettings, WireError>> {
  const stored = await ask(env, app, SETTINGS_WRITE, [changes]);
  cached.delete(app.id);
  return stored.ok ? ok(parseSettings(stored.value)) : stored;
}

/** Each value on its own: one that is garbage, or from another version, does not take the others with it. */
export function parseSettings(stored: unknown): AppSettings {
  const given = isRecord(stored) ? stored : {};
  const merged: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [key, schema] of Object.entries(appSettings.shape)) {
    const parsed = Object.hasOwn(given, key) ? schema.safeParse(given[key]) : undefined;
    if (parsed?.success) merged[key] = parsed.data;
  }
  return appSettings.parse(merged);
}

async function ask(env: Env, app: AppPlace, path: string, args: readonly unknown[]): Promise<Result<unknown, WireError>> {
  try {
    return ok(await within(TIMINGS.settingsTimeoutMs * timeScale(env), request(env, app, path, args)));
  } catch (error) {
    logLine("settings.unavailable", { app: app.id, message: messageOf(error) });
    return err(wireError("unavailable", { message: "the settings cannot be reached now" }));
  }
}

async function request(env: Env, app: AppPlace, path: string, args: readonly unknown[]): Promise<unknown> {
  // A fixed URL: whatever stands in its path would be run. Arguments ride in a header, which takes ASCII only.
  const response = await settingsObject(env, app.id, app).fetch(`https://settings${path}`, { headers: { "do-content": asciiJson(args) } });
  if (!response.ok) throw new Error(`settings object answered ${response.status}`);
  return await response.json();
}

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
