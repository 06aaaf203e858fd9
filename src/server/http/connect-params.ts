import type { WireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import type { Position } from "../../protocol/messages/session.ts";
import { type ChannelRef, isChannelType, isDeviceId, isName } from "../../protocol/names.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../protocol/version.ts";
import { fromBase64Url } from "../../util/base64url.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { decodeUtf8 } from "../../util/text.ts";
import { badParameter } from "./refusal.ts";

/** What stands in the query of both sockets. The app is not checked here: an unknown one has an answer of its own. */
interface CommonParams {
  readonly app: string;
  readonly user: string;
  readonly device: string;
  readonly keepAliveMs: number;
  /** Of a client that opens several sockets side by side: rises with each that is to replace the ones before. */
  readonly attempt?: number;
}
export interface SessionParams extends CommonParams {
  readonly kind: string;
  readonly instance: string;
}
export interface ChannelParams extends CommonParams {
  readonly channel: ChannelRef;
  readonly position?: Position;
  /** Whether items of event frames may stand in short. */
  readonly brief?: true;
}

type Query = URLSearchParams;
type Checked<T> = Result<T, WireError>;

export function sessionParams(query: Query): Checked<SessionParams> {
  const common = commonParams(query);
  if (!common.ok) return common;
  const kind = query.get("kind") ?? "unknown";
  if (!/^[\x21-\x7e]+$/.test(kind) || kind.length > LIMITS.deviceKindChars) return bad("kind", `1 to ${LIMITS.deviceKindChars} printable ASCII characters`);
  const instance = query.get("instance") ?? "";
  if (!/^[A-Za-z0-9._~-]+$/.test(instance) || instance.length > LIMITS.instanceChars)
    return bad("instance", `1 to ${LIMITS.instanceChars} of A-Z a-z 0-9 . _ ~ -`);
  return ok({ ...common.value, kind, instance });
}

export function channelParams(query: Query): Checked<ChannelParams> {
  const common = commonParams(query);
  if (!common.ok) return common;
  const type = query.get("type");
  if (!isChannelType(type)) return bad("type", "message or stream");
  const name = query.get("name");
  if (!isName(name)) return bad("name", NAME);
  const position = query.get("position");
  const at = position === null ? undefined : parsePosition(position);
  if (position !== null && at === undefined) return bad("position", "<epoch>.<seq>");
  const brief = query.get("brief") ?? "0";
  if (brief !== "0" && brief !== "1") return bad("brief", "0 or 1");
  return ok({ ...common.value, channel: { type, name }, ...(at === undefined ? {} : { position: at }), ...(brief === "1" && { brief: true }) });
}

function commonParams(query: Query): Checked<CommonParams> {
  // Queries end up in logs and histories.
  if (query.has("token") || query.has("ticket"))
    return bad(query.has("token") ? "token" : "ticket", "a secret never stands in a query, but in the sub-protocol");
  const app = query.get("app") ?? "";
  const user = query.get("user");
  if (!isName(user)) return bad("user", NAME);
  const device = query.get("device");
  if (!isDeviceId(device)) return bad("device", "1 to 64 of A-Z a-z 0-9 . _ ~ -");
  const keepAlive = query.get("keepAlive") ?? String(TIMINGS.keepAliveMs);
  if (!/^\d{1,9}$/.test(keepAlive)) return bad("keepAlive", "milliseconds");
  const attempt = query.get("attempt");
  if (attempt !== null && !/^\d{1,9}$/.test(attempt)) return bad("attempt", "a number of at most nine digits");
  const keepAliveMs = Math.min(Math.max(Number(keepAlive), TIMINGS.keepAliveMinMs), TIMINGS.keepAliveMaxMs);
  return ok({ app, user, device, keepAliveMs, ...(attempt === null ? {} : { attempt: Number(attempt) }) });
}

function parsePosition(text: string): Position | undefined {
  const match = /^([0-9a-f]{16})\.(\d{1,16})$/.exec(text);
  const [, epoch = "", digits = ""] = match ?? [];
  const seq = Number(digits);
  return match !== null && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

const NAME = `1 to ${LIMITS.nameBytes} bytes of UTF-8 without control characters`;
const bad = (field: string, message: string) => err(badParameter(field, message));

/** The sub-protocols a client offers. */
export interface Offer {
  /** One of ours, in whatever version, to be echoed: browsers fail a connection whose sub-protocol is not. */
  readonly protocol?: string;
  readonly spoken: boolean;
  /** The token or ticket as text. */
  readonly secret: Checked<string>;
}

export function readOffer(header: string | null): Offer {
  const offered = (header ?? "").split(",").map((part) => part.trim());
  const protocol = offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : offered.find((part) => /^wigwag\.v\d{1,6}$/.test(part));
  const carrier = offered.find((part) => part.startsWith(TOKEN_SUBPROTOCOL_PREFIX));
  return { ...(protocol === undefined ? {} : { protocol }), spoken: protocol === SUBPROTOCOL, secret: readSecret(carrier) };
}

function readSecret(carrier: string | undefined): Checked<string> {
  if (carrier === undefined) return ok("");
  if (carrier.length > LIMITS.tokenHeaderBytes)
    return err({ ...badParameter("token", `at most ${LIMITS.tokenHeaderBytes} bytes in a header; exchange it at POST /v1/ticket`), code: "too_large" });
  const bytes = fromBase64Url(carrier.slice(TOKEN_SUBPROTOCOL_PREFIX.length));
  try {
    if (bytes !== undefined) return ok(decodeUtf8(bytes));
  } catch {
    // Not UTF-8: no token either.
  }
  return err({ ...badParameter("token", "unpadded base64url in the sub-protocol"), code: "token_invalid" });
}
