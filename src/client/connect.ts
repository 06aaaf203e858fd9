import { Credential, serviceUrl, type TokenSource } from "./address.ts";
import { Client } from "./client.ts";
import { type Environment, platformEnvironment } from "./environment.ts";
import { localError } from "./error.ts";
import { Ids } from "./ids.ts";
import { clientTimings, type TimingOptions } from "./timings.ts";
import { type Transport, type WebSocketConstructor, webSocketTransport } from "./transport.ts";

export interface ConnectOptions {
  /** Where the service is: else `globalThis.WIGWAG_URL`, the page's origin, http://127.0.0.1:8787. */
  readonly url?: string;
  readonly app: string;
  readonly user: string;
  /** A function is asked before every login, also when the connection was lost. */
  readonly token: TokenSource;
  /** Stable per device. Outside browsers it is `default`, so two processes of one user have to name themselves. */
  readonly device?: string;
  /** What sort of device this is (`web`, `ios`, `iot` …). */
  readonly kind?: string;
  /** All channels share the session's socket. */
  readonly singleSocket?: boolean;
  readonly keepAliveMs?: number;
  /** Where the platform has none (Node 20). */
  readonly WebSocket?: WebSocketConstructor;
  readonly timings?: TimingOptions;
  readonly transport?: Transport;
  /** Calls the login off, while it runs. */
  readonly signal?: AbortSignal;
}

/**
 * Logs in; resolves when the service has said welcome.
 *
 * @example
 * const me = await connect({ app, user: "alice", token });
 * me.on("message", ({ from, data }) => console.log(from, data));
 * await me.send("bob", "hi");
 */
export function connect(options: ConnectOptions): Promise<Client> {
  return connectIn(platformEnvironment(), options);
}

/** The same in a world of the caller's making. */
export async function connectIn(environment: Environment, options: ConnectOptions): Promise<Client> {
  const { app, user, token, kind = environment.page === undefined ? "other" : "web", singleSocket = false, keepAliveMs } = options;
  const service = serviceUrl(options.url);
  const transport = options.transport ?? webSocketTransport(socketConstructor(options.WebSocket));
  const timings = clientTimings({ ...options.timings, ...(keepAliveMs !== undefined && { keepAliveMs }) });
  const claim = options.device === undefined ? await environment.claimDevice(app, user) : { device: options.device, release: () => {} };
  const identity = { service, app, user, device: claim.device, kind, instance: environment.uniqueId() };
  const context = { environment, transport, timings, ids: new Ids(), reconnectSpreadMs: timings.reconnectSpreadMs };
  return new Client(identity, context, new Credential(token), singleSocket, claim.release).start(options.signal);
}

function socketConstructor(given: WebSocketConstructor | undefined): WebSocketConstructor {
  if (given !== undefined) return given;
  if (typeof WebSocket === "function") return WebSocket;
  throw localError("bad_request", { field: "WebSocket", message: "this platform has no WebSocket: pass one, such as that of the package `ws`" });
}
