import { afterEach, describe, expect, it, vi } from "vitest";
import { CHAT_LIMITS } from "../../src/protocol/chat-limits.ts";
import { type AppSettings, DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { toHex } from "../../src/util/hex.ts";
import { encodeUtf8 } from "../../src/util/text.ts";
import { Chatter, words } from "./chatter.ts";
import { DEV_APP } from "./client.ts";
import { rest } from "./rest.ts";
import { direct } from "./room-member.ts";

const URL_OF_APP = "https://app.example/check";
const SECRET = "a-secret-of-the-app-s-own";
type Question = Record<string, unknown> & { readonly content?: { readonly text?: string } };
type Verdict = object | Response | Promise<object | Response>;

let count = 0;
const people = () => {
  const n = ++count;
  return { ann: `mh-ann-${n}`, bob: `mh-bob-${n}` };
};
const hooked = (more: Partial<AppSettings> = {}) => ({
  settings: { ...DEFAULT_SETTINGS, messageHookUrl: URL_OF_APP, messageHookSecret: SECRET, messageHookTimeoutMs: CHAT_LIMITS.hookTimeoutMaxMs, ...more },
});

/** The app's own server; what it was asked, in order. */
function appServer(answer: (question: Question) => Verdict) {
  const asked: { question: Question; body: string; signature: string | null }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    const body = new TextDecoder().decode(init?.body as Uint8Array);
    const question = JSON.parse(body) as Question;
    expect([url, init?.redirect]).toEqual([URL_OF_APP, "manual"]);
    asked.push({ question, body, signature: new Headers(init?.headers).get("x-wigwag-signature") });
    const verdict = await Promise.race([
      answer(question),
      new Promise<never>((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("it took too long")))),
    ]);
    return verdict instanceof Response ? verdict : Response.json(verdict);
  });
  return asked;
}

afterEach(() => void vi.restoreAllMocks());

describe("the app's word on a message", () => {
  it("[MH1] is asked for before anybody gets it, signed, for sending, editing and going on, by sockets and REST", async () => {
    const { ann, bob } = people();
    const asked = appServer(() => ({ pass: true }));
    const [a, b] = [await Chatter.login(ann, hooked()), await Chatter.login(bob, hooked())];
    const conversation = { type: "single", id: bob };
    await a.send(bob, "hello", { ext: { mood: "fine" } });
    await a.ok("message.edit", { conversation, seq: 1, content: words("hello!") });
    await a.ok("message.send", { conversation, key: "growing", content: words("I"), growing: true });
    await a.ok("message.append", { conversation, seq: 3, at: 1, text: " think", end: true });
    await a.ok("message.recall", { conversation, seq: 1 });
    await b.ok("message.react", { conversation: { type: "single", id: ann }, seq: 3, reaction: "x", on: true });
    await rest("POST", `/conversations/single/${bob}/messages`, { user: ann, key: "server", content: words("of a server") });
    expect(asked.map(({ question }) => question)).toMatchObject([
      { type: "message.send", app: DEV_APP, from: ann, conversation, key: "hello", content: words("hello"), ext: { mood: "fine" } },
      { type: "message.edit", from: ann, seq: 1, content: words("hello!") },
      { type: "message.send", content: words("I") },
      { type: "message.append", seq: 3, at: 1, text: " think" },
    ]);
    const key = await crypto.subtle.importKey("raw", encodeUtf8(SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const signed = toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encodeUtf8(asked[0]?.body ?? ""))));
    expect(asked[0]?.signature).toBe(`sha256=${signed}`);
  });

  it("[MH2] refuses, or puts another text in its place, which everybody has, the sender included", async () => {
    const { ann, bob } = people();
    appServer(({ content }) =>
      content?.text?.includes("rude") ? { pass: false, reason: "be kind" } : { pass: true, text: content?.text?.replace("damn", "****") },
    );
    const [a, b] = [await Chatter.login(ann, hooked()), await Chatter.login(bob, hooked())];
    const refused = await a.device.request("message.send", { conversation: { type: "single", id: bob }, key: "rude", content: words("rude") });
    expect(refused.error).toMatchObject({ code: "forbidden", field: "content", message: "be kind", retry: "never" });
    expect(await a.send(bob, "damn it")).toMatchObject({ seq: 1, replaced: true });
    expect(await a.send(bob, "fine")).not.toHaveProperty("replaced");
    await Promise.all([a.until(2), b.until(2)]);
    expect([a.texts, b.texts]).toEqual([
      ["**** it", "fine"],
      ["**** it", "fine"],
    ]);
    expect(await a.code("message.edit", { conversation: { type: "single", id: bob }, seq: 2, content: words("rude") })).toBe("forbidden");
  });

  it.each([
    ["an error", () => new Response("no", { status: 500 })],
    ["elsewhere", () => new Response(null, { status: 302, headers: { location: "/elsewhere" } })],
    ["no verdict", () => ({ valid: true })],
    ["too much", () => new Response(`{"pass":false,"x":"${"x".repeat(CHAT_LIMITS.hookAnswerBytes)}"}`)],
    ["nothing in time", () => new Promise<never>(() => {})],
  ])("[MH3] %s for an answer: the message passes, or does not where the app has it so", async (_what, answer) => {
    const { ann, bob } = people();
    const asked = appServer(answer);
    const quick = { messageHookTimeoutMs: 50 };
    const a = await Chatter.login(ann, hooked(quick));
    expect(await a.send(bob, "first")).toMatchObject({ seq: 1 });
    const strict = await Chatter.login(bob, hooked({ ...quick, messageHookFailure: "refuse" }));
    const refused = await strict.device.request("message.send", { conversation: { type: "single", id: ann }, key: "k", content: words("second") });
    expect(refused.error).toMatchObject({ code: "unavailable", field: "content", retry: "later" });
    expect(asked).toHaveLength(2);
  });

  it("[MH4] messages of a conversation keep their order, however long each answer takes, and another conversation waits for none", async () => {
    const { ann, bob } = people();
    let release = (_: object): void => {};
    const held = new Promise<object>((resolve) => {
      release = resolve;
    });
    appServer(({ content }) => (content?.text === "slow" ? held : { pass: true }));
    const a = await Chatter.login(ann, hooked());
    const first = a.send(bob, "slow");
    const second = a.send(bob, "quick");
    expect(await a.send(`${bob}-other`, "elsewhere")).toMatchObject({ seq: 1 });
    release({ pass: true });
    expect([(await first).seq, (await second).seq]).toEqual([1, 2]);
  });

  it("[MH1] [MH2] [MH4] is asked for in rooms: over sockets of both kinds, in each user's order, and not about what the room does not let in", async () => {
    const { ann, bob } = people();
    const asked = appServer(({ content }) =>
      content?.text?.includes("rude") ? { pass: false, reason: "be kind" } : { pass: true, text: content?.text?.replace("damn", "****") },
    );
    const a = await Chatter.login(ann, hooked());
    const name = `hooked-${ann}`;
    await a.ok("room.create", { room: name });
    await a.ok("channel.join", { channel: { type: "room", name }, via: "session" });
    expect(await a.ok("room.send", { room: name, key: "1", content: words("damn it") })).toMatchObject({ id: expect.any(String), replaced: true });
    const { id } = await a.ok("room.send", { room: name, key: "2", content: words("fine") });
    expect(await a.code("room.send", { room: name, key: "3", content: words("rude") })).toBe("forbidden");
    expect(await a.code("room.edit", { room: name, id, content: words("rude") })).toBe("forbidden");
    expect(await a.code("room.send", { room: name, key: "4", content: words("rude"), receivers: [bob] })).toBe("forbidden");
    const socket = await direct(name, bob, hooked());
    await socket.next("welcome");
    socket.post([{ type: "request", id: 1, op: "room.send", input: { key: "5", content: words("rude, too") } }]);
    expect(await socket.replyTo(1)).toMatchObject({ error: { code: "forbidden", message: "be kind" } });
    await a.ok("room.mute", { room: name, users: [bob], on: true });
    socket.post([{ type: "request", id: 2, op: "room.send", input: { key: "6", content: words("muted") } }]);
    expect(await socket.replyTo(2)).toMatchObject({ error: { code: "forbidden" } });
    await rest("POST", `/rooms/${name}/messages`, { key: "7", from: ann, content: words("of a server, damn") });
    expect(asked.map(({ question }) => [question.type, question.from, (question.conversation as { type: string }).type, question.content?.text])).toEqual([
      ["room.send", ann, "room", "damn it"],
      ["room.send", ann, "room", "fine"],
      ["room.send", ann, "room", "rude"],
      ["room.edit", ann, "room", "rude"],
      ["room.send", ann, "room", "rude"],
      ["room.send", bob, "room", "rude, too"],
    ]);
    const { messages } = await a.ok("room.history", { room: name, order: "oldest-first" });
    expect(messages).toMatchObject([{ content: words("**** it") }, { content: words("fine") }, { content: words("of a server, damn") }]);
  });

  it("[MH5] its settings are bounded", async () => {
    const wrong = [
      { messageHookUrl: "http://example.com" },
      { messageHookSecret: "short" },
      { messageHookTimeoutMs: CHAT_LIMITS.hookTimeoutMaxMs + 1 },
      { messageHookTimeoutMs: 49 },
      { messageHookFailure: "perhaps" },
    ];
    for (const one of wrong) expect((await rest("PATCH", "/settings", one)).status).toBe(400);
  });
});
