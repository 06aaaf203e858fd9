import { beforeEach, describe, expect, it } from "vitest";
import { askingIn, groupsOf, listedIn, MemoryStore, type OwnChats, openChat, publicGroupsOf } from "../../../src/client/chat/index.ts";
import { FakeGroups } from "../../support/fake-groups.ts";

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
let service: FakeGroups;
let store: MemoryStore;
let chats: OwnChats;
beforeEach(async () => {
  service = new FakeGroups();
  store = new MemoryStore();
  chats = await openChat(service.client(), { store });
});

describe("lists of a group", () => {
  it("[CT61] of who is muted, blocked or allowed follow what happens to them, and to no other", async () => {
    let muted = [{ user: "cho", until: 9 }];
    service.answers["group.listed"] = ({ list }) => ({ users: list === "mute" ? muted : [] });
    const list = listedIn(chats, "birds", "mute");
    const close = list.open();
    await settled();
    expect(list.state).toEqual({ rows: muted, more: false, loading: false, error: undefined });
    muted = [];
    service.passes({ kind: "unlisted", list: "mute", users: ["cho"] });
    await settled();
    expect(list.state.rows).toEqual([]);
    const before = list.state;
    service.passes({ kind: "listed", list: "allow", users: ["cho"] });
    await settled();
    expect(list.state).toBe(before);
    list.reload();
    await settled();
    expect(service.calls("group.listed")).toHaveLength(3);
    close();
    list.reload();
    service.passes({ kind: "listed", list: "mute", users: ["cho"] });
    await settled();
    expect(service.calls("group.listed")).toHaveLength(3);
  });

  it("[CT61] of who asks and who was asked follow them, and say why they could not be read", async () => {
    const asking = { application: [{ user: "di", reason: "please", at: 1 }], invitation: [] as object[] };
    service.answers["group.asking"] = ({ kind }) => ({ users: asking[kind as "application"] });
    const [applications, invitations] = [askingIn(chats, "birds", "application"), askingIn(chats, "birds", "invitation")];
    const closes = [applications.open(), invitations.open()];
    await settled();
    expect([applications.state.rows, invitations.state.rows]).toEqual([asking.application, []]);
    asking.application = [];
    service.passes({ kind: "applicationDeclined", user: "di", reason: "" });
    asking.invitation = [{ user: "eve", by: "ann", reason: "", at: 2 }];
    service.passes({ kind: "invited", user: "eve", by: "ann", reason: "" });
    await settled();
    expect([applications.state.rows, invitations.state.rows]).toEqual([[], asking.invitation]);
    service.answers["group.asking"] = () => {
      throw Object.assign(new Error("no more"), { code: "forbidden", retry: "never" });
    };
    service.passes({ kind: "joined", users: ["eve"], count: 4 });
    await settled();
    expect([applications.state.error, invitations.state.error]).toMatchObject([{ code: "forbidden" }, { code: "forbidden" }]);
    for (const close of closes) close();
  });

  it("[CT61] of public groups are there page by page, and are read again when somebody says so", async () => {
    const shown = {
      name: "Birds",
      description: "",
      avatar: "",
      public: true,
      approval: true,
      maxMembers: 200,
      disabled: false,
      createdAt: 1,
      owner: "ann",
      members: 2,
    };
    let all = ["birds", "larks", "owls"];
    service.answers["groups.public"] = ({ after = "" }) => {
      const rest = all.filter((group) => group > String(after));
      return { groups: rest.slice(0, 2).map((group) => ({ group, ...shown })), ...(rest.length > 2 && { next: rest[1] }) };
    };
    const list = publicGroupsOf(chats);
    const close = list.open();
    const there = () => list.state.rows.map(({ group }) => group);
    await settled();
    expect([there(), list.state.more]).toEqual([["birds", "larks"], true]);
    list.loadMore();
    await settled();
    expect([there(), list.state.more]).toEqual([["birds", "larks", "owls"], false]);
    all = ["owls"];
    service.passes({ kind: "dismissed" });
    await settled();
    expect(there()).toHaveLength(3);
    list.reload();
    await settled();
    expect(there()).toEqual(["owls"]);
    close();
  });

  it("[CT62] members' attributes are asked for ten in a call and once, are known offline, and follow what changes", async () => {
    const groups = groupsOf(chats);
    const users = Array.from({ length: 12 }, (_, n) => `u${n}`);
    service.answers["group.member-attributes"] = ({ users }) => ({
      members: (users as string[]).flatMap((user) => (user === "u0" ? [] : [{ user, attributes: { nickname: `N${user}` } }])),
    });
    const told: string[] = [];
    chats.on("groups", ({ groups }) => told.push(...groups));
    groups.wantAttributes("birds", users);
    groups.wantAttributes("birds", ["u1", "u2"]);
    await settled();
    expect(service.calls("group.member-attributes")).toEqual([
      { group: "birds", users: users.slice(0, 10) },
      { group: "birds", users: users.slice(10) },
    ]);
    expect([groups.attributesOf("birds", "u1"), groups.attributesOf("birds", "u0"), groups.attributesOf("birds", "nobody")]).toEqual([
      { nickname: "Nu1" },
      {},
      undefined,
    ]);
    groups.wantAttributes("birds", users);
    await settled();
    expect(service.calls("group.member-attributes")).toHaveLength(2);
    service.passes({ kind: "attributesChanged", user: "u1", attributes: { nickname: "", color: "red" } });
    service.passes({ kind: "attributesChanged", user: "nobody", attributes: { color: "red" } });
    expect([groups.attributesOf("birds", "u1"), groups.attributesOf("birds", "nobody")]).toEqual([{ color: "red" }, undefined]);
    expect(new Set(told)).toEqual(new Set(["birds"]));
    const offline = await openChat("bob", { store });
    expect([groupsOf(offline).attributesOf("birds", "u1"), groupsOf(offline).attributesOf("birds", "u11")]).toEqual([{ color: "red" }, { nickname: "Nu11" }]);
    offline.close();
    expect([...(await groups.attributes("birds", ["u0", "u3"]))]).toEqual([["u3", { nickname: "Nu3" }]]);
    // A page of members says theirs, too.
    service.answers["group.members"] = () => ({ members: [{ user: "bob", role: "member", joinedAt: 1, attributes: { nickname: "Bobby" } }] });
    await groups.members("birds");
    expect(groups.attributesOf("birds")).toEqual({ nickname: "Bobby" });
  });
});
