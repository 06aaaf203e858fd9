import { exports } from "cloudflare:workers";

/** The service as a client sees it. */
export const DEV_APP = "00000000000000000000000000000de7";
export const DEV_CERTIFICATE = "0000000000000000000000000000ce27";
const ORIGIN = "https://wigwag.test";

export const serverHeaders = { authorization: "Bearer wk_test-only-key", "x-wigwag-app": DEV_APP };

export const get = (path: string, headers: HeadersInit = {}): Promise<Response> => exports.default.fetch(new Request(`${ORIGIN}${path}`, { headers }));

export const send = (method: string, path: string, body: unknown, headers: HeadersInit = {}): Promise<Response> =>
  exports.default.fetch(
    new Request(`${ORIGIN}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...Object.fromEntries(new Headers(headers)) },
    }),
  );

export interface Closed {
  readonly protocol: string | null;
  readonly code: number;
  readonly reason: string;
}

/** Opens a socket that is going to be refused. */
export async function refused(path: string, protocols: readonly string[]): Promise<Closed> {
  const response = await get(path, { upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") });
  const socket = response.webSocket;
  if (socket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`);
  const closed = new Promise<Closed>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ protocol: response.headers.get("sec-websocket-protocol"), code, reason }));
  });
  socket.accept();
  return closed;
}

export const tokenProtocol = (token: string): string => `t.${btoa(token).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
