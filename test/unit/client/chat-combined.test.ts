import { beforeEach, describe, expect, it } from "vitest";
import {
  type ChatClient,
  type CombinedContent,
  type Content,
  combine,
  forward,
  type MessageRecord,
  type OwnChats,
  openChat,
  openCombined,
} from "../../../src/client/chat/index.ts";
import type { Media, MediaAudience } from "../../../src/client/media/media.ts";
import { OPERATION_BY_NAME } from "../../../src/protocol/operations/catalogue.ts";
import { must } from "../../../src/util/assert.ts";

/** Files by their ids; an id says for whom it is. */
class FakeMedia {
  readonly files = new Map<string, Blob>();

  async upload(file: Blob) {
    const media = `file${this.files.size + 1}`;
    this.files.set(media, file);
    return { media };
  }

  async addressed(media: string, to: MediaAudience): Promise<string> {
    const [name = ""] = media.split("~");
    return `${name}~${Object.entries(to).flat().join(".")}`;
  }

  async download(media: string): Promise<Blob> {
    return must(this.files.get(media.split("~")[0] ?? ""), "a file");
  }
}

let media: FakeMedia;
let chats: OwnChats;
let sent: { conversation: object; content: Content; ext?: unknown }[];
beforeEach(async () => {
  media = new FakeMedia();
  sent = [];
  const client = {
    user: "ann",
    state: "connected",
    fetch: () => Promise.reject(new Error("nothing is fetched")),
    on: () => () => {},
    call: async (op: string, input: Record<string, unknown>) => {
      must(OPERATION_BY_NAME.get(op), op).input.parse(input);
      if (op === "conversation.list") return { entries: [], revision: 0, more: false, behind: [] };
      if (op === "message.send") sent.push(input as never);
      return { seq: sent.length, ts: 1, id: String(sent.length) };
    },
  } as unknown as ChatClient;
  chats = await openChat(client, { media: () => media as unknown as Media });
});

const text = (words: string): Content => ({ type: "text", text: words });
const record = (seq: number, content: Content | undefined, facts: Partial<MessageRecord> = {}): MessageRecord => ({
  seq,
  version: seq,
  from: seq % 2 === 0 ? "bob" : "ann",
  ts: seq,
  key: `k${seq}`,
  ...(content !== undefined && { content }),
  ...facts,
});
const heading = { title: "Ann and Bob", summary: "ann: hello" };
/** What was sent last, as its receiver has it. */
const lastSent = (): CombinedContent => {
  const content = must(sent.at(-1), "a message").content;
  if (content.type !== "combined") throw new Error(content.type);
  return content;
};

describe("combined messages", () => {
  it("[CT73] hold several messages, with their files for those who get them, and may hold others of their kind", async () => {
    const picture: Content = { type: "image", media: "photo~chat.bob", thumbnail: "https://example.com/small.jpg" };
    const messages = [
      record(1, text("hello")),
      record(2, undefined, { recalled: { by: "bob", at: 2 } }),
      record(4, picture),
      record(5, { type: "command", action: "x" }),
    ];
    const first = await combine(
      chats,
      messages,
      { type: "group", id: "birds" },
      { ...heading, fallback: "two messages", nameOf: (user) => user.toUpperCase(), ext: { a: 1 } },
    );
    await first.sent;
    expect(sent).toMatchObject([{ conversation: { type: "group", id: "birds" }, ext: { a: 1 } }]);
    expect(lastSent()).toEqual({ type: "combined", ...heading, fallback: "two messages", count: 2, level: 1, media: "file1~group.birds" });
    expect(await openCombined(chats, lastSent())).toEqual([
      { from: "ann", name: "ANN", ts: 1, content: text("hello") },
      { from: "bob", name: "BOB", ts: 4, content: { ...picture, media: "photo~group.birds" } },
    ]);
    const second = await combine(chats, [record(6, lastSent()), record(7, text("see above"))], "cho", heading);
    await second.sent;
    expect(lastSent()).toMatchObject({ count: 2, level: 2, media: "file2~chat.cho" });
    const [inner, outer] = await openCombined(chats, lastSent());
    expect(inner).toMatchObject({ from: "bob", content: { title: "Ann and Bob", media: "" } });
    expect(inner?.messages?.[1]).toMatchObject({ content: { media: "photo~chat.cho", thumbnail: "https://example.com/small.jpg" } });
    expect(outer).toEqual({ from: "ann", ts: 7, content: text("see above") });
  });

  it("[CT73] are forwarded with what they hold, and other files without being uploaded again", async () => {
    await (await combine(chats, [record(1, { type: "file", media: "paper~chat.bob", name: "paper.pdf" })], "bob", heading)).sent;
    await (await forward(chats, lastSent(), { type: "thread", id: "12" }, { ext: { forwarded: true } })).sent;
    expect(lastSent()).toMatchObject({ media: "file2~thread.12", count: 1, level: 1 });
    expect(await openCombined(chats, lastSent())).toMatchObject([{ content: { media: "paper~thread.12" } }]);
    await (await forward(chats, { type: "audio", media: "voice~chat.bob" }, "cho")).sent;
    await (await forward(chats, text("hello"), "cho")).sent;
    expect(sent.slice(-2).map(({ content }) => content)).toEqual([{ type: "audio", media: "voice~chat.cho" }, text("hello")]);
    expect(media.files.size).toBe(2);
  });

  it("[CT73] have bounds: so many on a level, so many levels, so many in all", async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => record(index + 1, text("x")));
    await expect(combine(chats, [], "bob", heading)).rejects.toMatchObject({ code: "bad_request" });
    await expect(combine(chats, many(301), "bob", heading)).rejects.toMatchObject({ code: "limit_exceeded" });
    await (await combine(chats, many(300), "bob", heading)).sent;
    const full = lastSent();
    await expect(
      combine(
        chats,
        Array.from({ length: 10 }, () => record(1, full)),
        "bob",
        heading,
      ),
    ).rejects.toMatchObject({ code: "limit_exceeded" });
    await (await combine(chats, many(1), "bob", heading)).sent;
    for (let level = 2; level <= 10; level++) {
      await (await combine(chats, [record(1, lastSent())], "bob", heading)).sent;
      expect(lastSent().level).toBe(level);
    }
    await expect(combine(chats, [record(1, lastSent())], "bob", heading)).rejects.toMatchObject({ code: "limit_exceeded" });
    const offline = await openChat("ann");
    await expect(openCombined(offline, full)).rejects.toMatchObject({ code: "unavailable", retry: "later" });
  });

  it("[CT73] of others are read as far as they are in shape", async () => {
    const made = async (file: unknown): Promise<CombinedContent> => {
      const { media: id } = await media.upload(new Blob([typeof file === "string" ? file : JSON.stringify(file)]));
      return { type: "combined", media: id, ...heading, count: 1, level: 1 };
    };
    const format = "wigwag.combined/1";
    for (const file of ["nothing", "[]", { format: "other", messages: [] }, { format, messages: 7 }])
      await expect(openCombined(chats, await made(file))).rejects.toMatchObject({ code: "bad_request" });
    const good = { from: "bob", ts: 1, content: text("fine") };
    const bad = [
      7,
      { ...good, from: 7 },
      { ...good, ts: "now" },
      { ...good, content: { type: "text" } },
      { ...good, content: { type: "image", media: 7 } },
      { ...good, content: { type: "file", media: "x" } },
      { ...good, content: { type: "location", address: "here" } },
      { ...good, content: { type: "custom", event: "poll", params: { question: 7 } } },
      { ...good, content: { type: "combined", title: "x" } },
      { ...good, content: { type: "command", action: "x" } },
      { ...good, content: { type: "other" } },
    ];
    const kinds: Content[] = [
      { type: "file", media: "x", name: "x" },
      { type: "location", address: "here", latitude: 1, longitude: 2 },
      { type: "custom", event: "poll", params: { question: "?" } },
    ];
    const messages = [...bad, { ...good, name: 7, more: true }, ...kinds.map((content) => ({ ...good, content }))];
    expect(await openCombined(chats, await made({ format, messages }))).toEqual([good, ...kinds.map((content) => ({ ...good, content }))]);
    const nested = (level: number): unknown =>
      level === 0 ? good : { ...good, content: { type: "combined", title: "t", summary: "s", count: 1, level }, messages: [nested(level - 1)] };
    const deep = await openCombined(chats, await made({ format, messages: [nested(12)] }));
    const depth = (list: typeof deep): number => (list[0]?.messages ? 1 + depth(list[0].messages) : list.length);
    expect(depth(deep)).toBe(10);
    const wide = { format, messages: Array.from({ length: 400 }, () => good) };
    expect(await openCombined(chats, await made(wide))).toHaveLength(300);
    const large = await made(" ".repeat(8 * 1024 * 1024 + 1));
    await expect(openCombined(chats, large)).rejects.toMatchObject({ code: "too_large" });
  });
});
