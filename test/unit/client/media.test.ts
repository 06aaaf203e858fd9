import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Media, media, type Progress } from "../../../src/client/media/index.ts";
import { connected } from "../../support/connected.ts";

type Answer = (path: string, init: RequestInit) => Response | Promise<Response>;

/** Files over a service that answers as the test says. */
function over(answer: Answer): { files: Media; asked: string[] } {
  const asked: string[] = [];
  const fetch = async (path: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? "GET"} ${path}`);
    init.signal?.throwIfAborted();
    return answer(path, init);
  };
  return { files: media({ fetch }), asked };
}

const json = (body: object): Response => Response.json(body);
const later = (retryAfterMs = 1) => Object.assign(new Error("not now"), { retry: "later", retryAfterMs });
const info = { media: "media-1.x", size: 3, type: "text/plain", expiresAt: 1 };
const big = new Blob([new Uint8Array(11)]);

describe("a transfer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => {});
    await vi.runAllTimersAsync();
    return work;
  };

  it("[MD12] is tried again as often as is bounded, and not when the service refuses for good", async () => {
    const busy = over(() => Promise.reject(later()));
    await expect(settled(busy.files.upload(new Blob(["abc"])))).rejects.toThrow("not now");
    expect(busy.asked).toEqual(Array(6).fill("POST /v1/media"));
    const refused = over(() => Promise.reject(Object.assign(new Error("no"), { retry: "never" })));
    await expect(settled(refused.files.upload(new Blob(["abc"])))).rejects.toThrow("no");
    expect(refused.asked).toHaveLength(1);
  });

  it("[MD12] waits as long as the service says", async () => {
    let calls = 0;
    const { files } = over(() => (calls++ === 0 ? Promise.reject(later(60_000)) : json(info)));
    const upload = files.upload(new Blob(["abc"]));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(calls).toBe(1);
    expect(await settled(upload)).toEqual(info);
  });

  it("[MD12] asks whether a part is there before it sends it again: only the answer may have been lost", async () => {
    const there: number[] = [];
    const { files, asked } = over((path, { method = "GET" }) => {
      if (method === "PUT") {
        there.push(Number(path.slice(-1)));
        if (path.endsWith("/2")) throw new TypeError("connection lost");
        return json({});
      }
      return method === "GET" ? json({ size: 11, partBytes: 5, parts: 3, there: [...there], endsAt: 1 }) : json(info);
    });
    expect(await settled(files.upload(big, { resume: "handle" }))).toEqual(info);
    expect(asked.filter((call) => call.startsWith("PUT")).toSorted()).toEqual([1, 2, 3].map((part) => `PUT /v1/uploads/handle/parts/${part}`));
    expect(asked.at(-1)).toBe("POST /v1/uploads/handle/complete");
  });

  it("[MD13] called off, or refused, it ends the others and removes what is there", async () => {
    for (const retry of ["never", "abort"] as const) {
      const stop = new AbortController();
      const { files, asked } = over((path, { method = "GET", signal }) => {
        if (method === "GET") return json({ size: 11, partBytes: 5, parts: 3, there: [], endsAt: 1 });
        if (method === "DELETE") return json({});
        if (path.endsWith("/2")) {
          stop.abort(retry === "abort" ? new Error("ended") : undefined);
          throw Object.assign(new Error("ended"), { retry: "never" });
        }
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      });
      await expect(settled(files.upload(big, { resume: "handle", ...(retry === "abort" && { signal: stop.signal }) }))).rejects.toThrow("ended");
      expect(asked).toEqual(["GET /v1/uploads/handle", "PUT /v1/uploads/handle/parts/1", "PUT /v1/uploads/handle/parts/2", "DELETE /v1/uploads/handle"]);
    }
  });

  it("[MD24] tells its progress once a second and at the end", async () => {
    const told: Progress[] = [];
    const { files } = over(
      () =>
        new Response(
          new ReadableStream({
            async start(out) {
              for (let chunk = 0; chunk < 5; chunk++) {
                await new Promise((resolve) => setTimeout(resolve, 700));
                out.enqueue(new Uint8Array(10));
              }
              out.close();
            },
          }),
          { headers: { "content-length": "50", "content-type": "image/gif" } },
        ),
    );
    const file = await settled(files.download("m", { onProgress: (progress) => told.push(progress) }));
    expect([file.size, file.type]).toEqual([50, "image/gif"]);
    expect(told).toEqual([10, 20, 40, 50].map((bytes) => ({ bytes, total: 50 })));
  });

  it("[MD23] takes up a silent download, from where it stopped", async () => {
    const ranges: (string | null)[] = [];
    const { files } = over((_, { headers, signal }) => {
      const asked = new Headers(headers);
      ranges.push(asked.get("range"), asked.get("if-range"));
      const first = ranges.length === 2;
      const body = new ReadableStream({
        start(out) {
          out.enqueue(new TextEncoder().encode(first ? "0123" : "456789"));
          if (first) signal?.addEventListener("abort", () => out.error(signal.reason));
          else out.close();
        },
      });
      return new Response(body, { status: first ? 200 : 206, headers: { "content-length": first ? "10" : "6", etag: '"e"' } });
    });
    expect(await (await settled(files.download("m"))).text()).toBe("0123456789");
    expect(ranges).toEqual([null, null, "bytes=4-", '"e"']);
  });

  it("[MD2] names whom a file is for", async () => {
    const bodies: unknown[] = [];
    const { files, asked } = over((_, { body }) => {
      bodies.push(JSON.parse(String(body)));
      return json({ media: "for you" });
    });
    expect(await files.addressed("a/b", { user: "bob" })).toBe("for you");
    await files.addressed("m", { channel: "lobby" });
    await files.addressed("m", { channel: { type: "stream", name: "stage" } });
    await files.addressed("m", { chat: "bob" });
    expect(bodies).toEqual([{ user: "bob" }, { channel: { type: "message", name: "lobby" } }, { channel: { type: "stream", name: "stage" } }, { chat: "bob" }]);
    expect(asked[0]).toBe("POST /v1/media/a%2Fb/address");
  });
});

describe("REST calls of a login", () => {
  it("[MD25] carry its token; one that has ended is replaced by the application's next, once", async () => {
    let given = 0;
    const { me, environment } = await connected({ user: "zoë", token: () => `token-${++given}` });
    const ended = () => Response.json({ error: { code: "token_expired", message: "over", retry: "new-token" } }, { status: 401 });
    environment.answerFetch = async (_, init) =>
      new Headers(init.headers).get("authorization") === "Bearer token-2" ? Response.json({ fine: true }) : ended();
    expect(await (await me.fetch("/v1/media/x")).json()).toEqual({ fine: true });
    const sent = environment.fetches.map(({ url, init }) => [url, ...["authorization", "x-wigwag-user"].map((name) => new Headers(init.headers).get(name))]);
    expect(sent).toEqual(["1", "2"].map((n) => ["https://signal.test/v1/media/x", `Bearer token-${n}`, "zo%C3%AB"]));
    await me.fetch("/v1/media/y");
    expect(given).toBe(2);
    environment.answerFetch = async () => ended();
    await expect(me.fetch("/v1/media/z")).rejects.toMatchObject({ code: "token_expired" });
    expect(given).toBe(3);
    environment.answerFetch = () => Promise.reject(new TypeError("no network"));
    await expect(me.fetch("/v1/media/z")).rejects.toMatchObject({ code: "unavailable", retry: "later" });
    me.close();
  });
});

describe("the module", () => {
  it("[MD50] weighs at most 4 kB gzipped", async () => {
    const { outputFiles } = await build({
      entryPoints: ["src/client/media/index.ts"],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "neutral",
    });
    expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(4 * 1024);
  });
});
