import { verifyAppToken } from "../../domain/access/chat-token.ts";
import { sealHistoryQuestion, unsealHistoryQuestion } from "../../domain/access/history-handle.ts";
import type { ChannelRights } from "../../domain/access/rights.ts";
import { issueSessionTicket, verifySessionTicket } from "../../domain/access/session-ticket.ts";
import { type TicketClaims, type TicketExpectation, verifyTicket } from "../../domain/access/ticket.ts";
import { ticketExpiry } from "../../domain/access/ticket-life.ts";
import { verifyToken } from "../../domain/access/token.ts";
import { userNamedBy007 } from "../../domain/access/token-007.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import type { BroughtSettings } from "../../protocol/settings.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { encodeUtf8 } from "../../util/text.ts";
import type { Env } from "../env.ts";
import type { App } from "../storage/apps.ts";
import { webTokenCrypto } from "./web-crypto.ts";

/** The doors' only way to tokens, tickets and media ids. */
const crypto = webTokenCrypto();
const SESSION_TICKET = "session-1.";

/** What a token or session ticket proves about its user. */
export interface Login {
  readonly tokenExpiresAt: number;
  readonly enforceExpiry: boolean;
  readonly rights: ChannelRights;
}

export interface LoginAttempt {
  readonly app: App;
  readonly settings: BroughtSettings;
  readonly user: string;
  readonly nowMs: number;
}

/** A session is opened by a token, or by the ticket that a token too large for a header was exchanged for. */
export const authenticateSession = async (env: Env, text: string, attempt: LoginAttempt): Promise<Result<Login, WireError>> =>
  text.startsWith(SESSION_TICKET) ? byTicket(env, text, attempt) : authenticateToken(text, attempt);

export async function authenticateToken(token: string, { app, settings, user, nowMs }: LoginAttempt): Promise<Result<Login, WireError>> {
  const claims = await verifyToken(token, { appId: app.id, userId: user, certificates: app.certificates, nowMs, appIdOnly: settings.appIdOnly }, crypto);
  if (!claims.ok) return claims;
  const { expiresAtMs, enforceExpiry, rights } = claims.value;
  return ok({ tokenExpiresAt: expiresAtMs, enforceExpiry, rights });
}

/** For a door where nothing but the token says who comes: the user it names, if it is good for that one. */
export async function authenticateNamed(token: string, attempt: Omit<LoginAttempt, "user">): Promise<Result<Login & { readonly user: string }, WireError>> {
  const user = await userNamedBy007(token, crypto);
  if (user === undefined) return err(wireError("token_invalid", { message: "not a 007 token that names its user" }));
  const login = await authenticateToken(token, { ...attempt, user });
  return login.ok ? ok({ ...login.value, user }) : login;
}

async function byTicket(env: Env, text: string, { app, user, nowMs }: LoginAttempt): Promise<Result<Login, WireError>> {
  const secret = ticketSecret(env);
  if (!secret.ok) return secret;
  const claims = await verifySessionTicket(text, { appId: app.id, userId: user }, secret.value, nowMs, crypto);
  if (!claims.ok) return claims;
  const { tokenExpiresAtMs, enforceExpiry, rights } = claims.value;
  return ok({ tokenExpiresAt: tokenExpiresAtMs, enforceExpiry, rights });
}

export async function exchangeToken(env: Env, token: string, attempt: LoginAttempt): Promise<Result<OutputOf<"session.ticket">, WireError>> {
  const secret = ticketSecret(env);
  if (!secret.ok) return secret;
  const login = await authenticateToken(token, attempt);
  if (!login.ok) return login;
  const { tokenExpiresAt, enforceExpiry, rights } = login.value;
  const expiresAtMs = ticketExpiry(attempt.nowMs, tokenExpiresAt);
  const claims = { appId: attempt.app.id, userId: attempt.user, tokenExpiresAtMs: tokenExpiresAt, enforceExpiry, rights, expiresAtMs };
  return ok({ ticket: await issueSessionTicket(claims, secret.value, crypto), expiresAt: expiresAtMs });
}

export async function authenticateChannel(env: Env, ticket: string, expect: TicketExpectation, nowMs: number): Promise<Result<TicketClaims, WireError>> {
  const secret = ticketSecret(env);
  return secret.ok ? verifyTicket(ticket, expect, secret.value, nowMs, crypto) : secret;
}

/** A 007 token that says "this is the app itself": what Agora's chat servers call an app token. */
export async function authenticateAppToken(app: App, token: string, nowMs: number): Promise<Result<true, WireError>> {
  const claims = await verifyAppToken(token, { appId: app.id, certificates: app.certificates, nowMs }, crypto);
  return claims.ok ? ok(true) : claims;
}

/** What ids that are not asked for at a door are signed with: those of files. */
export interface Sealing {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly crypto: Signer;
}

export function sealingOf(env: Env): Result<Sealing, WireError> {
  const secret = ticketSecret(env);
  return secret.ok ? ok({ secret: secret.value, crypto }) : secret;
}

export async function sealQuestion(env: Env, question: object): Promise<Result<string, WireError>> {
  const secret = ticketSecret(env);
  return secret.ok ? ok(await sealHistoryQuestion(question, secret.value, crypto)) : secret;
}

export async function unsealQuestion(env: Env, text: string): Promise<Result<unknown, WireError>> {
  const secret = ticketSecret(env);
  return secret.ok ? unsealHistoryQuestion(text, secret.value, crypto) : secret;
}

/** Shorter than this it was not made by a machine. */
const SECRET_CHARS_MIN = 32;

/** A deployment without a secret admits nobody: an empty one would sign for anybody. */
function ticketSecret(env: Env): Result<Uint8Array<ArrayBuffer>, WireError> {
  const secret = env.WIGWAG_SECRET;
  return typeof secret === "string" && secret.length >= SECRET_CHARS_MIN
    ? ok(encodeUtf8(secret))
    : err(wireError("unavailable", { message: "WIGWAG_SECRET is not set, or too short" }));
}
