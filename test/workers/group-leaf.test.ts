import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ConversationObject } from "../../src/server/objects/conversation-object.ts";
import { GroupLeafObject } from "../../src/server/objects/group-leaf-object.ts";
import { groupLeafName } from "../../src/server/objects/locate.ts";
import { Chatter } from "./chatter.ts";
import { APP, userStub } from "./device.ts";
import { group } from "./group.ts";

afterEach(() => void vi.restoreAllMocks());

/** A group of nine, all there; a leaf of this deployment has some four. */
async function crowd() {
  const made = await group();
  const more = Array.from({ length: 7 }, (_, n) => `${made.id}-${n}`);
  const others = await Promise.all(more.map((user) => Chatter.login(user)));
  expect(await made.a.ok("group.invite", { group: made.id, users: more })).toEqual({ failed: [] });
  const all = [made.b, ...others];
  for (const who of all) while (who.read().entries.length === 0) await who.device.next("notice");
  return { ...made, all, users: [made.bob, ...more] };
}

describe("a large group", () => {
  it("[GC18] calls leaves, which call its members, and bring back what they have", async () => {
    const { a, all, users, say, conversation } = await crowd();
    const [told, reported, direct] = [
      vi.spyOn(GroupLeafObject.prototype, "tell"),
      vi.spyOn(ConversationObject.prototype, "reports"),
      vi.spyOn(ConversationObject.prototype, "report"),
    ];
    const { seq } = await say(a, "to all");
    for (const who of all) await who.until(Number(seq));
    // Not those that tell who has come.
    const batches = told.mock.calls.map(([batch]) => batch).filter(({ records }) => records.length > 0);
    expect(batches.flatMap(({ shares }) => shares).length).toBeGreaterThan(4);
    expect(batches.length).toBeLessThan(4);
    for (const { records } of batches) expect(records).toHaveLength(1);
    for (const who of all)
      who.device.post([{ type: "request", id: who.device.nextId(), op: "conversation.received", input: { conversations: [{ conversation, upTo: seq }] } }]);
    await expect.poll(async () => ((await a.ok("message.receipts", { conversation, seq })).counts as { delivered: number }).delivered).toBe(users.length);
    const joined = reported.mock.calls.flatMap(([reports]) => reports.map(({ user }) => user));
    expect(new Set([...joined, ...direct.mock.calls.map(([user]) => user)])).toEqual(new Set(users));
    expect(joined.length).toBeGreaterThan(4);
    expect(reported.mock.calls.length).toBeLessThan(4);
  });

  it("[GC18] reaches everybody where a leaf does not answer, or a member does not answer its leaf", async () => {
    const { a, all, users, say } = await crowd();
    vi.spyOn(GroupLeafObject.prototype, "tell").mockRejectedValueOnce(new Error("the leaf is gone"));
    const first = await say(a, "over one leaf");
    for (const who of all) await who.until(Number(first.seq));
    const prototype = await runInDurableObject(
      userStub(String(users[0])),
      (object) => Object.getPrototypeOf(object) as { chatNews(...given: unknown[]): Promise<unknown> },
    );
    const { chatNews } = prototype;
    let lost = 0;
    vi.spyOn(prototype, "chatNews").mockImplementation(function (this: object, ...given) {
      // Once, where a leaf calls.
      if (given[1] === undefined || lost > 0) return chatNews.apply(this as typeof prototype, given);
      lost += 1;
      return Promise.reject(new Error("lost"));
    });
    const second = await say(a, "to one again");
    for (const who of all) await who.until(Number(second.seq));
    for (const who of all) expect(who.texts).toEqual(["over one leaf", "to one again"]);
    expect(lost).toBe(1);
  });

  it("[GC18] has leaves under names of their own", () => {
    expect(() => env.GROUP_LEAF.getByName(groupLeafName(APP, "birds", 3))).not.toThrow();
  });
});
