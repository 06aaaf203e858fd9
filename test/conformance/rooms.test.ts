import { ChatTokenBuilder } from "agora-token";
import { afterEach, describe, expect, it } from "vitest";
import { createRoom, openRoom, type Room, type RoomMessage } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { asServer, fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { startCutProxy } from "../support/cut-proxy.ts";

const open: Client[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function login(user: string, more: { url?: string; singleSocket?: boolean; token?: () => string } = {}): Promise<Client> {
  const client = await connect({ url: service().url, app: sharedApp().id, user, token: () => tokenFor(user), ...more });
  open.push(client);
  return client;
}

const textsOf = (messages: readonly RoomMessage[]): string[] => messages.flatMap(({ content }) => (content.type === "text" ? [content.text] : []));
const valuesOf = (room: Room): Record<string, string> => Object.fromEntries([...room.keys].map(([key, { value }]) => [key, value]));

/** A room of Ann's, with Bob in it on one socket. */
async function stage(details = {}) {
  const [ann, bob, name] = [fresh("ann"), fresh("bob"), fresh("stage")];
  const a = await login(ann);
  await createRoom(a, name, { name: "Stage", ...details });
  return { ann, bob, name, a, ours: await openRoom(a, name) };
}

describe("rooms over real sockets", () => {
  it("[RE1] [RC3] comes in with the last messages, follows what is said and recalled, and has the state as it is", async () => {
    const { ann, bob, name, ours } = await stage({ description: "tea" });
    for (const text of ["one", "two", "three"]) await ours.send(text);
    const theirs = await openRoom(await login(bob, { singleSocket: true }), name, { last: 2 });
    expect(textsOf(theirs.messages)).toEqual(["two", "three"]);
    expect(theirs).toMatchObject({ owner: ann, role: "member", muted: false, count: 2, details: { name: "Stage", description: "tea" } });
    const heard: string[] = [];
    theirs.on("message", ({ content }) => heard.push(content.type === "text" ? content.text : content.type));
    await Promise.all(["four", "five"].map((text) => ours.send(text)));
    await theirs.send({ type: "custom", event: "gift", params: { what: "rose" } }, { priority: "high" });
    await expect.poll(() => heard).toEqual(["four", "five", "custom"]);
    const id = ours.messages.at(-1)?.id ?? "";
    await theirs.recall(id);
    for (const room of [ours, theirs]) await expect.poll(() => textsOf(room.messages).slice(-2)).toEqual(["four", "five"]);
    await ours.call("room.update", { announcement: "at five" });
    await ours.call("room.mute", { users: [bob], on: true });
    await expect.poll(() => theirs.muted).toBe(true);
    expect(theirs.details.announcement).toBe("at five");
    await expect(theirs.send("let me")).rejects.toMatchObject({ code: "forbidden" });
    await ours.setKeys({ "seat.1": ann });
    await expect.poll(() => valuesOf(theirs)).toEqual({ "seat.1": ann });
    expect(await theirs.setKeys({ "seat.1": bob, "seat.2": bob })).toMatchObject({ failed: [{ key: "seat.1" }] });
    await theirs.leave();
    await expect.poll(() => valuesOf(ours)).toEqual({ "seat.1": ann });
    await expect(openRoom(await login(fresh("cho")), fresh("nowhere"))).rejects.toMatchObject({ code: "not_found" });
  });

  it("[RE6] [RC10] [RC11] [RC12] shows messages as they are edited, pins, and what is for oneself alone", async () => {
    const { ann, bob, name, ours } = await stage();
    const cho = await openRoom(await login(fresh("cho")), name);
    await ours.send("one");
    const theirs = await openRoom(await login(bob, { singleSocket: true }), name);
    const edited: unknown[] = [];
    theirs.on("edited", ({ edit, message }) => edited.push([edit.edited.times, message?.content]));
    const [{ id = "" } = {}] = theirs.messages;
    expect(await ours.edit(id, "one and only")).toMatchObject({ edited: { by: ann, times: 1 } });
    await expect.poll(() => edited).toEqual([[1, { type: "text", text: "one and only" }]]);
    for (const room of [ours, theirs, cho]) await expect.poll(() => textsOf(room.messages)).toEqual(["one and only"]);
    const late = await openRoom(await login(fresh("dan")), name);
    expect(late.messages).toMatchObject([{ id, edited: { times: 1 } }]);
    const pinned = new Promise((resolve) => cho.on("event", ({ event }) => event.kind === "pinned" && resolve(event.pin.message.id)));
    await theirs.pin(id);
    expect(await pinned).toBe(id);
    expect(await cho.pins()).toMatchObject([{ by: bob, message: { id } }]);
    await theirs.pin(id, false);
    expect(await cho.pins()).toEqual([]);
    const heard: unknown[] = [];
    theirs.on("message", ({ content, receivers }) => heard.push([content, receivers]));
    expect(await ours.send("psst", { receivers: [bob, "nobody"] })).toMatchObject({ absent: ["nobody"] });
    await ours.send("for all");
    await expect.poll(() => textsOf(theirs.messages)).toEqual(["one and only", "psst", "for all"]);
    expect(heard[0]).toEqual([{ type: "text", text: "psst" }, [bob, "nobody"]]);
    await expect.poll(() => textsOf(ours.messages)).toEqual(["one and only", "psst", "for all"]);
    await expect.poll(() => textsOf(cho.messages)).toEqual(["one and only", "for all"]);
  });

  it("[RE2] who was cut off has what was said, and the state as it is, once it is back", async () => {
    const { bob, name, ours } = await stage();
    const proxy = await startCutProxy(service().url);
    try {
      const client = await login(bob, { url: proxy.url });
      const theirs = await openRoom(client, name);
      await theirs.setKeys({ mine: "1" });
      proxy.bar(true);
      proxy.cut();
      await expect.poll(() => theirs.state).toBe("reconnecting");
      for (const text of ["one", "two"]) await ours.send(text);
      await ours.setKeys({ mine: "2", other: "3" }, { force: true });
      await ours.call("room.update", { name: "Other stage" });
      proxy.bar(false);
      client.wake();
      await expect.poll(() => textsOf(theirs.messages)).toEqual(["one", "two"]);
      await expect.poll(() => valuesOf(theirs)).toEqual({ mine: "2", other: "3" });
      await expect.poll(() => theirs.details.name).toBe("Other stage");
    } finally {
      await proxy.stop();
    }
  });

  it("[RE4] [RJ1] [RJ2] who is removed, blocked, or whose room is dismissed hears it; a chat token is enough to come", async () => {
    const { bob, name, ours } = await stage();
    const { id, certificate } = sharedApp();
    const client = await login(bob, { token: () => ChatTokenBuilder.buildUserToken(id, certificate, bob, 600) });
    const sentOut = async (way: () => Promise<unknown>): Promise<void> => {
      const theirs = await openRoom(client, name);
      const closed = new Promise((resolve) => theirs.on("closed", resolve));
      await way();
      expect(await closed).toMatchObject({ code: 4209, reason: "removed from the room" });
    };
    await sentOut(() => ours.call("room.remove", { users: [bob] }));
    await sentOut(() => ours.call("room.block", { users: [bob], on: true }));
    await expect(openRoom(client, name)).rejects.toMatchObject({ code: "forbidden" });
    expect((await asServer("PUT", `/v1/rooms/${name}/lists/block`, { users: [bob], on: false })).status).toBe(200);
    const theirs = await openRoom(client, name);
    const closed = new Promise((resolve) => theirs.on("closed", resolve));
    await ours.call("room.dismiss", {});
    expect(await closed).toMatchObject({ code: 4209 });
    await expect(openRoom(client, name)).rejects.toMatchObject({ code: "gone" });
  });
});
