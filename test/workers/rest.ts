import { exports } from "cloudflare:workers";
import { serverHeaders } from "./client.ts";

/** A call over REST, by a server of the app unless `headers` say otherwise. */
export const rest = (method: string, path: string, body?: object, headers: Record<string, string> = serverHeaders): Promise<Response> =>
  exports.default.fetch(
    new Request(`https://wigwag.test/v1${path}`, {
      method,
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
