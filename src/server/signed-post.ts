import { toHex } from "../util/hex.ts";
import { encodeUtf8 } from "../util/text.ts";
import type { Env } from "./env.ts";
import { messageOf } from "./log.ts";

const SIGNATURE = "x-wigwag-signature";
const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** An app's own server, and what says that it was asked by this service. */
export interface Hook {
  readonly url: string;
  readonly secret: string;
}

/** Posts JSON with its HMAC-SHA-256. The answer if it is a good one, else why there is none. Redirects are not followed: the signature is for this address. */
export async function signedPost(env: Env, { url, secret }: Hook, json: object, timeoutMs: number): Promise<Response | string> {
  if (!mayPost(url, env)) return "http is for localhost in development only";
  const body = encodeUtf8(JSON.stringify(json));
  try {
    const headers = { "content-type": "application/json", [SIGNATURE]: `sha256=${await hmacHex(secret, body)}` };
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    if (answer.ok) return answer;
    await answer.body?.cancel();
    return `answered ${answer.status}`;
  } catch (error) {
    return messageOf(error);
  }
}

function mayPost(url: string, env: Env): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (env.WIGWAG_DEV_APP_ID !== undefined && LOCAL.has(hostname));
}

async function hmacHex(secret: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey("raw", encodeUtf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, body)));
}
