import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { GROUP_LIMITS } from "../../src/protocol/group-limits.ts";
import type { SharedFile } from "../../src/protocol/messages/group.ts";
import { DEV_APP, DEV_CERTIFICATE } from "./client.ts";
import { rest } from "./rest.ts";

const headersOf = async (user: string): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600 })}`,
  "x-wigwag-app": DEV_APP,
  "x-wigwag-user": user,
});
let count = 0;

/** A user over REST. */
async function person(name: string) {
  const headers = await headersOf(name);
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await rest(method, path, body, headers);
    return { status: answer.status, body: await answer.json<Record<string, unknown>>() };
  };
  const upload = async (body: BodyInit): Promise<string> => {
    const request = new Request("https://wigwag.test/v1/media", { method: "POST", headers: { ...headers, "content-type": "text/plain" }, body });
    return (await (await exports.default.fetch(request)).json<{ media: string }>()).media;
  };
  const download = async (media: string) => (await rest("GET", `/media/${media}`, undefined, headers)).status;
  const address = async (media: string, to: object) => (await ask("POST", `/media/${media}/address`, to)).body.media as string;
  return { name, ask, upload, download, address };
}

/** A group of Ann's with Bob in it, and Cho who is not. */
async function group() {
  const n = ++count;
  const [ann, bob, cho] = await Promise.all([person(`f-ann-${n}`), person(`f-bob-${n}`), person(`f-cho-${n}`)]);
  const id = `files-${n}`;
  expect((await ann.ask("POST", `/groups/${id}`, { name: "Files", members: [bob.name] })).status).toBe(200);
  const files = async (who: typeof ann, query = "") => (await who.ask("GET", `/groups/${id}/files${query}`)).body as { files: SharedFile[]; next?: number };
  const share = async (who: typeof ann, text: string, name = text) => {
    const media = await who.address(await who.upload(text), { group: id });
    return who.ask("POST", `/groups/${id}/files`, { media, name });
  };
  return { ann, bob, cho, id, files, share };
}

describe("files of a group", () => {
  it("[GF1] are read by who is a member at the time", async () => {
    const { ann, bob, cho, id } = await group();
    const media = await ann.address(await ann.upload("hello"), { group: id });
    expect([await ann.download(media), await bob.download(media), await cho.download(media)]).toEqual([200, 200, 403]);
    await bob.ask("DELETE", `/groups/${id}/membership`);
    expect(await bob.download(media)).toBe(403);
    await ann.ask("POST", `/groups/${id}/members`, { users: [cho.name] });
    expect(await cho.download(media)).toBe(200);
  });

  it("[TH7] of one of its threads are read by who has joined that at the time", async () => {
    const { ann, bob, cho, id } = await group();
    const said = await ann.ask("POST", `/conversations/group/${id}/messages`, { key: "k", content: { type: "text", text: "herons?" } });
    const opened = await ann.ask("POST", `/groups/${id}/threads`, { seq: said.body.seq, name: "Herons" });
    const { thread } = opened.body.thread as { thread: string };
    const media = await ann.address(await ann.upload("hello"), { thread });
    expect([await ann.download(media), await bob.download(media), await cho.download(media)]).toEqual([200, 403, 403]);
    const membership = `/groups/${id}/threads/${thread}/membership`;
    expect((await bob.ask("PUT", membership)).status).toBe(200);
    expect(await bob.download(media)).toBe(200);
    expect((await bob.ask("DELETE", membership)).status).toBe(200);
    expect(await bob.download(media)).toBe(403);
    expect((await ann.ask("POST", `/media/${media}/address`, { thread, group: id })).status).toBe(400);
  });

  it("[GF2] are on its list, the newest first, once each", async () => {
    const { ann, bob, cho, id, files, share } = await group();
    const first = await share(ann, "one");
    expect(first).toMatchObject({ status: 200, body: { file: { name: "one", owner: ann.name, bytes: 3, type: "text/plain" } } });
    await share(bob, "two");
    expect((await files(bob)).files.map(({ name }) => name)).toEqual(["two", "one"]);
    const { media } = (first.body as { file: SharedFile }).file;
    expect(await ann.ask("POST", `/groups/${id}/files`, { media, name: "again" })).toMatchObject({ status: 200, body: { file: { name: "one" } } });
    const page = await files(ann, "?limit=1");
    expect([page.files.map(({ name }) => name), (await files(ann, `?limit=1&before=${page.next}`)).files.map(({ name }) => name)]).toEqual([["two"], ["one"]]);
    expect(await bob.download(media)).toBe(200);
    const own = await bob.upload("three");
    expect((await bob.ask("POST", `/groups/${id}/files`, { media: own, name: "three" })).status).toBe(400);
    expect((await bob.ask("POST", `/groups/${id}/files`, { media: "media-1.AAAA", name: "three" })).status).toBe(404);
    expect((await cho.ask("GET", `/groups/${id}/files`)).status).toBe(404);
    const large = await bob.address(await bob.upload("x".repeat(5 * 1024 * 1024)), { group: id });
    expect(GROUP_LIMITS.sharedFileBytes).toBeGreaterThan(5 * 1024 * 1024);
    expect((await bob.ask("POST", `/groups/${id}/files`, { media: large, name: "large" })).status).toBe(200);
  });

  it("[GF3] are taken off it by their owner and by managers, for all", async () => {
    const { ann, bob, id, files, share } = await group();
    const [{ body: ofAnn }, { body: ofBob }] = [await share(ann, "of ann"), await share(bob, "of bob")];
    const [annFile, bobFile] = [ofAnn, ofBob].map((body) => (body as { file: SharedFile }).file) as [SharedFile, SharedFile];
    expect((await bob.ask("DELETE", `/groups/${id}/files/${annFile.file}`)).status).toBe(403);
    expect((await bob.ask("DELETE", `/groups/${id}/files/${bobFile.file}`)).status).toBe(200);
    await share(bob, "of bob once more");
    const [last] = (await files(ann)).files;
    expect((await ann.ask("DELETE", `/groups/${id}/files/${last?.file}`)).status).toBe(200);
    expect((await files(ann)).files.map(({ name }) => name)).toEqual(["of ann"]);
    await expect.poll(() => ann.download(bobFile.media)).toBe(404);
    await ann.ask("PUT", `/groups/${id}/lists/mute`, { users: [bob.name], on: true });
    expect((await share(bob, "quietly")).status).toBe(403);
  });
});
