import { Hono } from "hono";
import { type FanOutPlan, HUB, leafOf, NO_LEAVES } from "../../domain/channel/relay-plan.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import { SUBPROTOCOL } from "../../protocol/version.ts";
import type { Result } from "../../util/result.ts";
import { TtlCache } from "../../util/ttl-cache.ts";
import { authenticateChannel, authenticateSession } from "../access/authenticate.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { planOf } from "../objects/channel/fan-out.ts";
import { channelName, channelObject, leafObject, locationHint, userObject, type Where } from "../objects/locate.ts";
import { rateLimit } from "../rate-limit.ts";
import { settingsOf } from "../settings.ts";
import { findApp } from "../storage/apps.ts";
import { type ChannelTrust, type SessionTrust, TRUST_HEADER } from "../trust.ts";
import { channelParams, type Offer, readOffer, sessionParams } from "./connect-params.ts";
import { errorReply } from "./errors.ts";
import { type Door, type Refusal, refusalOf, versionRefusal } from "./refusal.ts";

/** Who are you, may you, and on to your object, with the same upgrade. */
export const sockets = new Hono<{ Bindings: Env }>()
  .get("/v1/session", (c) => upgrade(c.req.raw, "session", (offer) => openSession(c.env, c.req.raw, offer)))
  .get("/v1/channel", (c) => upgrade(c.req.raw, "channel", (offer) => openChannel(c.env, c.req.raw, offer)));

/** The object's answer, or why there is none. */
type Opening = Response | WireError;

async function upgrade(request: Request, door: Door, open: (offer: Offer) => Promise<Opening>): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return errorReply(wireError("bad_request", { message: "this address takes WebSocket upgrades only" }), 426, { upgrade: "websocket" });
  }
  const offer = readOffer(request.headers.get("sec-websocket-protocol"));
  if (!offer.spoken) return refuse(offer, versionRefusal);
  try {
    const opening = await open(offer);
    return opening instanceof Response ? opening : refuse(offer, refusalOf(opening, door));
  } catch (error) {
    logLine("socket.failed", { door, message: messageOf(error) });
    return refuse(offer, refusalOf(wireError("internal"), door));
  }
}

async function openSession(env: Env, request: Request, { secret }: Offer): Promise<Opening> {
  const nowMs = Date.now();
  const params = sessionParams(new URL(request.url).searchParams);
  if (!params.ok) return params.error;
  if (!secret.ok) return secret.error;
  const { app: appId, user, ...rest } = params.value;
  const app = await findApp(env, appId, nowMs);
  if (!app.ok) return app.error;
  const settings = await settingsOf(env, app.value, nowMs);
  const login = await authenticateSession(env, secret.value, { app: app.value, settings: settings.value, user, nowMs });
  if (!login.ok) return login.error;
  const tooOften = rateLimit(appId, { kind: "user", app: appId, user, device: rest.device, rights: "all" }, "session", nowMs);
  if (tooOften !== undefined) return tooOften;
  const trust: SessionTrust = { app: appId, user, ...rest, ...login.value, settings: settings.value };
  const where = { jurisdiction: app.value.jurisdiction, hint: locationHint(request.cf) };
  return userObject(env, appId, user, where).fetch(trusted("session", trust));
}

async function openChannel(env: Env, request: Request, { secret }: Offer): Promise<Opening> {
  const nowMs = Date.now();
  const params = channelParams(new URL(request.url).searchParams);
  if (!params.ok) return params.error;
  if (!secret.ok) return secret.error;
  const { app: appId, user, device, channel, ...rest } = params.value;
  const app = await findApp(env, appId, nowMs);
  if (!app.ok) return app.error;
  const ticket: Result<{ sessionGeneration: number; rights: { read: boolean; write: boolean } }, WireError> = await authenticateChannel(
    env,
    secret.value,
    { appId, userId: user, deviceId: device, channel },
    nowMs,
  );
  if (!ticket.ok) return ticket.error;
  const { value: settings } = await settingsOf(env, app.value, nowMs);
  const { read, write } = ticket.value.rights;
  const trust: ChannelTrust = { app: appId, user, device, channel, ...rest, generation: ticket.value.sessionGeneration, read, write, settings };
  return openPlaced(env, trust, { jurisdiction: app.value.jurisdiction, hint: locationHint(request.cf) });
}

/** Maps of channels that have leaves, as this isolate knows them: an old one costs a request between objects, no more. */
const plans = new TtlCache<string, FanOutPlan>(LIMITS.appsCached);
/** Hub, a leaf that knows a newer plan, and once more for a plan that changes meanwhile. */
const PLACES_MAX = 4;

/** To the channel's object, or to the leaf where it says that the user belongs. */
export async function openPlaced(env: Env, trust: ChannelTrust, where: Where): Promise<Opening> {
  const { app, channel } = trust;
  const nowMs = Date.now();
  const place = (leaf: string | undefined): Pick<Fetcher, "fetch"> =>
    leaf === undefined ? channelObject(env, app, channel, where) : leafObject(env, app, channel, leaf, { jurisdiction: where.jurisdiction });
  const key = channelName(app, channel);
  let plan = plans.get(key, nowMs) ?? NO_LEAVES;
  for (let places = 0; places < PLACES_MAX; places++) {
    const leaf = leafOf(trust.user, plan.leaves);
    const placed = plan.version === 0 ? trust : { ...trust, placedBy: plan.version };
    const response = await place(leaf === HUB ? undefined : String(leaf)).fetch(trusted("channel", placed));
    const other = planOf(response);
    if (other === undefined) return response;
    plan = other;
    plans.set(key, plan, TIMINGS.appCacheMs, nowMs);
  }
  return wireError("overloaded", { message: "the channel is on the move" });
}

/**
 * An upgrade with what we have established, and nothing that only the client says: no header of its own, no query, and no
 * secret, which has done its work.
 */
function trusted(path: Door, trust: SessionTrust | ChannelTrust): Request {
  const headers = { upgrade: "websocket", "sec-websocket-protocol": SUBPROTOCOL, [TRUST_HEADER]: headerText(trust) };
  return new Request(`https://object/${path}`, { method: "GET", headers });
}

/** Header values are ASCII. What is escaped as JSON does it reads alike with and without percent-decoding. */
const headerText = (trust: SessionTrust | ChannelTrust): string =>
  JSON.stringify(trust).replace(/[^\x21-\x7e]|%/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A browser learns nothing from a refused upgrade, so this one is accepted and closed with the reason. */
function refuse({ protocol }: Offer, { code, reason }: Refusal): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(code, reason);
  return new Response(null, { status: 101, webSocket: client, headers: protocol === undefined ? {} : { "sec-websocket-protocol": protocol } });
}
