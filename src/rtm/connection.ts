import type { Client } from "../client/client.ts";
import { connect } from "../client/connect.ts";
import { closedError, WigwagError } from "../client/error.ts";
import { type Transport, type WebSocketConstructor, webSocketTransport } from "../client/transport.ts";
import { CLOSE, closeOrder } from "../protocol/close-codes.ts";
import { isAppId } from "../protocol/names.ts";
import type { ConnectionChangeReason, ConnectionState } from "./enums.ts";
import { type RtmOperation, rtmError, rtmErrorFrom } from "./errors.ts";
import { RTM_TIMINGS } from "./limits.ts";
import { getParameter } from "./parameters.ts";
import { LoginToken } from "./token.ts";

export interface ConnectionHooks {
  changed(state: ConnectionState, reason: ConnectionChangeReason): void;
  /** A login has succeeded. */
  opened(client: Client): void;
  /** A connection is back whose loss was told. */
  restored(client: Client): void;
  /** The login is over: by a logout, or by the service. */
  ended(): void;
  tokenWillExpire(): void;
  tokenExpired(): void;
  banned(): void;
}

/** A user has one connection: every login takes this name of a device, so the newest wins. */
const DEVICE = "rtm";

/** One after the other, the logins of one client; each is a core client. */
type Login =
  | { readonly at: "out" }
  | { readonly at: "entering"; readonly abort: AbortController }
  | { readonly at: "in"; readonly client: Client; readonly token: LoginToken }
  /** Stopped by the service, until a logout. */
  | { readonly at: "aborted" };

/** The states of RTM 1.x over the core's. */
export class Connection {
  readonly scale: number;
  readonly #reconnectCapMs: number | undefined;
  readonly #appId: string;
  readonly #hooks: ConnectionHooks;
  #login: Login = { at: "out" };
  #state: ConnectionState = "DISCONNECTED";
  /** Until a loss has lasted long enough to be told. */
  #interruption: ReturnType<typeof setTimeout> | undefined;
  #leaving: Promise<void> | undefined;

  constructor(appId: string, hooks: ConnectionHooks) {
    this.scale = positive(getParameter("WIGWAG_TIME_SCALE")) ?? 1;
    this.#reconnectCapMs = positive(getParameter("WIGWAG_RECONNECT_MS"));
    this.#appId = appId;
    this.#hooks = hooks;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  client(operation: RtmOperation): Client {
    if (this.#login.at !== "in" || this.#leaving !== undefined) throw rtmError(operation, 102, "not logged in");
    return this.#login.client;
  }

  async login(uid: string, token: string): Promise<void> {
    const login: Login = { at: "entering", abort: new AbortController() };
    this.#login = login;
    this.#change("CONNECTING", "LOGIN");
    const credential = new LoginToken(token);
    try {
      const client = await this.#connect(uid, credential, login.abort);
      this.#enter(client, credential);
    } catch (error) {
      if (login.abort.signal.reason === LOGGED_OUT) throw rtmError("login", 201, "aborted by a logout", error);
      this.#login = { at: "out" };
      const failure = rtmErrorFrom("login", error);
      this.#change("DISCONNECTED", failure.name === "RtmTimeoutError" ? "LOGIN_TIMEOUT" : "LOGIN_FAILURE");
      throw failure;
    }
  }

  async renewToken(token: string): Promise<void> {
    const login = this.#login;
    if (login.at !== "in" || this.#leaving !== undefined) throw rtmError("renewToken", 102, "not logged in");
    const undo = login.token.renew(token);
    // On the way back the token shows itself what it is good for.
    if (login.client.state !== "connected") return login.client.wake();
    try {
      await login.client.renewToken(token);
    } catch (error) {
      undo();
      throw this.#login === login ? rtmErrorFrom("renewToken", error) : rtmError("renewToken", 201, "aborted by a logout", error);
    }
  }

  async logout(): Promise<void> {
    const login = this.#login;
    if (login.at === "out") throw rtmError("logout", 102, "not logged in");
    if (login.at === "in") {
      this.#leaving ??= this.#tellLogout(login.client);
      await this.#leaving;
    }
    if (this.#login === login) this.#leave(login);
  }

  /** The same without waiting, for a page that is about to go. */
  logoutSync(): void {
    const login = this.#login;
    if (login.at === "out") throw rtmError("logout", 102, "not logged in");
    // Closing sends what has been posted.
    if (login.at === "in") void this.#tellLogout(login.client);
    this.#leave(login);
  }

  async #tellLogout(client: Client): Promise<void> {
    // Without a connection there is nobody to tell: the service finds out by the silence.
    if (client.state === "connected") await client.logout();
  }

  #leave(login: Login): void {
    this.#leaving = undefined;
    this.#login = { at: "out" };
    this.#callOffInterruption();
    if (login.at === "entering") login.abort.abort(LOGGED_OUT);
    if (login.at === "in") {
      login.client.close();
      this.#hooks.ended();
    }
    this.#change("DISCONNECTED", "LOGOUT");
  }

  #connect(uid: string, token: LoginToken, abort: AbortController): Promise<Client> {
    if (!isAppId(this.#appId)) throw rtmError("login", 4, "an App ID has 32 lower-case hex digits");
    const url = getParameter("WIGWAG_URL");
    return connect({
      app: this.#appId,
      user: uid,
      device: DEVICE,
      token: () => token.next(),
      keepAliveMs: RTM_TIMINGS.keepAliveMs * this.scale,
      timings: {
        scale: this.scale,
        keepAliveDirectMs: RTM_TIMINGS.keepAliveDirectMs * this.scale,
        ...(this.#reconnectCapMs !== undefined && { reconnectCapMs: this.#reconnectCapMs }),
      },
      transport: this.#watched(socketTransport(), (code, reason) => this.#closed(code, reason, token, abort)),
      signal: abort.signal,
      ...(typeof url === "string" && { url }),
    });
  }

  #enter(client: Client, token: LoginToken): void {
    this.#login = { at: "in", client, token };
    client.on("state", ({ state, code }) => {
      if (!this.#isCurrent(client)) return;
      if (state === "connected") this.#restored(client);
      else if (state === "reconnecting") this.#interrupted(code);
      else if (state === "closed") this.#stopped(code);
    });
    client.on("error", (error) => {
      // A token too large for a header is refused where it is exchanged.
      const expired = error instanceof WigwagError && error.retry === "new-token";
      if (expired && this.#isCurrent(client) && client.state !== "connected") this.#refused(token);
    });
    client.on("token-will-expire", () => this.#hooks.tokenWillExpire());
    this.#hooks.opened(client);
    this.#change("CONNECTED", "LOGIN_SUCCESS");
  }

  #isCurrent = (client: Client): boolean => this.#login.at === "in" && this.#login.client === client && this.#leaving === undefined;

  /** Each end of a session's socket, before the core hears of it. */
  #closed(code: number, reason: string, token: LoginToken, abort: AbortController): void {
    if (closeOrder(code) !== "new-token") return;
    const login = this.#login;
    if (login.at === "entering" && login.abort === abort) abort.abort(closedError(code, reason));
    else if (login.at === "in" && login.token === token && login.client.state === "reconnecting") this.#refused(token);
  }

  /** The way back is barred until there is another token. */
  #refused(token: LoginToken): void {
    if (!token.refuse()) return;
    this.#showInterruption();
    this.#hooks.tokenExpired();
  }

  #interrupted(code: number | undefined): void {
    if (code !== undefined && closeOrder(code) === "new-token") {
      this.#hooks.tokenExpired();
      return this.#abort("TOKEN_EXPIRED");
    }
    this.#interruption ??= setTimeout(() => this.#showInterruption(), RTM_TIMINGS.interruptedMs * this.scale);
  }

  #showInterruption(): void {
    this.#callOffInterruption();
    if (this.#state === "CONNECTED") this.#change("RECONNECTING", "INTERRUPTED");
  }

  #callOffInterruption(): void {
    clearTimeout(this.#interruption);
    this.#interruption = undefined;
  }

  #restored(client: Client): void {
    this.#callOffInterruption();
    if (this.#state !== "RECONNECTING") return;
    this.#hooks.restored(client);
    this.#change("CONNECTED", "LOGIN_SUCCESS");
  }

  #stopped(code: number | undefined): void {
    if (code === CLOSE.replaced.code) return this.#abort("REMOTE_LOGIN");
    if (code === CLOSE.tokenInvalid.code) {
      this.#hooks.tokenExpired();
      return this.#abort("TOKEN_EXPIRED");
    }
    if (code === CLOSE.banned.code) this.#hooks.banned();
    this.#abort("BANNED_BY_SERVER");
  }

  #abort(reason: ConnectionChangeReason): void {
    const login = this.#login;
    this.#login = { at: "aborted" };
    this.#callOffInterruption();
    if (login.at === "in") login.client.close();
    this.#hooks.ended();
    this.#change("ABORTED", reason);
  }

  #change(state: ConnectionState, reason: ConnectionChangeReason): void {
    this.#state = state;
    this.#hooks.changed(state, reason);
  }

  /** Shows how the session's sockets end, with the word of the service that the core keeps to itself while it tries again. */
  #watched(transport: Transport, closed: (code: number, reason: string) => void): Transport {
    return {
      open: (url, protocols, events) =>
        transport.open(url, protocols, {
          opened: () => events.opened(),
          message: (frame) => events.message(frame),
          closed(code, reason) {
            if (url.includes("/v1/session?")) closed(code, reason);
            events.closed(code, reason);
          },
        }),
    };
  }
}

const LOGGED_OUT = Symbol("logged out");

function socketTransport(): Transport {
  const given = getParameter("WIGWAG_WEBSOCKET");
  if (typeof given === "function") return webSocketTransport(given as WebSocketConstructor);
  if (typeof WebSocket === "function") return webSocketTransport(WebSocket);
  throw rtmError("login", 1, 'this platform has no WebSocket: pass one with setParameter("WIGWAG_WEBSOCKET", …)');
}

const positive = (value: unknown): number | undefined => (typeof value === "number" && value > 0 ? value : undefined);
