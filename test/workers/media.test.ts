import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { readImageHeader } from "../../src/domain/media/image-header.ts";
import { isOver } from "../../src/domain/media/media-keys.ts";
import { issueMediaPass, verifyMediaPass } from "../../src/domain/media/media-pass.ts";
import { MEDIA_LIMITS } from "../../src/protocol/limits.ts";
import { webTokenCrypto } from "../../src/server/access/web-crypto.ts";
import type { Env } from "../../src/server/env.ts";
import { app } from "../../src/server/http/app.ts";
import { expireMedia } from "../../src/server/media/removal.ts";
import { must } from "../../src/util/assert.ts";
import { concatBytes } from "../../src/util/bytes.ts";
import { crc32 } from "../../src/util/crc32.ts";
import { encodeUtf8 } from "../../src/util/text.ts";
import { DEV_APP, DEV_CERTIFICATE, serverHeaders } from "./client.ts";

type Headers = Record<string, string>;
const DAY = 24 * 3_600_000;
const crypto = webTokenCrypto();
const secret = encodeUtf8("test-secret-test-secret-test-secret");

const userHeaders = async (user: string, options: object = {}): Promise<Headers> => ({
  authorization: `Bearer ${await buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600, ...options })}`,
  "x-wigwag-app": DEV_APP,
  "x-wigwag-user": user,
});
const ask = (method: string, path: string, headers: Headers, body?: BodyInit): Promise<Response> =>
  exports.default.fetch(new Request(`https://wigwag.test/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) }));
const put = async (headers: Headers, body: BodyInit, type = "text/plain", query = ""): Promise<string> => {
  const answer = await ask("POST", `/media${query}`, { ...headers, "content-type": type }, body);
  expect(answer.status).toBe(200);
  return (await answer.json<{ media: string }>()).media;
};
const codeOf = async (answer: Response): Promise<string> =>
  `${answer.status} ${answer.ok ? "ok" : (await answer.json<{ error: { code: string } }>()).error.code}`;
const read = async (media: string, headers: Headers) => codeOf(await ask("GET", `/media/${media}`, headers));
const address = async (media: string, headers: Headers, to: object): Promise<Response> => ask("POST", `/media/${media}/address`, headers, JSON.stringify(to));
const addressed = async (media: string, headers: Headers, to: object): Promise<string> =>
  (await (await address(media, headers, to)).json<{ media: string }>()).media;

/** The same file under claims of the test's own. */
async function reissued(media: string, changes: object): Promise<string> {
  const claims = await verifyMediaPass(media, DEV_APP, secret, 0, crypto);
  if (!claims.ok) throw new Error(claims.error.message);
  return issueMediaPass({ ...claims.value, ...changes }, secret, crypto);
}

describe("a media id", () => {
  it("[MD1] is for its owner; [MD2] for whom it is addressed to, who may pass it on; [MD7] neither of whom removes it", async () => {
    const [ada, grace, joan] = [await userHeaders("ada"), await userHeaders("grace"), await userHeaders("joan")];
    const media = await put(ada, "hello");
    expect([await read(media, ada), await read(media, grace)]).toEqual(["200 ok", "403 forbidden"]);
    expect(await codeOf(await address(media, grace, { user: "grace" }))).toBe("403 forbidden");
    const forGrace = await addressed(media, ada, { user: "grace" });
    expect([await read(forGrace, grace), await read(forGrace, joan), await read(forGrace, ada)]).toEqual(["200 ok", "403 forbidden", "403 forbidden"]);
    const forJoan = await addressed(forGrace, grace, { user: "joan" });
    expect([await read(forJoan, joan), await read(forJoan, grace)]).toEqual(["200 ok", "403 forbidden"]);
    expect(await codeOf(await ask("DELETE", `/media/${forJoan}`, joan))).toBe("403 forbidden");
    expect(await codeOf(await ask("DELETE", `/media/${media}`, ada))).toBe("200 ok");
    expect([await read(media, ada), await read(forGrace, grace), await read(forJoan, joan)]).toEqual(Array(3).fill("404 not_found"));
  });

  it("[MD8] for a chat of two is good for both, who may pass it on, and for nobody else", async () => {
    const [ada, grace, joan] = [await userHeaders("ada"), await userHeaders("grace"), await userHeaders("joan")];
    const forBoth = await addressed(await put(ada, "hello"), ada, { chat: "grace" });
    expect([await read(forBoth, ada), await read(forBoth, grace), await read(forBoth, joan)]).toEqual(["200 ok", "200 ok", "403 forbidden"]);
    const on = await addressed(forBoth, grace, { chat: "joan" });
    expect([await read(on, ada), await read(on, grace), await read(on, joan)]).toEqual(["403 forbidden", "200 ok", "200 ok"]);
    expect(await codeOf(await ask("DELETE", `/media/${forBoth}`, ada))).toBe("403 forbidden");
    for (const to of [{ chat: "ada" }, { chat: "grace", user: "grace" }, {}]) expect(await codeOf(await address(forBoth, ada, to))).toBe("400 bad_request");
    expect(await codeOf(await address(forBoth, serverHeaders, { chat: "grace" }))).toBe("400 bad_request");
  });

  it("[MD4] altered, made up, or of another app", async () => {
    const ada = await userHeaders("ada");
    const media = await put(ada, "hello");
    for (const wrong of ["nonsense", "media-1.AAAA", media.slice(0, -2), await reissued(media, { appId: "1".repeat(32) })])
      for (const headers of [ada, serverHeaders]) expect(await read(wrong, headers)).toBe("404 not_found");
  });

  it("[MD5] ends, whoever asks", async () => {
    const ada = await userHeaders("ada");
    const media = await put(ada, "hello");
    const { expiresAt } = await (await ask("GET", `/media/${media}/info`, ada)).json<{ expiresAt: number }>();
    expect(Math.abs(expiresAt - Date.now() - 7 * DAY)).toBeLessThan(60_000);
    const ended = await reissued(media, { expiresAtMs: Date.now() - 1 });
    for (const headers of [ada, serverHeaders]) {
      const answer = await ask("GET", `/media/${ended}`, headers);
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("seven days")]);
    }
  });

  it("[MD6] servers read and remove what users have, and upload in their names", async () => {
    const ada = await userHeaders("ada");
    const media = await put(ada, "hello");
    const forChannel = await addressed(media, ada, { channel: { type: "message", name: "nobody-is-here" } });
    expect([await read(media, serverHeaders), await read(forChannel, serverHeaders)]).toEqual(["200 ok", "200 ok"]);
    expect(await codeOf(await ask("DELETE", `/media/${forChannel}`, serverHeaders))).toBe("200 ok");
    expect(await read(media, ada)).toBe("404 not_found");
    expect(await codeOf(await ask("POST", "/media", { ...serverHeaders, "content-type": "text/plain" }, "x"))).toBe("400 bad_request");
    expect(await read(await put(serverHeaders, "x", "text/plain", "?user=ada"), ada)).toBe("200 ok");
    expect(await codeOf(await ask("POST", "/media?user=grace", { ...ada, "content-type": "text/plain" }, "x"))).toBe("403 forbidden");
  });

  it("[MD1] strangers are not let in", async () => {
    const media = await put(await userHeaders("ada"), "hello");
    expect(await read(media, {})).toBe("401 unauthenticated");
    expect(await read(media, { ...(await userHeaders("ada")), "x-wigwag-user": "grace" })).toBe("401 token_foreign");
  });
});

describe("an upload", () => {
  it("[MD11] in one request keeps name, type and bytes", async () => {
    const ada = await userHeaders("ada");
    const media = await put(ada, "привет", "text/plain; charset=utf-8", `?name=${encodeURIComponent("кот (1).txt")}`);
    expect(await (await ask("GET", `/media/${media}/info`, ada)).json()).toMatchObject({ media, size: 12, type: "text/plain", name: "кот (1).txt" });
    const answer = await ask("GET", `/media/${media}`, ada);
    expect(await answer.text()).toBe("привет");
    const headers = Object.fromEntries(answer.headers);
    expect(headers, "[MD22]").toMatchObject({
      "content-type": "text/plain",
      "content-disposition": "attachment; filename*=UTF-8''%D0%BA%D0%BE%D1%82%20%281%29.txt",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": expect.stringContaining("private"),
    });
  });

  it("[MD22] a page is not shown as one, whatever its name says", async () => {
    const ada = await userHeaders("ada");
    const answer = await ask("GET", `/media/${await put(ada, "<script>", "text/html", `?name=${encodeURIComponent('a";\\b.html')}`)}`, ada);
    expect(answer.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''a%22%3B%5Cb.html");
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  });

  it("[MD14] empty, too large for one request, of no or another size", async () => {
    const ada = { ...(await userHeaders("ada")), "content-type": "text/plain" };
    expect(await codeOf(await ask("POST", "/media", ada, ""))).toBe("400 bad_request");
    expect(await codeOf(await ask("POST", "/media", ada, new Uint8Array(5 * 1024 * 1024 + 1)))).toBe("413 too_large");
    const begin = async (size: number) => codeOf(await ask("POST", "/uploads", ada, JSON.stringify({ size })));
    expect([await begin(0), await begin(30 * 1024 * 1024), await begin(30 * 1024 * 1024 + 1)]).toEqual(["400 bad_request", "200 ok", "413 too_large"]);
  });

  it("[MD15] whose bytes contradict its type is refused, and nothing is kept of it", async () => {
    const ada = await userHeaders("ada");
    const before = (await env.MEDIA.list()).objects.length;
    const gif = encodeUtf8("GIF89a and so on, a little longer");
    expect(await codeOf(await ask("POST", "/media", { ...ada, "content-type": "image/png" }, gif))).toBe("415 unsupported_type");
    expect((await env.MEDIA.list()).objects.length).toBe(before);
    const told = await put(ada, gif, "application/octet-stream");
    expect((await ask("GET", `/media/${told}`, ada)).headers.get("content-type")).toBe("image/gif");
  });

  it("[MD16] by parts: only its owner goes on with it; what is missing is named; completing twice is completing once", async () => {
    const [ada, grace] = [await userHeaders("ada"), await userHeaders("grace")];
    const size = 5 * 1024 * 1024 + 3;
    const { upload, parts } = await (await ask("POST", "/uploads", ada, JSON.stringify({ size, name: "a" }))).json<{ upload: string; parts: number }>();
    expect(parts).toBe(2);
    const part = async (number: number, bytes: Uint8Array<ArrayBuffer>, headers = ada) =>
      codeOf(await ask("PUT", `/uploads/${upload}/parts/${number}`, headers, bytes));
    expect(await part(2, new Uint8Array(3), grace)).toBe("403 forbidden");
    expect(
      [await part(2, new Uint8Array(4)), await part(2, new Uint8Array(2)), await part(3, new Uint8Array(3)), await part(0, new Uint8Array(3))],
      "[MD14]",
    ).toEqual(Array(4).fill("400 bad_request"));
    expect(await part(2, new Uint8Array(3).fill(7))).toBe("200 ok");
    const complete = (headers = ada) => ask("POST", `/uploads/${upload}/complete`, headers);
    const early = await complete();
    expect([early.status, await early.text()]).toEqual([409, expect.stringContaining("not there: 1")]);
    const first = new Uint8Array(5 * 1024 * 1024);
    first.set(encodeUtf8("%PDF-1.7"));
    expect(await part(1, first)).toBe("200 ok");
    expect(await (await ask("GET", `/uploads/${upload}`, ada)).json()).toMatchObject({ size, there: [1, 2] });
    const [one, two] = [await (await complete()).json(), await (await complete()).json()];
    expect(one).toEqual(two);
    expect(one, "[MD15]").toMatchObject({ size, type: "application/pdf", name: "a" });
    expect(await codeOf(await complete(grace))).toBe("403 forbidden");
    const { media } = one as { media: string };
    const whole = new Uint8Array(await (await ask("GET", `/media/${media}`, ada)).arrayBuffer());
    expect([whole.length, whole.subarray(-3)]).toEqual([size, new Uint8Array(3).fill(7)]);
  });

  it("[MD13] that is called off leaves nothing, not even when it was complete already", async () => {
    const ada = await userHeaders("ada");
    const before = (await env.MEDIA.list()).objects.length;
    for (const completed of [false, true]) {
      const { upload } = await (await ask("POST", "/uploads", ada, JSON.stringify({ size: 3 }))).json<{ upload: string }>();
      await ask("PUT", `/uploads/${upload}/parts/1`, ada, "abc");
      if (completed) expect(await codeOf(await ask("POST", `/uploads/${upload}/complete`, ada))).toBe("200 ok");
      expect(await codeOf(await ask("DELETE", `/uploads/${upload}`, ada))).toBe("200 ok");
      expect(await codeOf(await ask("DELETE", `/uploads/${upload}`, ada))).toBe("200 ok");
      expect(await codeOf(await ask("POST", `/uploads/${upload}/complete`, ada))).toBe("409 conflict");
    }
    expect((await env.MEDIA.list()).objects.length).toBe(before);
  });
});

describe("a download", () => {
  it("[MD20] of a range, [MD21] of what is known already, and HEAD", async () => {
    const ada = await userHeaders("ada");
    const path = `/media/${await put(ada, "0123456789")}`;
    const whole = await ask("GET", path, ada);
    const etag = must(whole.headers.get("etag"), "an etag");
    const range = async (header: string, more: Headers = {}) => {
      const answer = await ask("GET", path, { ...ada, range: header, ...more });
      return [answer.status, answer.headers.get("content-range"), answer.ok ? await answer.text() : ""];
    };
    expect(await range("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await range("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await range("bytes=10-")).toEqual([416, "bytes */10", ""]);
    expect(await range("bytes=2-4", { "if-range": etag })).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await range("bytes=2-4", { "if-range": '"another"' })).toEqual([200, null, "0123456789"]);
    expect((await ask("GET", path, { ...ada, "if-none-match": `"x", ${etag}` })).status).toBe(304);
    const head = await ask("HEAD", path, ada);
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
    expect((await ask("HEAD", path, await userHeaders("grace"))).status).toBe(403);
  });
});

describe("transfers", () => {
  it("[MD18] of one user at a time are bounded, and each gives its slot back", async () => {
    const [ada, grace] = [await userHeaders("ada"), await userHeaders("grace")];
    // More than a stream keeps of what nobody reads.
    const media = await put(ada, new Uint8Array(5 * 1024 * 1024));
    const held = await Promise.all(Array.from({ length: MEDIA_LIMITS.mediaTransfersPerUser }, () => ask("GET", `/media/${media}`, ada)));
    expect(held.map(({ status }) => status)).toEqual(held.map(() => 200));
    expect(await read(media, ada)).toBe("429 rate_limited");
    expect(await read(await put(grace, "hello"), grace)).toBe("200 ok");
    await held[0]?.body?.cancel();
    await held[1]?.arrayBuffer();
    const free = [await ask("GET", `/media/${media}`, ada), await ask("GET", `/media/${media}`, ada)];
    expect(free.map(({ status }) => status)).toEqual([200, 200]);
    expect(await read(media, ada)).toBe("429 rate_limited");
    await Promise.all([...held.slice(2), ...free].map(({ body }) => body?.cancel()));
  });
});

describe("without a bucket", () => {
  it("[MD17] files are unavailable, and the rest is there", async () => {
    const { MEDIA: _, ...without } = env;
    const headers = await userHeaders("ada");
    const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
    const at = (path: string, method: string, body?: string) =>
      app.request(path, { method, headers, ...(body === undefined ? {} : { body }) }, without as unknown as Env, context as unknown as ExecutionContext);
    expect(await codeOf(await at("/v1/uploads", "POST", '{"size":3}'))).toBe("503 unavailable");
    expect(await codeOf(await at("/v1/media/x", "GET"))).toBe("503 unavailable");
    expect((await at("/v1/users/ada/devices", "GET")).status).toBe(200);
  });
});

describe("the hour's run", () => {
  it("[MD40] removes files whose day is over, and nothing else", async () => {
    const ada = await userHeaders("ada");
    const media = await put(ada, "hello");
    await env.MEDIA.put("backup/2000-01-01/x", "not ours");
    await expireMedia(env, Date.now() + 6 * DAY);
    expect(await read(media, ada)).toBe("200 ok");
    await expireMedia(env, Date.now() + 8 * DAY);
    expect(await read(media, ada)).toBe("404 not_found");
    expect((await env.MEDIA.list()).objects.map(({ key }) => key)).toEqual(["backup/2000-01-01/x"]);
    await env.MEDIA.delete("backup/2000-01-01/x");
  });

  it("[MD40] goes on over many rounds, and leaves what is not over behind what is", async () => {
    const keys = [...Array.from({ length: 25 }, (_, n) => `media/2020-01-0${1 + (n % 2)}/app/${n}/file`), "media/2999-01-01/app/x/file"];
    await Promise.all(keys.map((key) => env.MEDIA.put(key, "")));
    await expireMedia(env, Date.now(), 10);
    expect((await env.MEDIA.list({ prefix: "media/" })).objects.map(({ key }) => key).filter((key) => isOver(key, Date.now()))).toEqual([]);
    expect(await env.MEDIA.head("media/2999-01-01/app/x/file")).not.toBeNull();
  });
});

/** A PNG of one colour: tiny, however large. */
async function flatPng(width: number, height: number, [red, green, blue, cover]: readonly number[] = [200, 30, 30, 255]): Promise<Uint8Array<ArrayBuffer>> {
  const row = Uint8Array.from([
    0,
    ...Array.from({ length: width }, () => [red, green, blue, cover])
      .flat()
      .map((value) => value ?? 0),
  ]);
  const packed = new Blob(Array.from({ length: height }, () => row)).stream().pipeThrough(new CompressionStream("deflate"));
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8);
  const parts = [pngPart("IHDR", header), pngPart("IDAT", new Uint8Array(await new Response(packed).arrayBuffer())), pngPart("IEND", new Uint8Array(0))];
  return concatBytes(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...parts);
}

function pngPart(kind: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(encodeUtf8(kind), data);
  const made = new Uint8Array(body.length + 8);
  new DataView(made.buffer).setUint32(0, data.length);
  made.set(body, 4);
  new DataView(made.buffer).setUint32(4 + body.length, crc32(body));
  return made;
}

describe("a thumbnail", () => {
  const thumbnail = (media: string, headers: Headers, width = 128) => ask("GET", `/media/${media}/thumbnail?width=${width}`, headers);
  const made = async (media: string, headers: Headers, width = 128) => {
    const answer = await thumbnail(media, headers, width);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { bytes, header: readImageHeader(bytes) };
  };

  it("[MD30] is made once, and kept with the file; for whoever may read that", async () => {
    const [ada, grace] = [await userHeaders("ada"), await userHeaders("grace")];
    const media = await put(ada, await flatPng(600, 300), "image/png");
    const first = await made(media, ada, 100);
    expect(first.header).toMatchObject({ type: "image/jpeg", width: 128, height: 64 });
    const kept = (await env.MEDIA.list({ include: ["httpMetadata"] })).objects.filter(({ key }) => key.endsWith("thumbnail-128"));
    expect(kept.length).toBe(1);
    await env.MEDIA.put(must(kept[0], "a thumbnail").key, "kept");
    expect(await (await thumbnail(media, ada, 120)).text()).toBe("kept");
    expect(await codeOf(await thumbnail(media, grace))).toBe("403 forbidden");
    expect([await codeOf(await thumbnail(media, ada, 63)), await codeOf(await thumbnail(media, ada, 513))]).toEqual(Array(2).fill("400 bad_request"));
    expect((await made(await put(ada, await flatPng(90, 30), "image/png"), ada, 512)).header).toMatchObject({ width: 90, height: 30 });
  });

  it("[MD31] of a photo is upright and without its metadata", async () => {
    const ada = await userHeaders("ada-1");
    const { bytes } = await made(await put(ada, await flatPng(200, 100), "image/png"), ada, 256);
    // EXIF: lies on its side (6), in 36 bytes behind the first two.
    const exif = Uint8Array.from([0xff, 0xe1, 0, 34, ...encodeUtf8("Exif\0\0MM\0*"), 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    const photo = await put(ada, concatBytes(bytes.subarray(0, 2), exif, bytes.subarray(2)), "image/jpeg");
    const upright = await made(photo, ada, 64);
    expect(upright.header).toEqual({ type: "image/jpeg", width: 64, height: 128, orientation: 1 });
    expect(new TextDecoder("latin1").decode(upright.bytes)).not.toContain("Exif");
  });

  it("[MD33] of a bomb is refused before it is unpacked; [MD34] of what is broken, too; and the next is made", async () => {
    const ada = await userHeaders("ada-2");
    const bomb = await flatPng(64, 64);
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    expect(await codeOf(await thumbnail(await put(ada, bomb, "image/png"), ada))).toBe("413 too_large");
    expect(await codeOf(await thumbnail(await put(ada, await flatPng(64, 2), "image/png"), ada))).toBe("413 too_large");
    const liar = await flatPng(64, 64);
    new DataView(liar.buffer).setUint32(16, 1_000);
    const cut = (await flatPng(300, 300)).subarray(0, 60);
    const garbage = Uint8Array.from([...encodeUtf8("GIF89a"), 10, 0, 10, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 10, 0, 10, 0, 0, 8, 255, ...Array(200).fill(0x5a)]);
    for (const [bytes, type] of [
      [liar, "image/png"],
      [cut, "image/png"],
      [garbage, "image/gif"],
    ] as const)
      expect(await codeOf(await thumbnail(await put(ada, bytes, type), ada))).toBe("415 unsupported_type");
    expect(await codeOf(await thumbnail(await put(ada, "no image"), ada))).toBe("415 unsupported_type");
    expect((await made(await put(ada, await flatPng(64, 64), "image/png"), ada)).header).toMatchObject({ width: 64 });
  });
});
