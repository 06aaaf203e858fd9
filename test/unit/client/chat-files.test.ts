import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryStore, openChat } from "../../../src/client/chat/index.ts";
import type { Media, Upload } from "../../../src/client/media/index.ts";
import { must } from "../../../src/util/assert.ts";
import { DeviceHost, World } from "../../sim/chat/world.ts";
import { randomFrom } from "../../support/random.ts";

const TICK_MS = 100;

/** Uploads that the test lets go on and fail. */
class FakeFiles {
  readonly begun: { readonly file: Blob; readonly options: Upload; resolve(): void; reject(error: unknown): void }[] = [];
  readonly addressed: unknown[] = [];

  readonly media = (): Media =>
    ({
      upload: (file: Blob, options: Upload) =>
        new Promise((resolve, reject) => {
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
          this.begun.push({ file, options, resolve: () => resolve({ media: `own-${this.begun.length}`, size: file.size }), reject });
        }),
      addressed: async (media: string, to: object) => {
        this.addressed.push([media, to]);
        return `${media}-for-both`;
      },
    }) as unknown as Media;
}

async function setUp() {
  const world = new World(randomFrom(1));
  const pass = async (ms = 1_000): Promise<void> => {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      world.tick();
    }
  };
  const [ann, bob] = ["ann", "bob"].map((user) => new DeviceHost(world, world.user(user), "phone")) as [DeviceHost, DeviceHost];
  await bob.start();
  bob.connect();
  const files = new FakeFiles();
  const store = new MemoryStore();
  const open = () => openChat({ ...ann.client(), fetch: async () => new Response(), state: "connected" } as never, { store, media: files.media });
  ann.connect();
  await pass();
  return { pass, files, open, ann, bobs: must(bob.chats, "a program").conversation("ann") };
}

const file = new Blob(["a picture"], { type: "image/png" });
const image = { type: "image", name: "a.png", width: 4, height: 3 } as const;

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("a message with a file", () => {
  it("[CT16] is sent once its file is up, for both; what is sent later does not wait for that", async () => {
    const { pass, files, open, bobs } = await setUp();
    const chats = await open();
    const told: unknown[] = [];
    chats.on("outgoing", ({ content, state, progress }) => content.type === "image" && told.push(progress === undefined ? state : progress.bytes));
    const sent = chats.conversation("bob").sendFile(file, image);
    expect([sent.file, sent.content]).toEqual([file, { ...image, media: "", bytes: 9 }]);
    await pass();
    chats.conversation("bob").send("see the picture");
    await pass();
    expect((await bobs.messages()).map(({ content }) => content)).toEqual([{ type: "text", text: "see the picture" }]);
    const [begun] = files.begun;
    expect(begun?.options.name).toBe("a.png");
    begun?.options.onProgress?.({ bytes: 5, total: 9 });
    expect(sent.progress).toEqual({ bytes: 5, total: 9 });
    begun?.resolve();
    await pass();
    expect(await sent.sent).toMatchObject({ seq: 2 });
    expect((await bobs.messages())[0]?.content).toEqual({ ...image, media: "own-1-for-both", bytes: 9 });
    expect(files.addressed).toEqual([["own-1", { chat: "bob" }]]);
    expect(told).toEqual(["waiting", "uploading", 5, "waiting", "sending", "sent"]);
    chats.close();
  });

  it("[CT16] is called off while its file goes up, and nothing of it is sent", async () => {
    const { pass, files, open, bobs } = await setUp();
    const chats = await open();
    const sent = chats.conversation("bob").sendFile(file, image);
    await pass();
    expect(sent.state).toBe("uploading");
    sent.discard();
    await pass();
    expect([sent.state, files.begun[0]?.options.signal?.aborted, chats.conversation("bob").outgoing]).toEqual(["discarded", true, []]);
    await expect(sent.sent).rejects.toThrow("discarded");
    expect(await bobs.messages()).toEqual([]);
    chats.close();
  });

  it("[CT16] waits with its file over a restart, goes on after what passes, and has failed where it was refused", async () => {
    const { pass, files, open } = await setUp();
    const before = await open();
    before.conversation("bob").sendFile(file, image);
    await pass();
    before.close();
    const chats = await open();
    const [again] = chats.conversation("bob").outgoing;
    expect(await again?.file?.text()).toBe("a picture");
    await pass();
    files.begun[1]?.reject(Object.assign(new Error("not now"), { retry: "later", retryAfterMs: 500 }));
    await pass(300);
    expect([again?.state, files.begun.length]).toEqual(["waiting", 2]);
    await pass();
    files.begun[2]?.reject(Object.assign(new Error("no such type"), { retry: "never", code: "unsupported_type" }));
    await pass();
    expect([again?.state, again?.error]).toEqual(["failed", { code: "unsupported_type", message: "no such type" }]);
    again?.retry();
    await pass();
    files.begun[3]?.resolve();
    await pass();
    expect(again?.state).toBe("sent");
    chats.close();
  });

  it("[CT16] is refused where the chats have no files", async () => {
    const { pass, ann } = await setUp();
    const chats = await openChat(ann.client());
    const sent = chats.conversation("bob").sendFile(file, image);
    await pass();
    expect([sent.state, sent.error?.message]).toEqual(["failed", "these chats have no files: openChat was not given `media`"]);
    chats.close();
  });
});
