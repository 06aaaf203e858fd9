import { beforeEach, describe, expect, it } from "vitest";
import { MemoryStore, type OwnChats, openChat } from "../../../src/client/chat/index.ts";
import type { Contact } from "../../../src/protocol/messages/people.ts";
import { FakeChatClient } from "../../support/fake-chat-client.ts";

/** A client whose service knows people, and says what the test has it say. */
class FakeService extends FakeChatClient {
  profiles: Record<string, object> = { bob: { nickname: "Bob Builder" }, ann: { nickname: "Ann" } };
  contacts: Contact[] = [{ user: "bob", state: "contact", since: 1 }];
  blocked = ["cy"];
  lasting: { user: string; until: number }[] = [];

  constructor() {
    super("ann");
  }

  protected override answer(op: string, input: Record<string, unknown>): object {
    this.asked.push([op, input]);
    const users = (input.users ?? []) as string[];
    if (op === "profile.query") return { profiles: users.flatMap((user) => (this.profiles[user] ? [{ user, profile: this.profiles[user] }] : [])) };
    if (op === "contact.list") return { contacts: this.contacts, more: false };
    if (op === "block.list") return { users: this.blocked };
    if (op === "presence.subscribe") return { users: users.map((user) => ({ user, state: "ONLINE" })), ...(input.lastsMs !== undefined && { until: 7 }) };
    if (op === "presence.subscriptions") return { users: this.lasting.map(({ user }) => user), lasting: this.lasting };
    if (op === "conversation.list") return { entries: [], revision: 0, more: false, behind: [] };
    return {};
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
let service: FakeService;
let store: MemoryStore;
let chats: OwnChats;
beforeEach(async () => {
  service = new FakeService();
  store = new MemoryStore();
  chats = await openChat(service.client(), { store });
});

describe("a directory", () => {
  it("[CT17] knows names, contacts and the blocked, asks once for many, and knows them offline after a restart", async () => {
    const { directory } = chats;
    directory.want(["bob", "di"]);
    directory.want(["bob"]);
    await settled();
    expect(service.calls("profile.query")).toEqual([{ users: ["ann", "bob", "di"] }]);
    expect([directory.nameOf("bob"), directory.nameOf("di"), directory.profile("di")]).toEqual(["Bob Builder", "di", {}]);
    directory.want(["bob", "di"]);
    await settled();
    expect(service.calls("profile.query")).toHaveLength(1);
    directory.want(["bob"], 0);
    await settled();
    // Of this very millisecond: it is not older.
    expect(service.calls("profile.query").length).toBeLessThanOrEqual(2);
    const offline = await openChat("ann", { store });
    expect(offline.directory.nameOf("bob")).toBe("Bob Builder");
    expect(offline.directory.contacts).toEqual(service.contacts);
    expect([...offline.directory.blocked]).toEqual(["cy"]);
  });

  it("[CT17] follows what is told of them, and lists them anew after a connect", async () => {
    const { directory } = chats;
    const told: string[][] = [];
    chats.on("people", ({ users }) => told.push([...users]));
    await settled();
    service.say("notice", { name: "contact.changed", contact: { user: "bob", state: "contact", since: 1, remark: "Bobby" } });
    expect([directory.nameOf("bob"), directory.contact("bob")?.remark]).toEqual(["Bobby", "Bobby"]);
    service.say("notice", { name: "contact.changed", contact: { user: "bob", state: "none", why: "removed" } });
    service.say("notice", { name: "block.changed", users: ["cy"], on: false });
    service.say("notice", { name: "profile.changed", profile: { nickname: "Annie" } });
    expect([directory.contacts, [...directory.blocked], directory.nameOf("ann")]).toEqual([[], [], "Annie"]);
    expect(told.slice(-4)).toEqual([["bob"], ["bob"], ["cy"], ["ann"]]);
    service.contacts = [{ user: "di", state: "asked", since: 2, reason: "hello" }];
    service.turn("reconnecting");
    service.turn("connected");
    await settled();
    expect(directory.contacts).toEqual(service.contacts);
  });
});

describe("presence", () => {
  it("[CT18] is asked for in one call, told of, and left when nobody watches any more", async () => {
    const { presence } = chats;
    const told: unknown[] = [];
    chats.on("presence", ({ users }) => told.push(...users));
    const first = presence.watch(["bob", "cy"]);
    const second = presence.watch(["bob"]);
    expect(presence.of("bob")).toBeUndefined();
    await settled();
    expect(service.calls("presence.subscribe")).toEqual([{ users: ["bob", "cy"], details: true }]);
    expect([presence.of("bob"), presence.of("cy"), presence.of("di")]).toEqual(["ONLINE", "ONLINE", undefined]);
    service.say("presence", { users: [{ user: "bob", state: "OFFLINE" }] });
    expect(presence.of("bob")).toBe("OFFLINE");
    first();
    first();
    await settled();
    expect(service.calls("presence.unsubscribe")).toEqual([{ users: ["cy"] }]);
    service.turn("reconnecting");
    expect(presence.of("bob")).toBeUndefined();
    service.turn("connected");
    await settled();
    expect(service.calls("presence.subscribe").at(-1)).toEqual({ users: ["bob"], details: true });
    expect(presence.of("bob")).toBe("ONLINE");
    second();
    await settled();
    expect(service.calls("presence.unsubscribe").at(-1)).toEqual({ users: ["bob"] });
    expect(told.length).toBeGreaterThanOrEqual(4);
  });

  it("[CT29] tells of each device and what was published; what is not in shape is passed over", async () => {
    const { presence } = chats;
    presence.watch(["bob"]);
    await settled();
    const bob = { user: "bob", state: "ONLINE", devices: [{ device: "phone", kind: "ios", state: "ONLINE", status: "busy" }], ext: "in a meeting" };
    service.say("presence", { users: [bob] });
    for (const wrong of [
      { ...bob, devices: "none" },
      { ...bob, ext: 5 },
      { ...bob, devices: [{ device: 1 }] },
    ])
      service.say("presence", { users: [wrong] });
    expect([presence.of("bob"), presence.details("bob")]).toEqual(["ONLINE", bob]);
    await presence.publish({ status: "away", ext: "" });
    await presence.query(["bob", "di"]);
    expect(service.asked.slice(-2)).toEqual([
      ["presence.publish", { status: "away", ext: "" }],
      ["presence.query", { users: ["bob", "di"], details: true }],
    ]);
  });

  it("[CT29] more than 100 are asked for in several calls", async () => {
    chats.presence.watch(Array.from({ length: 250 }, (_, n) => `u${n}`));
    await settled();
    expect(service.calls("presence.subscribe").map((input) => (input as { users: string[] }).users.length)).toEqual([100, 100, 50]);
    expect([chats.presence.of("u0"), chats.presence.of("u249")]).toEqual(["ONLINE", "ONLINE"]);
  });

  it("[CT29] users are watched for a time, whoever else watches them, and over a new start of the program", async () => {
    const { presence } = chats;
    service.lasting = [{ user: "bob", until: 7 }];
    expect(await presence.subscribe(["bob"], 60_000)).toBe(7);
    const stop = presence.watch(["bob"]);
    await settled();
    stop();
    await settled();
    expect(service.calls("presence.unsubscribe")).toEqual([{ users: ["bob"] }]);
    expect(presence.of("bob")).toBe("ONLINE");
    service.say("presence", { users: [{ user: "bob", state: "OFFLINE" }] });
    expect(presence.of("bob")).toBe("OFFLINE");
    await presence.unsubscribe(["bob"]);
    expect(service.calls("presence.unsubscribe").at(-1)).toEqual({ users: ["bob"], lasting: true });
    expect(presence.of("bob")).toBeUndefined();
    const again = (await openChat(service.client())).presence;
    expect((await again.subscriptions()).lasting).toEqual(service.lasting);
    service.say("presence", { users: [{ user: "bob", state: "ONLINE" }] });
    expect(again.of("bob")).toBe("ONLINE");
  });
});
