import { describe, expect, it } from "vitest";
import type { ChatConversation, MessageRecord } from "../../../src/client/chat/index.ts";
import { besides, pollContent, pollIn, standing, vote } from "../../../src/demo/messenger/poll.ts";
import { must } from "../../../src/util/assert.ts";

const poll = { question: "Where do we meet?", options: ["By the lake", "At the station"] };

describe("polls of the messenger", () => {
  it("[MS42] have a question and two to six options, each there once", () => {
    const content = must(pollContent({ question: " Where do we meet? ", options: ["By the lake", "", " By the lake", "At the station"] }), "a poll");
    expect(content).toEqual({ type: "custom", event: "poll", params: { question: "Where do we meet?", option1: "By the lake", option2: "At the station" } });
    expect(pollIn(content)).toEqual(poll);
    for (const bad of [
      { ...poll, question: " " },
      { ...poll, options: ["one", " one "] },
    ])
      expect(pollContent(bad)).toBeUndefined();
    const many = must(pollContent({ question: "?".repeat(300), options: Array.from({ length: 9 }, (_, index) => `${index} ${"x".repeat(100)}`) }), "a poll");
    expect(pollIn(many)?.options).toHaveLength(6);
    expect([pollIn(many)?.question.length, pollIn(many)?.options[0]?.length]).toEqual([200, 80]);
  });

  it("[MS42] that are in no shape are none", () => {
    for (const params of [
      undefined,
      {},
      { question: "?" },
      { question: "?", option1: "one" },
      { question: "?", option2: "two", option3: "three" },
      { option1: "one", option2: "two" },
    ])
      expect(pollIn({ type: "custom", event: "poll", ...(params && { params }) })).toBeUndefined();
    expect(pollIn({ type: "custom", event: "other", params: { question: "?", option1: "a", option2: "b" } })).toBeUndefined();
    expect([pollIn({ type: "text", text: "?" }), pollIn(undefined)]).toEqual([undefined, undefined]);
  });

  it("[MS42] stand as reactions say, which are not shown a second time", () => {
    const reactions = [
      { reaction: "2️⃣", count: 3, users: ["bob"], mine: true as const },
      { reaction: "👍", count: 1, users: ["cho"] },
      { reaction: "1️⃣", count: 1, users: ["cho"] },
      { reaction: "3️⃣", count: 5, users: ["cho"] },
    ];
    expect(standing(poll, reactions)).toMatchObject({
      votes: 4,
      options: [
        { count: 1, part: 0.25, mine: false },
        { count: 3, part: 0.75, mine: true },
      ],
    });
    expect(standing(poll)).toMatchObject({ votes: 0, options: [{ part: 0 }, { part: 0 }] });
    expect(besides(poll, reactions).map(({ reaction }) => reaction)).toEqual(["👍", "3️⃣"]);
    expect(besides(undefined, reactions)).toBe(reactions);
  });

  it("[MS42] give each one vote, which moves, and is taken back", async () => {
    const done: unknown[] = [];
    const handle = { react: async (seq: number, reaction: string, on = true) => void done.push([seq, reaction, on]) } as unknown as ChatConversation;
    const message = (...mine: string[]): MessageRecord => ({
      seq: 9,
      version: 9,
      from: "ann",
      ts: 1,
      key: "k",
      reactions: mine.map((reaction) => ({ reaction, count: 1, users: ["bob"], mine: true as const })),
    });
    await vote(handle, message(), poll, "1️⃣");
    await vote(handle, message("1️⃣"), poll, "2️⃣");
    await vote(handle, message("2️⃣"), poll, "2️⃣");
    await vote(handle, message("1️⃣", "2️⃣", "👍"), poll, "2️⃣");
    expect(done).toEqual([
      [9, "1️⃣", true],
      [9, "1️⃣", false],
      [9, "2️⃣", true],
      [9, "2️⃣", false],
      [9, "1️⃣", false],
    ]);
  });
});
