import { ChatTokenBuilder } from "agora-token";
import { afterEach, describe, expect, it } from "vitest";
import { type Chats, MemoryStore, openChat } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import type { MessageRecord } from "../../src/protocol/messages/conversation.ts";
import { asServer, fresh, http, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { startCutProxy } from "../support/cut-proxy.ts";
import { APP, CERTIFICATE, startKillable } from "../support/killable.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

interface Login {
  readonly client: Client;
  readonly chats: Chats;
}

async function login(user: string, device: string, url = service().url, store = new MemoryStore()): Promise<Login> {
  const client = await connect({ url, app: sharedApp().id, user, device, token: () => tokenFor(user) });
  const chats = await openChat(client, { store });
  open.push(client, chats);
  await expect.poll(() => chats.synced).toBe(true);
  return { client, chats };
}

const textsOf = (records: readonly MessageRecord[]): string[] => records.flatMap(({ content }) => (content?.type === "text" ? [content.text] : [])).reverse();

describe("chats over real sockets", () => {
  it("[CT1] [CT5] [CT7] a message, its edit, a reaction and its read mark are with every device of both", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    const [a, b, b2] = [await login(ann, "phone"), await login(bob, "phone"), await login(bob, "laptop")];
    const toBob = a.chats.conversation(bob);
    expect(await toBob.send("你好", { ext: { mood: "fine" } }).sent).toMatchObject({ seq: 1, id: expect.stringMatching(/^\d+$/) });
    for (const { chats } of [b, b2]) {
      await expect.poll(() => chats.conversation(ann).state?.last).toMatchObject({ from: ann, content: { text: "你好" }, ext: { mood: "fine" } });
      expect(chats.unread).toBe(1);
    }
    await toBob.edit(1, { content: "你们好" });
    await b2.chats.conversation(ann).react(1, "👋");
    await b.chats.conversation(ann).read();
    for (const { chats } of [b, b2]) await expect.poll(() => chats.unread).toBe(0);
    await expect.poll(() => toBob.state?.last && toBob.receiptOf(toBob.state.last)).toBe("read");
    for (const chat of [toBob, b.chats.conversation(ann), b2.chats.conversation(ann)]) {
      await expect
        .poll(() => chat.state?.last)
        .toMatchObject({ content: { text: "你们好" }, edited: { times: 1 }, reactions: [{ reaction: "👋", count: 1, users: [bob] }] });
    }
    expect(await toBob.receipts(1)).toEqual({ delivered: [bob], read: [bob], counts: { of: 1, delivered: 1, read: 1 } });
  });

  it("[CT2] [CT8] who was cut off has everything once it is back, and what was sent meanwhile is there once", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    const proxy = await startCutProxy(service().url);
    try {
      const [a, b] = [await login(ann, "phone", proxy.url), await login(bob, "phone")];
      await a.chats.conversation(bob).send("m0").sent;
      proxy.bar(true);
      proxy.cut();
      const mine = [a.chats.conversation(bob).send("a1"), a.chats.conversation(bob).send("a2")];
      for (const text of ["b1", "b2", "b3"]) await b.chats.conversation(ann).send(text).sent;
      await b.chats.conversation(ann).recall(3);
      proxy.bar(false);
      a.client.wake();
      await Promise.all(mine.map(({ sent }) => sent));
      await expect.poll(() => a.chats.synced).toBe(true);
      const texts = ["m0", "b1", "b3", "a1", "a2"];
      await expect.poll(async () => textsOf(await a.chats.conversation(bob).messages())).toEqual(texts);
      await expect.poll(async () => textsOf(await b.chats.conversation(ann).messages())).toEqual(texts);
      expect(a.chats.conversation(bob).unread).toBe(2);
    } finally {
      await proxy.stop();
    }
  });

  it("[CV21] [CV25] [TK23] [PU2] an assistant's answer grows before its reader, who came with a chat token, until it is deactivated", async () => {
    const [ann, assistant] = [fresh("ann"), fresh("assistant")];
    const { id: app, certificate } = sharedApp();
    const token = () => ChatTokenBuilder.buildUserToken(app, certificate, ann, 600);
    const client = await connect({ url: service().url, app, user: ann, device: "phone", token });
    const chats = await openChat(client);
    open.push(client, chats);
    await expect.poll(() => chats.synced).toBe(true);
    await expect(client.call("peer.send", { to: assistant, data: "x" })).rejects.toMatchObject({ code: "forbidden" });
    const messages = `/v1/conversations/single/${ann}/messages`;
    const text = (words: string) => ({ type: "text", text: words });
    const begun = await asServer("POST", messages, { user: assistant, key: "answer", content: text("Let"), growing: true, mentions: [ann] });
    expect([begun.status, begun.body.seq]).toEqual([200, 1]);
    const answer = () => chats.conversation(assistant).state?.last;
    await expect.poll(answer).toMatchObject({ content: text("Let"), growing: true, mentions: [ann] });
    const parts = [" me", " see", ": 42"];
    let at = 3;
    const appended = parts.map((part, index) => {
      const body = { user: assistant, at, text: part, ...(index === parts.length - 1 && { end: true }) };
      at += part.length;
      return body;
    });
    for (const body of appended) expect((await asServer("POST", `${messages}/1/append`, body)).status).toBe(200);
    await expect.poll(answer).toMatchObject({ content: text("Let me see: 42") });
    expect(answer()?.growing).toBeUndefined();
    expect((await asServer("POST", `${messages}/1/append`, appended[0])).body).toEqual({ length: 14 });
    expect((await asServer("POST", `${messages}/1/append`, { user: assistant, at: 14, text: "!" })).status).toBe(410);
    expect((await asServer("POST", `/v1/users/${ann}/deactivate`, {})).status).toBe(200);
    await expect.poll(() => client.state).toBe("closed");
    const byToken = { authorization: `Bearer ${token()}`, "x-wigwag-app": app, "x-wigwag-user": ann };
    await expect.poll(async () => (await http("GET", `/v1/users/${ann}/conversations`, undefined, byToken)).status, { timeout: 20_000 }).toBe(403);
    expect((await asServer("POST", `/v1/users/${ann}/activate`, {})).status).toBe(200);
  });

  it("[CD6] what was acknowledged outlives a kill of the service, and is there once", { timeout: 60_000 }, async () => {
    const killable = await startKillable();
    try {
      const user = async (name: string): Promise<Login> => {
        const { url } = killable.server;
        const token = () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: name, expireSeconds: 600 });
        const client = await connect({ url, app: APP, user: name, device: "phone", token });
        const chats = await openChat(client);
        open.push(client, chats);
        return { client, chats };
      };
      const [a, b] = [await user("ann"), await user("bob")];
      const sent = Array.from({ length: 30 }, (_, n) => a.chats.conversation("bob").send(`m${n}`));
      await sent[10]?.sent;
      await killable.server.kill();
      await killable.server.restart();
      for (const { client } of [a, b]) client.wake();
      await Promise.all(sent.map((each) => each.sent));
      const texts = sent.map((_, n) => `m${n}`);
      for (const [chats, other] of [
        [a.chats, "bob"],
        [b.chats, "ann"],
      ] as const) {
        await expect.poll(async () => textsOf(await chats.conversation(other).messages()), { timeout: 30_000 }).toEqual(texts);
      }
    } finally {
      await killable.end();
    }
  });
});
