import { createHash, randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { connect } from "../../src/client/connect.ts";
import { type Media, media, type Progress } from "../../src/client/media/index.ts";
import { MEDIA_LIMITS } from "../../src/protocol/limits.ts";
import { fresh, http, serverHeaders, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";

const MIB = 1024 * 1024;
const open: { close(): void }[] = [];
const proxies: CutProxy[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  for (const proxy of proxies.splice(0)) await proxy.stop();
});

interface Person {
  readonly user: string;
  readonly client: Client;
  readonly files: Media;
}

async function person(what: string, url = service().url, rights?: Parameters<typeof tokenFor>[1]): Promise<Person> {
  const user = fresh(what);
  const client = await connect({ url, app: sharedApp().id, user, token: await tokenFor(user, rights), device: "one" });
  open.push(client);
  return { user, client, files: media(client, { scale: service().scale }) };
}

async function viaProxy(what: string): Promise<Person & { proxy: CutProxy }> {
  const proxy = await startCutProxy(service().url);
  proxies.push(proxy);
  return { ...(await person(what, proxy.url)), proxy };
}

const hashOf = async (file: Blob): Promise<string> =>
  createHash("sha256")
    .update(new Uint8Array(await file.arrayBuffer()))
    .digest("hex");
const file = (bytes: number, type = ""): Blob => new Blob([randomBytes(bytes)], { type });
const refused = (code: string) => expect.objectContaining({ name: "WigwagError", code });

describe("files through the client", () => {
  it("[MD10] thirty megabytes come down as they went up; [MD24] with their progress", async () => {
    const ada = await person("ada");
    const sent = file(30 * MIB);
    const told: Progress[] = [];
    const info = await ada.files.upload(sent, { name: "big.bin", onProgress: (progress) => told.push(progress) });
    expect(info).toMatchObject({ size: 30 * MIB, name: "big.bin", type: "application/octet-stream" });
    const seen: Progress[] = [];
    const got = await ada.files.download(info.media, { onProgress: (progress) => seen.push(progress) });
    expect(await hashOf(got)).toBe(await hashOf(sent));
    for (const progress of [told, seen]) {
      expect(progress.at(-1)).toEqual({ bytes: 30 * MIB, total: 30 * MIB });
      expect(progress.map(({ bytes }) => bytes)).toEqual(progress.map(({ bytes }) => bytes).toSorted((left, right) => left - right));
    }
    const middle = await ada.files.download(info.media, { range: { start: 7 * MIB, end: 7 * MIB + 1_000 } });
    expect(await hashOf(middle), "[MD20]").toBe(await hashOf(sent.slice(7 * MIB, 7 * MIB + 1_000)));
    await ada.files.remove(info.media);
  });

  it("[MD12] an upload that is cut again and again arrives whole", async () => {
    const ada = await viaProxy("ada");
    const sent = file(12 * MIB);
    let begun = "";
    // Each time costs what is under way one attempt; so often it may fail, however slow this machine is.
    let cuts = MEDIA_LIMITS.mediaAttempts - 1;
    const cutting = setInterval(() => begun !== "" && cuts-- > 0 && ada.proxy.cut(), 40);
    const info = await ada.files.upload(sent, { onBegin: (upload) => (begun = upload) });
    clearInterval(cutting);
    expect(await hashOf(await ada.files.download(info.media))).toBe(await hashOf(sent));
  });

  it("[MD12] another program goes on with the handle, and sends only what is not there", async () => {
    const ada = await person("ada");
    const sent = file(11 * MIB);
    let handle = "";
    const first = Promise.withResolvers<void>();
    const broken = {
      async fetch(path: string, init?: RequestInit): Promise<Response> {
        if (path.endsWith("/parts/2")) {
          await first.promise;
          throw Object.assign(new Error("the program ends"), { retry: "new-token" });
        }
        const answer = await ada.client.fetch(path, init);
        if (path.endsWith("/parts/1")) first.resolve();
        return answer;
      },
    };
    await expect(media(broken).upload(sent, { onBegin: (upload) => (handle = upload) })).rejects.toThrow("the program ends");
    const parts: string[] = [];
    const counting = {
      fetch(path: string, init?: RequestInit): Promise<Response> {
        if (init?.method === "PUT") parts.push(path.slice(-1));
        return ada.client.fetch(path, init);
      },
    };
    const info = await media(counting).upload(sent, { resume: handle });
    expect(parts).not.toContain("1");
    expect(await hashOf(await ada.files.download(info.media))).toBe(await hashOf(sent));
  });

  it("[MD23] a download that is cut is taken up where it stopped", async () => {
    const ada = await viaProxy("ada");
    const sent = file(8 * MIB);
    const { media: id } = await media(ada.client).upload(sent);
    let reads = 0;
    let cuts = 0;
    const watching = {
      async fetch(path: string, init?: RequestInit): Promise<Response> {
        const answer = await ada.client.fetch(path, init);
        reads += 1;
        const half = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, out) {
            out.enqueue(chunk);
            if (cuts < 3) {
              cuts += 1;
              ada.proxy.cut();
            }
          },
        });
        return new Response(answer.body?.pipeThrough(half) ?? null, answer);
      },
    };
    const got = await media(watching, { scale: service().scale }).download(id);
    expect(await hashOf(got)).toBe(await hashOf(sent));
    expect(reads).toBeGreaterThan(1);
  });

  it("[MD13] an upload that is called off is gone from the service", async () => {
    const ada = await person("ada");
    const stop = new AbortController();
    let handle = "";
    const begun = (upload: string) => {
      handle = upload;
      setTimeout(() => stop.abort(new Error("enough")), 30);
    };
    await expect(ada.files.upload(file(30 * MIB), { signal: stop.signal, onBegin: begun })).rejects.toThrow("enough");
    const left = (await (await ada.client.fetch(`/v1/uploads/${handle}`)).json()) as { there: number[] };
    expect(left.there).toEqual([]);
    await expect(ada.client.fetch(`/v1/uploads/${handle}/complete`, { method: "POST" })).rejects.toEqual(refused("conflict"));
    await expect(ada.files.upload(file(3), { signal: AbortSignal.abort(new Error("never")) })).rejects.toThrow("never");
    await expect(ada.files.download("x", { signal: AbortSignal.abort(new Error("never")) })).rejects.toThrow("never");
  });

  it("[MD14] empty and too large files are refused; [MD15] so is a picture that is none", async () => {
    const ada = await person("ada");
    await expect(ada.files.upload(file(0))).rejects.toEqual(refused("bad_request"));
    await expect(ada.files.upload(file(30 * MIB + 1))).rejects.toEqual(refused("too_large"));
    await expect(ada.files.upload(file(100, "image/png"))).rejects.toEqual(refused("unsupported_type"));
    await expect(ada.files.upload(file(6 * MIB, "image/png"))).rejects.toEqual(refused("unsupported_type"));
  });

  it("[MD14] a part of another size than declared, whatever its length says, is refused and not kept", async () => {
    const ada = await person("ada");
    const begun = await ada.client.fetch("/v1/uploads", { method: "POST", body: JSON.stringify({ size: 100 }) });
    const { upload } = (await begun.json()) as { upload: string };
    for (const size of [99, 101]) {
      const chunks = new Blob([randomBytes(size)]).stream();
      // A stream goes without a Content-Length.
      const init = { method: "PUT", body: chunks, duplex: "half" } as RequestInit;
      await expect(ada.client.fetch(`/v1/uploads/${upload}/parts/1`, init)).rejects.toEqual(refused("bad_request"));
    }
    expect(((await (await ada.client.fetch(`/v1/uploads/${upload}`)).json()) as { there: number[] }).there).toEqual([]);
  });
});

describe("who may read", () => {
  it("[MD3] a channel's members, while they are; strangers and those whose token forbids it never", async () => {
    const [ada, grace, joan] = [await person("ada"), await person("grace"), await person("joan")];
    const name = fresh("gallery");
    const { media: id } = await ada.files.upload(new Blob(["a photo"]), { name: "photo" });
    const shared = await ada.files.addressed(id, { channel: name });
    const channel = await grace.client.join(name);
    expect(await (await grace.files.download(shared)).text()).toBe("a photo");
    expect(await grace.files.info(shared)).toMatchObject({ name: "photo", size: 7 });
    await expect(joan.files.download(shared)).rejects.toEqual(refused("forbidden"));
    await expect(ada.files.download(shared)).rejects.toEqual(refused("forbidden"));
    const forJoan = await grace.files.addressed(shared, { user: joan.user });
    expect(await (await joan.files.download(forJoan)).text()).toBe("a photo");
    // A member still, but by another token, which does not name the channel.
    const narrow = await tokenFor(grace.user, { permissions: { messageChannels: { read: ["another"] } } });
    const headers = { authorization: `Bearer ${narrow}`, "x-wigwag-app": sharedApp().id, "x-wigwag-user": grace.user };
    expect((await http("GET", `/v1/media/${shared}`, undefined, headers)).status).toBe(403);
    await channel.leave();
    await expect(grace.files.download(shared)).rejects.toEqual(refused("forbidden"));
  });

  it("[MD3] a server is told who is a member", async () => {
    const grace = await person("grace");
    const name = fresh("gallery");
    const asked = async (user: string) => (await http("GET", `/v1/channels/message/${name}/members/${user}`, undefined, serverHeaders())).body;
    expect(await asked(grace.user)).toEqual({ member: false });
    await grace.client.join(name);
    expect([await asked(grace.user), await asked("somebody")]).toEqual([{ member: true }, { member: false }]);
  });

  it("[MD18] slots of downloads that nobody read to the end come back", async () => {
    const ada = await person("ada");
    const { media: id } = await ada.files.upload(file(6 * MIB));
    for (let n = 0; n < 20; n++) {
      const stop = new AbortController();
      const answer = await ada.client.fetch(`/v1/media/${id}`, { signal: stop.signal });
      await answer.body?.getReader().read();
      stop.abort();
    }
    expect((await ada.files.download(id)).size).toBe(6 * MIB);
  });
});
