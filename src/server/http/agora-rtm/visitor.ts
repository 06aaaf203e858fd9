import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { isName } from "../../../protocol/names.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";
import { fromBase64 } from "../../../util/base64.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { decodeUtf8 } from "../../../util/text.ts";
import { authenticateNamed, authenticateToken, type Login } from "../../access/authenticate.ts";
import { refuseDeactivated } from "../../access/standing.ts";
import type { Env } from "../../env.ts";
import { settingsOf } from "../../settings.ts";
import { type App, findApp, verifyApiKey } from "../../storage/apps.ts";
import type { Caller } from "../../trust.ts";

/** Who calls, of the app in the path. */
export interface Visitor {
  readonly app: App;
  readonly settings: BroughtSettings;
  readonly caller: Caller;
}

/** What the headers offer in proof. */
type Proof =
  | { readonly kind: "customer"; readonly id: string; readonly secret: string }
  | { readonly kind: "user"; readonly token: string; readonly uid: string }
  | { readonly kind: "named"; readonly token: string };

/**
 * RTM 1.x's three ways in. A customer id and secret are here the app id and one of the app's API keys, and speak for any
 * user; a token speaks for its own.
 */
export async function visitorOf(env: Env, appId: string, headers: Headers, nowMs: number): Promise<Result<Visitor, WireError>> {
  const proof = proofOf(headers);
  if (!proof.ok) return proof;
  const app = await findApp(env, appId, nowMs);
  if (!app.ok) return app;
  const { value: settings } = await settingsOf(env, app.value, nowMs);
  const caller = await callerOf(env, app.value, settings, proof.value, nowMs);
  const refused = caller.ok && caller.value.kind === "user" ? await refuseDeactivated(env, app.value, caller.value.user, nowMs) : undefined;
  if (refused !== undefined) return err(refused);
  return caller.ok ? ok({ app: app.value, settings, caller: caller.value }) : caller;
}

async function callerOf(env: Env, app: App, settings: BroughtSettings, proof: Proof, nowMs: number): Promise<Result<Caller, WireError>> {
  switch (proof.kind) {
    case "customer": {
      if (proof.id !== app.id) return err(wireError("token_invalid", { message: "the customer id is not the app id of the path" }));
      const key = await verifyApiKey(env, app, proof.secret);
      return key.ok ? ok({ kind: "server", app: app.id }) : key;
    }
    case "user":
      return byUid(app, settings, proof, nowMs);
    case "named": {
      const login = await authenticateNamed(proof.token, { app, settings, nowMs });
      return login.ok ? ok(userOf(app, login.value.user, login.value)) : login;
    }
  }
}

/** A user id beyond ASCII fits no header, so it comes percent-encoded. One that holds a percent sign is tried as it stands first. */
async function byUid(app: App, settings: BroughtSettings, { token, uid }: { token: string; uid: string }, nowMs: number): Promise<Result<Caller, WireError>> {
  let refusal: WireError = wireError("bad_request", { field: "x-agora-uid", limit: LIMITS.nameBytes, message: "x-agora-uid: a user id" });
  for (const user of new Set([uid, percentDecoded(uid)])) {
    if (!isName(user)) continue;
    const login = await authenticateToken(token, { app, settings, user, nowMs });
    if (login.ok) return ok(userOf(app, user, login.value));
    refusal = login.error;
  }
  return err(refusal);
}

const userOf = (app: App, user: string, { rights }: Login): Caller => ({ kind: "user", app: app.id, user, rights });

function proofOf(headers: Headers): Result<Proof, WireError> {
  const authorization = headers.get("authorization");
  if (authorization !== null) return byAuthorization(authorization);
  const token = headers.get("x-agora-token");
  const uid = headers.get("x-agora-uid");
  if (token !== null && uid !== null) return ok({ kind: "user", token, uid });
  return unproven("Authorization: Basic base64(app id:API key), Authorization: agora token=<token>, or x-agora-token with x-agora-uid is needed");
}

function byAuthorization(header: string): Result<Proof, WireError> {
  const token = /^agora +token="?([\x21\x23-\x7e]+)"? *$/i.exec(header)?.[1];
  if (token !== undefined) return ok({ kind: "named", token });
  const basic = /^Basic +([A-Za-z0-9+/=]{1,1024}) *$/i.exec(header)?.[1];
  const text = basic === undefined ? undefined : utf8(fromBase64(basic));
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0) return unproven("Authorization: expected Basic base64(app id:API key), or agora token=<token>");
  return ok({ kind: "customer", id: text.slice(0, colon), secret: text.slice(colon + 1) });
}

const unproven = (message: string) => err(wireError("unauthenticated", { message }));

function utf8(bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
