import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { isName } from "../../protocol/names.ts";
import { type BroughtSettings, DEFAULT_SETTINGS } from "../../protocol/settings.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { authenticateAppToken, authenticateToken } from "../access/authenticate.ts";
import { refuseDeactivated } from "../access/standing.ts";
import type { DoorCaller } from "../call-dispatch.ts";
import type { Env } from "../env.ts";
import { settingsOf } from "../settings.ts";
import { type App, findApp, isApiKey, verifyApiKey } from "../storage/apps.ts";
import { sha256Hex } from "../storage/secrets.ts";

/** Who stands at the REST door, and of which app. */
export interface Visitor {
  readonly caller: DoorCaller;
  readonly app?: App;
  readonly settings: BroughtSettings;
}

const stranger: Visitor = { caller: { kind: "anyone" }, settings: DEFAULT_SETTINGS };

/**
 * `Authorization: Bearer` with x-wigwag-app: an API key or an app token is a server; a user's token, with x-wigwag-user,
 * that user. Without x-wigwag-app it is the operator's key.
 */
export async function visitorOf(env: Env, headers: Headers, nowMs: number): Promise<Result<Visitor, WireError>> {
  const authorization = headers.get("authorization");
  if (authorization === null) return ok(stranger);
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
  if (bearer === undefined) return err(wireError("unauthenticated", { message: "Authorization: expected Bearer and a key or token" }));
  if (bearer.length > LIMITS.tokenBytes) return err(wireError("too_large", { field: "Authorization", limit: LIMITS.tokenBytes }));
  const appId = headers.get("x-wigwag-app");
  if (appId === null) return operator(env, bearer);
  const app = await findApp(env, appId, nowMs);
  if (!app.ok) return app;
  const { value: settings } = await settingsOf(env, app.value, nowMs);
  const caller = await callerOf(env, app.value, settings, bearer, headers.get("x-wigwag-user"), nowMs);
  return caller.ok ? ok({ caller: caller.value, app: app.value, settings }) : caller;
}

async function callerOf(
  env: Env,
  app: App,
  settings: BroughtSettings,
  bearer: string,
  userHeader: string | null,
  nowMs: number,
): Promise<Result<DoorCaller, WireError>> {
  if (isApiKey(bearer)) return asServer(app, await verifyApiKey(env, app, bearer));
  if (userHeader === null) return asServer(app, await authenticateAppToken(app, bearer, nowMs));
  const user = headerText(userHeader);
  if (!isName(user))
    return err(
      wireError("bad_request", { field: "x-wigwag-user", limit: LIMITS.nameBytes, message: "x-wigwag-user: a user id, percent-encoded where it is not ASCII" }),
    );
  const login = await authenticateToken(bearer, { app, settings, user, nowMs });
  if (!login.ok) return login;
  const refused = await refuseDeactivated(env, app, user, nowMs);
  return refused === undefined ? ok({ kind: "user", app: app.id, user, rights: login.value.rights }) : err(refused);
}

const asServer = (app: App, proof: Result<true, WireError>): Result<DoorCaller, WireError> => (proof.ok ? ok({ kind: "server", app: app.id }) : proof);

/** Compared as hashes, so that the time it takes tells nothing of the key. */
async function operator(env: Env, bearer: string): Promise<Result<Visitor, WireError>> {
  const key = env.WIGWAG_OPERATOR_KEY;
  const proven = key !== undefined && key !== "" && (await sha256Hex(bearer)) === (await sha256Hex(key));
  return proven
    ? ok({ caller: { kind: "operator" }, settings: DEFAULT_SETTINGS })
    : err(wireError("token_invalid", { message: "not the operator's key, and no x-wigwag-app says whose key it is" }));
}

/** Header values are ASCII: names beyond it come percent-encoded. */
function headerText(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
