import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryStore, type OwnChats, openChat, type Threads, threadsOf } from "../../../src/client/chat/index.ts";
import { messageId } from "../../../src/protocol/conversation-name.ts";
import type { GroupEvent, ThreadInfo } from "../../../src/protocol/messages/group.ts";
import { OPERATION_BY_NAME } from "../../../src/protocol/operations/catalogue.ts";
import { must } from "../../../src/util/assert.ts";
import { FakeChatClient } from "../../support/fake-chat-client.ts";

const GROUP = "birds";
const NUMBER = 7;
const idOf = (seq: number): string => messageId(NUMBER, seq);
const infoOf = (seq: number, name = `about ${seq}`): ThreadInfo => ({ thread: idOf(seq), seq, name, creator: "ann", createdAt: seq });
const said = (seq: number, text: string, from = "cho") => ({
  seq,
  version: seq,
  from,
  ts: 1_000 + seq,
  key: `k${seq}`,
  content: { type: "text" as const, text },
});

/** A client whose service has a group with threads, and refuses input that is not in shape. */
class FakeService extends FakeChatClient {
  threads: ThreadInfo[] = [infoOf(3), infoOf(5)];
  /** By this user, on any of its devices. */
  readonly joined = new Set<string>();
  pageSize = 50;
  refuse: string | undefined;
  /** What happens before an answer leaves. */
  meanwhile: (() => void) | undefined;

  constructor() {
    super("bob");
  }

  passes(event: GroupEvent): void {
    const nothing = { after: 0, upTo: 0, records: [], receipts: [], cleared: 0, unread: 0, number: NUMBER };
    this.say("notice", { name: "conversation.news", conversation: { type: "group", id: GROUP }, ...nothing, passing: [{ kind: "group", event, from: "ann" }] });
  }

  /** Something is said in a conversation. */
  news(conversation: object, number: number, records: readonly { seq: number }[], unread: number): void {
    const upTo = must(records.at(-1), "a message").seq;
    const after = must(records[0], "a message").seq - 1;
    this.say("notice", { name: "conversation.news", conversation, number, after, upTo, records, receipts: [], cleared: 0, unread });
  }

  entry(conversation: object, facts: object): void {
    this.say("notice", { name: "conversation.entry", entry: { conversation, activeAt: 1, ...facts } });
  }

  protected override answer(op: string, input: Record<string, unknown>): object {
    must(OPERATION_BY_NAME.get(op), op).input.parse(input);
    this.asked.push([op, input]);
    if (op.startsWith("thread.") && this.refuse !== undefined) throw Object.assign(new Error("refused"), { code: this.refuse, retry: "never" });
    const known = this.threads.find(({ thread }) => thread === input.thread);
    const answer = this.#ofThreads(op, input, known);
    this.meanwhile?.();
    return answer;
  }

  #ofThreads(op: string, input: Record<string, unknown>, known: ThreadInfo | undefined): object {
    switch (op) {
      case "conversation.list":
        return { entries: [], revision: 0, more: false, behind: [] };
      case "thread.list": {
        const listed = input.joined === true ? this.threads.filter(({ thread }) => this.joined.has(thread)) : this.threads;
        const below = listed.filter(({ seq }) => seq < Number(input.before ?? Number.MAX_SAFE_INTEGER)).sort((a, b) => b.seq - a.seq);
        const threads = below.slice(0, this.pageSize);
        return { threads, ...(below.length > threads.length && { next: threads.at(-1)?.seq }) };
      }
      case "thread.last":
        return { threads: (input.threads as string[]).map((thread) => ({ thread, messages: 2, last: said(2, "two herons") })), failed: [] };
      case "thread.get":
        if (known === undefined) throw Object.assign(new Error("there is no such thread"), { code: "not_found", retry: "never" });
        return { thread: known, joined: false };
      case "thread.create":
        return { thread: infoOf(Number(input.seq), String(input.name)) };
      case "thread.members":
        return { members: [{ user: "ann", joinedAt: 1 }] };
      default:
        return { failed: [] };
    }
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0);
let service: FakeService;
let store: MemoryStore;
let chats: OwnChats;
let threads: Threads;
const group = { type: "group", id: GROUP } as const;
const names = () => threads.inGroup(GROUP).map(({ name }) => name);

beforeEach(async () => {
  vi.useFakeTimers();
  service = new FakeService();
  store = new MemoryStore();
  chats = await openChat(service.client(), { store });
  threads = threadsOf(chats);
  service.news(
    group,
    NUMBER,
    [1, 2, 3, 4, 5].map((seq) => said(seq, `said ${seq}`)),
    0,
  );
  await settled();
});
afterEach(() => {
  chats.close();
  vi.useRealTimers();
});

describe("threads", () => {
  it("[CT70] are known with their last words, offline too, follow what is told of them, and are asked for again after a connect", async () => {
    expect(threadsOf(chats)).toBe(threads);
    const told: string[] = [];
    chats.on("threads", ({ group: of }) => told.push(of));
    const stop = threads.watch(GROUP);
    threads.want(GROUP);
    await settled();
    expect(service.calls("thread.list")).toEqual([{ group: GROUP }]);
    expect(service.calls("thread.last")).toEqual([{ group: GROUP, threads: [idOf(5), idOf(3)] }]);
    expect(threads.about(GROUP, 3)).toMatchObject({ thread: idOf(3), group: GROUP, name: "about 3", joined: false, messages: 2, unread: 0 });
    expect(threads.about(GROUP, 3)?.last?.content).toEqual({ type: "text", text: "two herons" });
    expect(threads.about(GROUP, 4)).toBeUndefined();
    const before = threads.of(idOf(3));
    service.passes({ kind: "threadRenamed", thread: idOf(5), name: "Storks" });
    await settled();
    expect([threads.about(GROUP, 5)?.name, threads.of(idOf(3)) === before]).toEqual(["Storks", true]);
    service.passes({ kind: "threadCreated", thread: infoOf(4) });
    service.passes({ kind: "threadChanged", thread: idOf(3), messages: 9 });
    await settled();
    expect(threads.about(GROUP, 3)?.messages).toBe(9);
    expect(names()).toContain("about 4");
    // What was said there is asked for a moment later, of those one has not joined.
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.calls("thread.last")).toHaveLength(2);
    expect(service.calls("thread.last")[1]).toEqual({ group: GROUP, threads: [idOf(3)] });
    expect(told.length).toBeGreaterThan(3);
    const offline = await openChat("bob", { store });
    expect(threadsOf(offline).of(idOf(5))?.name).toBe("Storks");
    offline.close();
    service.turn("reconnecting");
    service.threads = [infoOf(5, "Storks"), infoOf(4, "Terns")];
    service.turn("connected");
    await settled();
    expect(names().sort()).toEqual(["Storks", "Terns"]);
    stop();
    service.passes({ kind: "threadChanged", thread: idOf(5), messages: 3 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(service.calls("thread.last")).toHaveLength(3);
    expect(threads.about(GROUP, 5)?.messages).toBe(3);
  });

  it("[CT70] are asked for page by page, as far down as somebody wants them", async () => {
    service.threads = [1, 2, 3, 4, 5].map((seq) => infoOf(seq));
    service.pageSize = 2;
    threads.want(GROUP);
    await settled();
    expect(service.calls("thread.list")).toEqual([{ group: GROUP }]);
    expect(threads.hasOlder(GROUP)).toBe(true);
    threads.want(GROUP, 5);
    threads.want(GROUP, 2);
    await settled();
    expect(service.calls("thread.list")).toEqual([{ group: GROUP }, { group: GROUP, before: 4 }]);
    threads.want(GROUP, 1);
    threads.want(GROUP, 1);
    await settled();
    threads.want(GROUP, 1);
    await settled();
    expect(service.calls("thread.list")).toHaveLength(3);
    expect([names().length, threads.hasOlder(GROUP)]).toEqual([5, false]);
  });

  it("[CT70] are asked for where somebody looks, far from the newest messages, too", async () => {
    service.threads = Array.from({ length: 30 }, (_, index) => infoOf(index + 1));
    service.pageSize = 4;
    threads.want(GROUP);
    await settled();
    const seqs = () =>
      threads
        .inGroup(GROUP)
        .map(({ seq }) => seq)
        .sort((one, other) => one - other);
    expect(seqs()).toEqual([27, 28, 29, 30]);
    threads.want(GROUP, 8, 12);
    await settled();
    expect(seqs()).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 27, 28, 29, 30]);
    threads.want(GROUP, 9, 11);
    await settled();
    expect(service.calls("thread.list")).toEqual([{ group: GROUP }, { group: GROUP, before: 13 }, { group: GROUP, before: 9 }]);
    expect(threads.hasOlder(GROUP)).toBe(true);
    threads.want(GROUP, 22);
    await settled();
    expect(service.calls("thread.list").slice(3)).toEqual([
      { group: GROUP, before: 27 },
      { group: GROUP, before: 23 },
    ]);
  });

  it("[CT70] are kept up to a bound: what nobody has asked or heard of for longest makes room, what one has joined last", async () => {
    await threads.create(GROUP, 1, "first");
    for (let seq = 2; seq <= 502; seq++) service.passes({ kind: "threadCreated", thread: infoOf(seq) });
    await settled();
    expect(threads.inGroup(GROUP)).toHaveLength(500);
    expect([1, 2, 3, 4, 502].map((seq) => threads.of(idOf(seq))?.seq)).toEqual([1, undefined, undefined, 4, 502]);
    const kept = await openChat("bob", { store });
    expect(threadsOf(kept).inGroup(GROUP)).toHaveLength(500);
    kept.close();
  });

  it("[CT70] an answer from before brings back none that has ended, takes none that has begun, and no older name", async () => {
    service.meanwhile = () => {
      service.meanwhile = undefined;
      service.passes({ kind: "threadDismissed", thread: idOf(3) });
      service.passes({ kind: "threadCreated", thread: infoOf(4) });
    };
    threads.want(GROUP);
    await settled();
    expect(names().sort()).toEqual(["about 4", "about 5"]);
    service.passes({ kind: "threadCreated", thread: infoOf(3) });
    service.passes({ kind: "threadChanged", thread: idOf(3), messages: 1 });
    await settled();
    expect(threads.of(idOf(3))).toBeUndefined();
    service.meanwhile = () => {
      service.meanwhile = undefined;
      service.passes({ kind: "threadRenamed", thread: idOf(5), name: "Storks" });
    };
    await threads.get(GROUP, idOf(5));
    expect(threads.of(idOf(5))?.name).toBe("Storks");
  });

  it("[CT71] are opened, joined, left, renamed, ended and read; all that is asked is in the catalogue's shape", async () => {
    const heard: unknown[] = [];
    chats.on("thread", ({ group: of, from, event }) => heard.push([of, from, event.kind]));
    const made = await threads.create(GROUP, 2, "Herons");
    expect(made).toMatchObject({ thread: idOf(2), group: GROUP, name: "Herons", joined: true });
    service.joined.add(idOf(3));
    const { thread } = made;
    expect(threads.ref(thread)).toEqual({ type: "thread", id: thread });
    expect(threads.groupOf(thread)).toBe(GROUP);
    // Nothing is known of it, but its group's number stands in its id.
    expect([threads.groupOf(idOf(1)), threads.groupOf(messageId(8, 1)), threads.groupOf("none")]).toEqual([GROUP, undefined, undefined]);
    await threads.join(GROUP, idOf(3));
    expect(threads.of(idOf(3))?.joined).toBe(true);
    expect(threads.mine.map(({ seq }) => seq).sort()).toEqual([2, 3]);
    await threads.leave(GROUP, idOf(3));
    expect(threads.of(idOf(3))?.joined).toBe(false);
    await threads.remove(GROUP, thread, ["cho"]);
    await threads.rename(GROUP, thread, "Two herons");
    expect(await threads.members(GROUP, thread, { limit: 2 })).toEqual({ members: [{ user: "ann", joinedAt: 1 }] });
    expect((await threads.list(GROUP, { before: 5, joined: true })).threads).toEqual([infoOf(3)]);
    expect((await threads.last(GROUP, [thread])).threads).toMatchObject([{ thread, messages: 2 }]);
    expect(threads.of(thread)?.messages).toBe(2);
    await threads.dismiss(GROUP, thread);
    expect(threads.of(thread)).toBeUndefined();
    const asked = service.asked.filter(([op]) => op.startsWith("thread.") && op !== "thread.get");
    expect(asked).toEqual([
      ["thread.create", { group: GROUP, seq: 2, name: "Herons" }],
      ["thread.join", { group: GROUP, thread: idOf(3) }],
      ["thread.leave", { group: GROUP, thread: idOf(3) }],
      ["thread.remove", { group: GROUP, thread, users: ["cho"] }],
      ["thread.rename", { group: GROUP, thread, name: "Two herons" }],
      ["thread.members", { group: GROUP, thread, limit: 2 }],
      ["thread.list", { group: GROUP, before: 5, joined: true }],
      ["thread.last", { group: GROUP, threads: [thread] }],
      ["thread.dismiss", { group: GROUP, thread }],
    ]);
    service.passes({ kind: "threadRemoved", thread: idOf(3), users: ["di"] });
    service.passes({ kind: "updated", changed: { name: "x" } });
    service.passes({ kind: "threadRenamed", thread: 7 } as never);
    expect(heard).toEqual([[GROUP, "ann", "threadRemoved"]]);
  });

  it("[CT71] [CT72] what is said in one is a conversation, with what is unread; who is out of it has not joined", async () => {
    threads.watch(GROUP);
    await settled();
    const ref = threads.ref(idOf(3));
    service.entry(ref, { revision: 1, entered: 1 });
    service.news(ref, 70, [said(1, "I saw two"), said(2, "where?")], 2);
    await settled();
    expect(threads.of(idOf(3))).toMatchObject({ joined: true, unread: 2 });
    expect(threads.of(idOf(3))?.last?.content).toEqual({ type: "text", text: "where?" });
    expect([threads.unreadIn(GROUP), threads.unreadIn("larks")]).toEqual([2, 0]);
    await chats.conversation(ref).read();
    expect([threads.of(idOf(3))?.unread, threads.unreadIn(GROUP)]).toEqual([0, 0]);
    service.passes({ kind: "threadChanged", thread: idOf(3), messages: 2 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(service.calls("thread.last")).toHaveLength(1);
    service.passes({ kind: "threadRemoved", thread: idOf(3), users: ["bob"] });
    expect(threads.of(idOf(3))?.joined).toBe(false);
    service.entry(ref, { revision: 2, left: 2, removed: true });
    await settled();
    expect(threads.of(idOf(3))).toMatchObject({ joined: false, unread: 0 });
    expect(threads.mine).toEqual([]);
  });

  it("[CT70] those that were joined on another device are known once somebody wants them", async () => {
    service.threads = Array.from({ length: 9 }, (_, index) => infoOf(index + 1));
    service.pageSize = 2;
    const join = (seq: number) => {
      service.joined.add(idOf(seq));
      service.entry(threads.ref(idOf(seq)), { revision: seq, entered: 1 });
    };
    for (const seq of [2, 4, 6]) join(seq);
    await settled();
    expect(threads.mine).toEqual([]);
    threads.wantMine();
    await settled();
    expect(threads.mine.map(({ seq, messages }) => [seq, messages]).sort()).toEqual([
      [2, 2],
      [4, 2],
      [6, 2],
    ]);
    expect(service.calls("thread.list")).toEqual([
      { group: GROUP, joined: true },
      { group: GROUP, joined: true, before: 4 },
    ]);
    threads.watch(GROUP);
    await settled();
    join(1);
    await settled();
    expect(threads.of(idOf(1))).toMatchObject({ joined: true, messages: 2 });
    const asked = service.asked.length;
    threads.wantMine();
    await settled();
    expect(service.asked).toHaveLength(asked);
  });

  it("[CT72] who is out of the group knows none of its threads, whether or not that was heard", async () => {
    const begin = async () => {
      threads.want(GROUP);
      service.turn("reconnecting");
      service.turn("connected");
      threads.want(GROUP);
      await settled();
      expect(names()).toHaveLength(2);
    };
    await begin();
    service.passes({ kind: "left", users: ["cho"], count: 2 });
    expect(names()).toHaveLength(2);
    service.say("notice", { name: "group.word", group: GROUP, event: { kind: "removed", users: ["bob"] } });
    expect(names()).toEqual([]);
    await begin();
    service.passes({ kind: "dismissed" });
    expect(names()).toEqual([]);
    await begin();
    service.entry(group, { revision: 9, left: 5, removed: true });
    await settled();
    expect(names()).toEqual([]);
    const again = await openChat("bob", { store });
    expect(threadsOf(again).inGroup(GROUP)).toEqual([]);
    again.close();
    await begin();
    threads.watch(GROUP);
    service.turn("reconnecting");
    service.refuse = "not_found";
    service.turn("connected");
    await settled();
    expect(names()).toEqual([]);
  });
});
