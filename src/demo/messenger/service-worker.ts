/** The page without a network: its own files come from the device, and are brought up to date for the next time. */

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const CACHE = "wigwag-messenger-page";
/** What the page loads later: known when it is built. */
declare const PAGE_PARTS: readonly string[];
const FILES = [...PAGE_PARTS, "./", "main.js", "style.css", "manifest.webmanifest", "../shared/base.css", "../shared/icon.svg"];
const worker = globalThis as unknown as EventTarget & { skipWaiting(): Promise<void>; readonly clients: { claim(): Promise<void> } };

worker.addEventListener("install", (event) => {
  (event as Extendable).waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
  void worker.skipWaiting();
});

worker.addEventListener("activate", (event) => (event as Extendable).waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const asked = event as Asked;
  const url = new URL(asked.request.url);
  const ours = url.origin === location.origin && /^\/demo\/(messenger|shared)\//.test(url.pathname);
  if (asked.request.method !== "GET" || !ours) return;
  // Who is asked for stands in the address, and is the same page.
  asked.respondWith(answer(asked, asked.request.mode === "navigate" ? url.origin + url.pathname : asked.request.url));
});

async function answer(event: Asked, name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(name);
  const fresh = fetch(name, { cache: "no-cache" }).then(async (response) => {
    if (response.ok) await cache.put(name, response.clone());
    return response;
  });
  if (kept === undefined) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  return kept;
}
