import { Hono } from "hono";
import { wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { isName } from "../../../protocol/names.ts";
import { RTM_PRIVILEGE, SERVICE } from "../../../protocol/token-codec/services.ts";
import { build007, saltOf } from "../../../protocol/token-codec/version-007.ts";
import { must } from "../../../util/assert.ts";
import { webTokenCrypto } from "../../access/web-crypto.ts";
import type { Env } from "../../env.ts";
import { rateLimit } from "../../rate-limit.ts";
import { type App, devApp } from "../../storage/apps.ts";
import { readBody } from "../body.ts";
import { errorReply } from "../errors.ts";

const EXPIRE_SECONDS = 3_600;
const tokenCrypto = webTokenCrypto();

/**
 * Tokens for the demo pages: whoever asks becomes whomever they say. So it exists only where the development app does,
 * which no deployment has.
 */
export const demoToken = new Hono<{ Bindings: Env }>().post("/demo/token", async (c) => {
  const app = devApp(c.env);
  if (app === undefined) return c.notFound();
  const nowMs = Date.now();
  const address = c.req.header("cf-connecting-ip") ?? "";
  const perAddress = rateLimit(`demo:${address}`, { kind: "anyone" }, "session", nowMs);
  if (perAddress !== undefined) return errorReply(perAddress);
  const body = await readBody(c.req.raw, { body: "json" });
  if (!body.ok) return errorReply(body.error);
  const { user } = body.value;
  if (!isName(user)) return errorReply(wireError("bad_request", { field: "user", message: `user: a name of 1 to ${LIMITS.nameBytes} bytes` }));
  const perUser = rateLimit(`demo:${address}`, { kind: "user", app: app.id, user, rights: "all" }, "session", nowMs);
  if (perUser !== undefined) return errorReply(perUser);
  const token = await tokenFor(app, user, nowMs);
  return c.json({ app: app.id, token, expiresAt: nowMs + EXPIRE_SECONDS * 1000 }, 200, { "cache-control": "no-store" });
});

function tokenFor(app: App, userId: string, nowMs: number): Promise<string> {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const login = { type: SERVICE.rtm, privileges: new Map([[RTM_PRIVILEGE.login, EXPIRE_SECONDS]]), userId };
  const token = { appId: app.id, issuedAtSeconds: Math.floor(nowMs / 1000), expireSeconds: EXPIRE_SECONDS, salt: saltOf(random), services: [login] };
  return build007(token, must(app.certificates[0], "the development app has a certificate"), tokenCrypto);
}
