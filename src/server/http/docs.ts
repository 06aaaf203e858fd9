import { Hono } from "hono";
import type { Env } from "../env.ts";
import { docsPage } from "./docs-page.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import { openApiJson } from "./openapi.ts";

/** The reference, made from the catalogue: for machines, and for people. */
export const docs = new Hono<{ Bindings: Env }>()
  .get("/openapi.json", (c) =>
    c.body(openApiJson(), 200, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "public, max-age=300",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
    }),
  )
  .get("/docs", async (c) => c.html(docsPage(), 200, await htmlHeaders()));

/** The page has no script, one style of its own, and loads nothing: so that is all it may. */
async function htmlHeaders(): Promise<Record<string, string>> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(DOCS_STYLE));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return {
    "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "public, max-age=300",
  };
}
