import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import { TtlCache } from "../../util/ttl-cache.ts";
import type { Env } from "../env.ts";
import { userObject } from "../objects/locate.ts";
import { callRepeatedly } from "../objects/shell/rpc.ts";
import type { App } from "../storage/apps.ts";
import { timeScale } from "../time-scale.ts";
import { within } from "../within.ts";

const standing = new TtlCache<string, boolean>(LIMITS.appsCached);

/**
 * Why a user with a good token may do nothing at the REST door: it is deactivated. Sessions are ended by its object, so this is for
 * requests on their own; in force within five seconds. Where it cannot be known, nobody passes.
 */
export async function refuseDeactivated(env: Env, app: Pick<App, "id" | "jurisdiction">, user: UserId, nowMs: number): Promise<WireError | undefined> {
  const key = `${app.id}:${user}`;
  const scale = timeScale(env);
  let mayAct = standing.get(key, nowMs);
  if (mayAct === undefined) {
    const asked = await callRepeatedly(() =>
      within(TIMINGS.requestTimeoutMs * scale, userObject(env, app.id, user, { jurisdiction: app.jurisdiction }).mayAct()),
    );
    if (!asked.ok) return asked.error;
    mayAct = asked.value;
    standing.set(key, mayAct, TIMINGS.absenceCacheMs * scale, nowMs);
  }
  return mayAct ? undefined : wireError("forbidden", { field: "user", message: "the user is deactivated" });
}
