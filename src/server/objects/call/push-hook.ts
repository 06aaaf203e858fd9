import type { CallPush } from "../../../domain/call/pushes.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import { toHex } from "../../../util/hex.ts";
import { encodeUtf8 } from "../../../util/text.ts";
import type { Env } from "../../env.ts";
import { logLine, messageOf } from "../../log.ts";
import { timeScale } from "../../time-scale.ts";
import type { CallFacts } from "./call-store.ts";

const SIGNATURE = "x-wigwag-signature";

/**
 * Says to the app's own server that a call rings somebody who has no device here, so that it may wake one. What cannot be said is
 * logged: a call never waits for it.
 */
export class PushHook {
  readonly #env: Env;
  readonly #scale: number;

  constructor(env: Env) {
    this.#env = env;
    this.#scale = timeScale(env);
  }

  async send({ app, hook }: CallFacts, { until, ...push }: CallPush): Promise<void> {
    if (hook === undefined) return;
    for (let attempt = 1; attempt <= LIMITS.pushAttempts; attempt++) {
      const at = Date.now();
      // Too late to wake anybody.
      if (until !== undefined && at >= until) return;
      const failure = await this.#post(hook, { ...push, app, at, ...(until === undefined ? {} : { ttlSeconds: Math.ceil((until - at) / 1000) }) });
      if (failure === undefined) return;
      logLine("call.push-failed", { app, call: push.call, type: push.type, attempt, message: failure });
      if (attempt < LIMITS.pushAttempts) await new Promise((resume) => setTimeout(resume, TIMINGS.pushRetryMs * this.#scale * 2 ** (attempt - 1)));
    }
  }

  /** Undefined when it was taken. Redirects are not followed: the signature is for this address. */
  async #post({ url, secret }: { readonly url: string; readonly secret: string }, push: object): Promise<string | undefined> {
    if (!mayPost(url, this.#env)) return "http is for localhost in development only";
    const body = encodeUtf8(JSON.stringify(push));
    try {
      const headers = { "content-type": "application/json", [SIGNATURE]: `sha256=${await hmacHex(secret, body)}` };
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(TIMINGS.pushTimeoutMs * this.#scale) });
      await answer.body?.cancel();
      return answer.ok ? undefined : `answered ${answer.status}`;
    } catch (error) {
      return messageOf(error);
    }
  }
}

const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

function mayPost(url: string, env: Env): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (env.WIGWAG_DEV_APP_ID !== undefined && LOCAL.has(hostname));
}

async function hmacHex(secret: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey("raw", encodeUtf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, body)));
}
