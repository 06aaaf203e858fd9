import { beforeEach, describe, expect, it } from "vitest";
import { downloadShared, filesIn, fileUploadsOf, type OwnChats, openChat, type SharedFile, shareFile } from "../../../src/client/chat/index.ts";
import type { Media, Upload } from "../../../src/client/media/index.ts";
import { FakeGroups } from "../../support/fake-groups.ts";

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Uploads that the test lets go on and fail. */
class FakeFiles {
  readonly begun: { readonly options: Upload; resolve(): void; reject(error: unknown): void }[] = [];
  readonly removed: string[] = [];
  readonly addressed: unknown[] = [];

  readonly media = (): Media =>
    ({
      upload: (_file: Blob, options: Upload) =>
        new Promise((resolve, reject) => {
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
          const media = `own-${this.begun.length + 1}`;
          this.begun.push({ options, resolve: () => resolve({ media }), reject });
        }),
      addressed: async (media: string, to: object) => {
        this.addressed.push(to);
        return `${media}-for-all`;
      },
      remove: async (media: string) => void this.removed.push(media),
      download: async (media: string) => new Blob([media]),
    }) as unknown as Media;
}

const sharedFile = (file: number, name: string): SharedFile => ({
  file,
  media: `m${file}`,
  name,
  owner: "ann",
  bytes: 3,
  type: "text/plain",
  at: 1,
  expiresAt: 9,
});
const song = new File(["la la la"], "song.txt");
let service: FakeGroups;
let files: FakeFiles;
let chats: OwnChats;
beforeEach(async () => {
  service = new FakeGroups();
  files = new FakeFiles();
  service.answers["group.share-file"] = ({ media, name }) => ({ file: { ...sharedFile(1, String(name)), media } });
  chats = await openChat(service.client(), { media: files.media });
});

describe("files that are shared with a group", () => {
  it("[CT60] are uploaded with progress, made out to the group, and put on its list; what was uploaded for nothing is removed", async () => {
    const told: unknown[] = [];
    const sharing = shareFile(chats, "birds", song, { onProgress: (progress) => told.push(progress) });
    files.begun[0]?.options.onProgress?.({ bytes: 4, total: 8 });
    files.begun[0]?.resolve();
    expect(await sharing).toMatchObject({ file: 1, name: "song.txt", media: "own-1-for-all" });
    expect([told, files.addressed, files.removed]).toEqual([[{ bytes: 4, total: 8 }], [{ group: "birds" }], []]);
    expect(await (await downloadShared(chats, sharedFile(4, "a"))).text()).toBe("m4");

    service.answers["group.share-file"] = () => {
      throw Object.assign(new Error("muted"), { code: "forbidden", retry: "never" });
    };
    const refused = shareFile(chats, "birds", new Blob(["x"]));
    files.begun[1]?.resolve();
    await expect(refused).rejects.toMatchObject({ code: "forbidden" });
    expect([files.begun[1]?.options.name, files.removed]).toEqual(["file", ["own-2"]]);
    await expect(shareFile(chats, "birds", new Blob([new Uint8Array(10 * 1024 * 1024 + 1)]))).rejects.toMatchObject({ code: "too_large" });
    const without = await openChat(service.client());
    await expect(shareFile(without, "birds", song)).rejects.toMatchObject({ code: "unavailable" });
    without.close();
  });

  it("[CT60] wait for their turn, two at a time and twenty in all; fail, are tried again, and called off", async () => {
    const uploads = fileUploadsOf(chats);
    expect(fileUploadsOf(chats)).toBe(uploads);
    let changes = 0;
    const stop = uploads.subscribe(() => {
      changes += 1;
    });
    for (const name of ["a", "b", "c"]) uploads.share("birds", song, { name });
    uploads.share("larks", song);
    const names = () => uploads.of("birds").map(({ name }) => name);
    expect([files.begun.length, names(), uploads.of("larks").map(({ name }) => name)]).toEqual([2, ["a", "b", "c"], ["song.txt"]]);
    expect(uploads.of("birds")).toBe(uploads.of("birds"));
    files.begun[0]?.options.onProgress?.({ bytes: 4, total: 8 });
    expect(uploads.of("birds")[0]?.progress).toEqual({ bytes: 4, total: 8 });
    files.begun[0]?.resolve();
    await settled();
    expect([files.begun.length, names()]).toEqual([3, ["b", "c"]]);
    files.begun[1]?.reject(Object.assign(new Error("cut"), { code: "unavailable" }));
    await settled();
    const [failed] = uploads.of("birds");
    expect([failed?.error, failed?.progress, files.begun.length]).toMatchObject([{ message: "cut" }, undefined, 4]);
    uploads.retry(failed?.id ?? 0);
    expect(uploads.of("birds")[0]?.error).toBeUndefined();
    for (const { id } of uploads.of("birds")) uploads.discard(id);
    await settled();
    expect([names(), files.begun[2]?.options.signal?.aborted, files.begun.length]).toEqual([[], true, 4]);
    files.begun[3]?.resolve();
    await settled();
    expect(service.calls("group.share-file")).toHaveLength(2);
    expect(changes).toBeGreaterThan(6);
    stop();
    for (let n = 0; n < 20; n++) uploads.share("birds", song);
    expect(() => uploads.share("birds", song)).toThrow(expect.objectContaining({ code: "limit_exceeded" }));
  });

  it("[CT60] are there page by page, and follow what is shared and taken off", async () => {
    let all = [3, 2, 1];
    service.answers["group.files"] = ({ before = 9 }) => {
      const rest = all.filter((file) => file < Number(before));
      return { files: rest.slice(0, 2).map((file) => sharedFile(file, `f${file}`)), ...(rest.length > 2 && { next: rest[1] }) };
    };
    const list = filesIn(chats, "birds");
    const close = list.open();
    const there = () => list.state.rows.map(({ file }) => file);
    await settled();
    expect([there(), list.state.more]).toEqual([[3, 2], true]);
    list.loadMore();
    await settled();
    expect([there(), list.state.more]).toEqual([[3, 2, 1], false]);
    all = [4, 3, 1];
    service.passes({ kind: "fileShared", file: sharedFile(4, "f4") });
    service.passes({ kind: "fileDropped", file: 2, name: "f2" });
    await settled();
    expect(there()).toEqual([4, 3, 1]);
    const before = list.state;
    service.passes({ kind: "fileDropped", file: 2, name: "f2" }, "larks");
    await settled();
    expect(list.state).toBe(before);
    close();
  });
});
