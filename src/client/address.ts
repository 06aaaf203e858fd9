import { LIMITS } from "../protocol/limits.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../protocol/version.ts";
import { toBase64Url } from "../util/base64url.ts";
import { encodeUtf8 } from "../util/text.ts";
import type { Environment } from "./environment.ts";
import { localError } from "./error.ts";
import { isRecord } from "./guards.ts";
import { refusal } from "./rest.ts";

export type TokenSource = string | (() => string | Promise<string>);

/** Where a socket is opened, and with what. */
export interface Address {
  readonly url: string;
  readonly protocols: readonly string[];
}

const DEFAULT_URL = "http://127.0.0.1:8787";

/** The service's http(s) address without a slash at its end: as given, else as the page or the process was told. */
export function serviceUrl(given: string | undefined): string {
  const told: unknown = given ?? Reflect.get(globalThis, "WIGWAG_URL") ?? pageOrigin() ?? DEFAULT_URL;
  const url = typeof told === "string" ? told.replace(/^ws/i, "http").replace(/\/+$/, "") : "";
  if (!/^https?:\/\/[^/]/i.test(url)) throw localError("bad_request", { field: "url", message: `not an address of a service: ${String(told)}` });
  return url;
}

function pageOrigin(): string | undefined {
  // A page from a file has the origin "null".
  return typeof document !== "undefined" && location.origin.startsWith("http") ? location.origin : undefined;
}

export const socketUrl = (service: string, path: string): string => service.replace(/^http/i, "ws") + path;

/** A secret rides as a sub-protocol, whose values allow no `/ = :`. */
export const secretProtocols = (secret: string): readonly string[] => [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + toBase64Url(encodeUtf8(secret))];

/** The login's token, asked for anew before every attempt where it comes from a function. */
export class Credential {
  #source: TokenSource;
  #used: string | undefined;
  #latest: string | undefined;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** A token given by hand serves from now on, except where the application is asked each time. */
  replace(token: string): void {
    this.#latest = token;
    if (typeof this.#source === "string") this.#source = token;
  }

  /** Whether another attempt would bring another token. */
  get renewable(): boolean {
    return typeof this.#source === "function" || this.#source !== this.#used;
  }

  async protocols(environment: Environment, service: string, app: string, user: string): Promise<readonly string[]> {
    const token = await this.current(true);
    this.#used = token;
    const protocols = secretProtocols(token);
    if ((protocols[1]?.length ?? 0) <= LIMITS.tokenHeaderBytes) return protocols;
    return secretProtocols(await exchange(environment, service, { app, user, token }));
  }

  /** For a call beside the session: the token in use, unless a fresh one is needed. */
  async current(fresh = false): Promise<string> {
    if (fresh || this.#latest === undefined) this.#latest = await this.#token();
    return this.#latest;
  }

  async #token(): Promise<string> {
    if (typeof this.#source === "string") return this.#source;
    try {
      return await this.#source();
    } catch (cause) {
      throw localError("unavailable", { field: "token", message: "the application gave no token", cause });
    }
  }
}

/** A token that is too large for a header buys a ticket. */
async function exchange(environment: Environment, service: string, body: { app: string; user: string; token: string }): Promise<string> {
  const answer = await environment.post(`${service}/v1/ticket`, body).catch((cause: unknown) => {
    throw localError("unavailable", { message: "the token could not be exchanged", cause });
  });
  if (answer.status === 200 && isRecord(answer.body) && typeof answer.body.ticket === "string") return answer.body.ticket;
  throw refusal(answer.status, answer.body);
}
