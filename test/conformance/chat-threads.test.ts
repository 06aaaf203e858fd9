import { afterEach, describe, expect, it } from "vitest";
import { type Chats, combine, groupsOf, openChat, openCombined, threadsOf } from "../../src/client/chat/index.ts";
import { connect } from "../../src/client/index.ts";
import { media } from "../../src/client/media/index.ts";
import { fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function login(user: string): Promise<Chats> {
  const client = await connect({ url: service().url, app: sharedApp().id, user, device: "phone", token: () => tokenFor(user) });
  const chats = await openChat(client, { media });
  open.push(client, chats);
  await expect.poll(() => chats.synced).toBe(true);
  return chats;
}

describe("threads over real sockets", () => {
  it("[CT70] [CT71] [CT72] [TH7] a thread is opened, joined, written in with a file, counted, and left with its group", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    const [a, b] = [await login(ann), await login(bob)];
    const { id: group } = await groupsOf(a).create({ name: "Birds", members: [bob] });
    const [ofAnn, ofBob] = [threadsOf(a), threadsOf(b)];
    const { seq = 0 } = await a.conversation({ type: "group", id: group }).send("who has seen herons?").sent;
    await expect.poll(() => b.conversation({ type: "group", id: group }).state?.last?.seq).toBe(seq);
    const stop = ofBob.watch(group);
    const { thread } = await ofAnn.create(group, seq, "Herons");
    await expect.poll(() => ofBob.about(group, seq)).toMatchObject({ thread, name: "Herons", joined: false, messages: 0 });
    await a.conversation(ofAnn.ref(thread)).send("I saw two").sent;
    await expect.poll(() => ofBob.about(group, seq)).toMatchObject({ messages: 1, last: { content: { text: "I saw two" } }, unread: 0 });
    expect(ofBob.groupOf(thread)).toBe(group);
    await ofBob.join(group, thread);
    await expect.poll(async () => (await b.conversation(ofBob.ref(thread)).messages()).length).toBe(1);
    const file = new Blob(["two herons"], { type: "text/plain" });
    const { seq: filed = 0 } = await a.conversation(ofAnn.ref(thread)).sendFile(file, { type: "file", name: "herons.txt" }).sent;
    await expect.poll(() => ofBob.about(group, seq)).toMatchObject({ joined: true, messages: 2, last: { seq: filed }, unread: expect.any(Number) });
    const sent = ofBob.about(group, seq)?.last?.content;
    if (sent?.type !== "file") throw new Error("the file is not there");
    expect(await (await b.media?.download(sent.media))?.text()).toBe("two herons");
    expect(ofBob.unreadIn(group)).toBeGreaterThan(0);
    await b.conversation(ofBob.ref(thread)).read();
    expect(ofBob.unreadIn(group)).toBe(0);
    await ofAnn.rename(group, thread, "Two herons");
    await expect.poll(() => ofBob.of(thread)?.name).toBe("Two herons");
    expect((await ofBob.members(group, thread)).members.map(({ user }) => user)).toEqual([ann, bob].sort());
    await groupsOf(a).remove(group, [bob]);
    await expect.poll(() => ofBob.inGroup(group)).toEqual([]);
    await expect.poll(() => b.conversation(ofBob.ref(thread)).state?.entry?.left).toBeDefined();
    await expect(b.media?.download(sent.media)).rejects.toMatchObject({ code: "forbidden" });
    stop();
  });

  it("[CT73] messages are combined with their files, for those who get them", async () => {
    const [ann, bob, cho] = [fresh("ann"), fresh("bob"), fresh("cho")];
    const [a, c] = [await login(ann), await login(cho)];
    const toBob = a.conversation(bob);
    await toBob.send("look").sent;
    await toBob.sendFile(new Blob(["a heron"], { type: "text/plain" }), { type: "file", name: "heron.txt" }).sent;
    await expect.poll(async () => (await toBob.messages()).length).toBe(2);
    const messages = (await toBob.messages()).reverse();
    await (await combine(a, messages, cho, { title: "Ann and Bob", summary: "look" })).sent;
    await expect.poll(() => c.conversation(ann).state?.last?.content).toMatchObject({ type: "combined", count: 2, level: 1 });
    const content = c.conversation(ann).state?.last?.content;
    if (content?.type !== "combined") throw new Error("no combined message came");
    const [first, second] = await openCombined(c, content);
    expect(first).toMatchObject({ from: ann, content: { text: "look" } });
    if (second?.content.type !== "file") throw new Error("the file is not in it");
    expect(await (await c.media?.download(second.content.media))?.text()).toBe("a heron");
  });
});
