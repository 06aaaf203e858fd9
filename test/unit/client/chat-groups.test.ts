import { beforeEach, describe, expect, it } from "vitest";
import { type Chats, groupsOf, MemberList, MemoryStore, type OwnChats, openChat } from "../../../src/client/chat/index.ts";
import { asMember, FakeGroups } from "../../support/fake-groups.ts";

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
let service: FakeGroups;
let store: MemoryStore;
let chats: OwnChats;
beforeEach(async () => {
  service = new FakeGroups();
  store = new MemoryStore();
  chats = await openChat(service.client(), { store });
});

describe("groups", () => {
  it("[CT50] are known as they were last, offline too; follow what is told of them; and are asked for once, and after a connect", async () => {
    const groups = groupsOf(chats);
    expect(groupsOf(chats)).toBe(groups);
    const told: string[][] = [];
    chats.on("groups", ({ groups }) => told.push([...groups]));
    groups.want(["birds", "nothing"]);
    groups.want(["birds"]);
    await settled();
    expect(service.calls("group.get")).toEqual([{ group: "birds" }, { group: "nothing" }]);
    expect([groups.nameOf("birds"), groups.nameOf("nothing"), groups.of("birds")?.role]).toEqual(["Birds", "nothing", "member"]);
    service.passes({ kind: "updated", changed: { name: "Larks", announcement: "Sunday" } });
    service.passes({ kind: "joined", users: ["di"], count: 4 });
    expect(groups.of("birds")).toMatchObject({ members: 4, details: { name: "Larks", announcement: "Sunday" } });
    service.groups.birds = { ...asMember, role: "admin", members: 4 };
    service.passes({ kind: "appointed", user: "bob" });
    await settled();
    expect(groups.of("birds")?.role).toBe("admin");
    expect(told.length).toBeGreaterThanOrEqual(4);
    service.turn("reconnecting");
    const offline = await openChat("bob", { store });
    expect(groupsOf(offline).of("birds")?.role).toBe("admin");
    offline.close();
    const before = service.calls("group.get").length;
    service.turn("connected");
    await settled();
    expect(service.calls("group.get")).toHaveLength(before + 1);
    service.words({ kind: "removed", users: ["bob"] });
    expect([groups.of("birds")?.role, groups.nameOf("birds")]).toEqual([undefined, "Birds"]);
    groups.want(["birds"]);
    await groups.get("birds");
    expect(groups.of("birds")?.role).toBe("admin");
    // Its end was not heard: it is off the list all the same.
    service.groups = {};
    service.say("notice", { name: "conversation.entry", entry: { conversation: groups.ref("birds"), revision: 3, activeAt: 1, removed: true } });
    await settled();
    expect(groups.of("birds")?.role).toBeUndefined();
  });

  it("[CT50] stay ended where an answer from before the end comes after it", async () => {
    const groups = groupsOf(chats);
    groups.want(["birds"]);
    await settled();
    service.passes({ kind: "ownerChanged", owner: "cho", before: "ann" });
    // The question is on its way, and its answer is that of now.
    await Promise.resolve();
    service.groups = {};
    service.passes({ kind: "dismissed" });
    await settled();
    expect(groups.of("birds")?.role).toBeUndefined();
  });

  it("[CT51] are made, changed, entered and left; all that is asked is in the catalogue's shape", async () => {
    const groups = groupsOf(chats);
    service.groups.larks = asMember;
    const { id, failed } = await groups.create({ id: "larks", name: "Larks", public: true, approval: true, members: ["cho"] });
    expect([id, failed, groups.ref(id)]).toEqual(["larks", [], { type: "group", id: "larks" }]);
    expect(service.calls("group.create")).toEqual([{ group: "larks", name: "Larks", public: true, approval: true, members: ["cho"] }]);
    await groups.update(id, { description: "of the field" });
    await groups.announce(id, "At six.");
    await groups.transfer(id, "cho");
    await groups.appoint(id, "cho");
    expect(await groups.apply(id, "let me in")).toBe("applied");
    await groups.decide(id, "di", false, "no room");
    await groups.invite(id, ["di"]);
    await groups.answer(id, true, "");
    await groups.remove(id, ["di"]);
    await groups.block(id, ["di"], false);
    await groups.mute(id, ["di"], { until: 5 });
    await groups.allow(id, ["di"]);
    await groups.muteAll(id);
    await groups.setAttributes(id, { color: "red" });
    await groups.members(id, { limit: 2 });
    await groups.listed(id, "mute");
    await groups.asking(id, "application", { after: "bob" });
    await groups.shield(id);
    await groups.joined({ limit: 5 });
    await groups.files(id, { before: 9 });
    await groups.dropFile(id, 8);
    await groups.leave(id);
    await groups.dismiss(id);
    await settled();
    const asked = service.asked.filter(([op]) => op.startsWith("group.") && !["group.get", "group.create", "group.invitations"].includes(op));
    expect(asked).toEqual([
      ["group.update", { group: id, description: "of the field" }],
      ["group.update", { group: id, announcement: "At six." }],
      ["group.transfer", { group: id, owner: "cho" }],
      ["group.appoint", { group: id, member: "cho", on: true }],
      ["group.apply", { group: id, reason: "let me in" }],
      ["group.decide", { group: id, applicant: "di", accept: false, reason: "no room" }],
      ["group.invite", { group: id, users: ["di"] }],
      ["group.answer", { group: id, accept: true }],
      ["group.remove", { group: id, users: ["di"] }],
      ["group.block", { group: id, users: ["di"], on: false }],
      ["group.mute", { group: id, users: ["di"], on: true, until: 5 }],
      ["group.allow", { group: id, users: ["di"], on: true }],
      ["group.mute-all", { group: id, on: true }],
      ["group.set-attributes", { group: id, member: "bob", attributes: { color: "red" } }],
      ["group.members", { group: id, limit: 2 }],
      ["group.listed", { group: id, list: "mute" }],
      ["group.asking", { group: id, kind: "application", after: "bob" }],
      ["group.shield", { group: id, on: true }],
      ["group.joined", { limit: 5 }],
      ["group.files", { group: id, before: 9 }],
      ["group.drop-file", { group: id, file: 8 }],
      ["group.leave", { group: id }],
      ["group.dismiss", { group: id }],
    ]);
    const alone = await groups.create();
    expect(alone.id).toMatch(/^[\w-]{36}$/);
  }, 10_000);

  it("[CT52] tell what happens in them, and keep an invitation until it is answered, or comes to nothing", async () => {
    const groups = groupsOf(chats);
    const heard: unknown[] = [];
    chats.on("group", ({ group, from, event }) => heard.push([group, from, event.kind]));
    service.words({ kind: "invited", user: "bob", by: "ann", reason: "sing" }, "larks");
    service.words({ kind: "invited", user: "bob", by: "cho", reason: "" });
    service.words({ kind: "invited", user: "di", by: "cho", reason: "" });
    expect(heard).toHaveLength(3);
    const offline = await openChat("bob", { store });
    expect(groupsOf(offline).invitations).toMatchObject([
      { group: "birds", by: "cho" },
      { group: "larks", by: "ann", reason: "sing" },
    ]);
    offline.close();
    await groups.answer("birds", false, "busy");
    expect(groups.invitations.map(({ group }) => group)).toEqual(["larks"]);
    service.words({ kind: "dismissed" }, "larks");
    expect(groups.invitations).toEqual([]);
    service.say("notice", { name: "group.word", group: "larks", event: { kind: 7 } });
    expect(heard.at(-1)).toEqual(["larks", undefined, "dismissed"]);
  });

  it("[CT52] are asked for invitations that came while this device was away", async () => {
    service.invitations = [{ group: "larks", by: "ann", reason: "sing", at: 7 }];
    const groups = groupsOf(chats);
    const told: string[][] = [];
    chats.on("groups", (event) => told.push([...event.groups]));
    await settled();
    expect(groups.invitations).toEqual([{ group: "larks", by: "ann", reason: "sing", at: 7 }]);
    expect(told).toEqual([["larks"]]);
    service.turn("reconnecting");
    service.invitations = [];
    service.turn("connected");
    await settled();
    expect([groups.invitations, told]).toEqual([[], [["larks"], ["larks"]]]);
    // Heard late, it says when it was.
    service.say("notice", { name: "group.word", group: "birds", at: 5, event: { kind: "invited", user: "bob", by: "cho", reason: "" } });
    expect(groups.invitations).toEqual([{ group: "birds", by: "cho", reason: "", at: 5 }]);
  });

  it("[CT53] have their members page by page, which follow what happens", async () => {
    const list = new MemberList(chats as Chats, "birds");
    const close = list.open();
    const names = () => list.state.members.map(({ user }) => user);
    await settled();
    expect([names(), list.state.more, list.state.loading]).toEqual([["ann", "bob"], true, false]);
    list.loadMore();
    await settled();
    expect([names(), list.state.more]).toEqual([["ann", "bob", "cho"], false]);
    service.members = ["ann", "bo", "bob", "cho"];
    service.passes({ kind: "joined", users: ["bo"], count: 4 });
    await settled();
    expect(names()).toEqual(["ann", "bo", "bob", "cho"]);
    const before = list.state;
    service.passes({ kind: "updated", changed: { name: "x" } });
    await settled();
    expect(list.state).toBe(before);
    close();
    service.members = [];
    service.passes({ kind: "left", users: ["bo"], count: 3 });
    await settled();
    expect(list.state).toBe(before);
  });
});
