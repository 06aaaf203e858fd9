import { describe, expect, it } from "vitest";
import { Feed } from "../../../src/demo/voice-room/feed.ts";
import { EVERYBODY, type Given, Tally } from "../../../src/demo/voice-room/gifts.ts";
import { People } from "../../../src/demo/voice-room/people.ts";
import { ANSWER_HANDS_MAX, ANSWER_ROWS_MAX, decodeSignal, encodeSignal, type Signal, TEXT_CHARS_MAX } from "../../../src/demo/voice-room/signal.ts";
import { Speakers, TALK_AGAIN_MS, TALK_EVERY_MS, TALK_SHOWN_MS, TalkSender } from "../../../src/demo/voice-room/talk.ts";

/** RTM: one message. */
const MESSAGE_BYTES_MAX = 32 * 1024;

describe("gifts", () => {
  const rose = (from: string, total: number): Given => ({ from, to: "ada", gift: "rose", total });

  it("[VR8] count once each, whatever comes twice, late or not at all", () => {
    const tally = new Tally();
    expect([1, 3, 2, 3].map((total) => tally.count(rose("bob", total)))).toEqual([1, 2, 0, 0]);
    tally.count({ from: "cho", to: "ada", gift: "rocket", total: 1 });
    expect(tally.pointsOf("ada")).toBe(3 + 100);
    expect(tally.pointsOf("bob")).toBe(0);
  });

  it("[VR8] add up alike for everybody, in whatever order they are told", () => {
    const told = [rose("bob", 1), rose("cho", 4), rose("bob", 2), { from: "bob", to: EVERYBODY, gift: "applause", total: 7 } as const];
    const [one, other] = [new Tally(), new Tally()];
    for (const given of told) one.count(given);
    for (const given of told.toReversed()) other.count(given);
    const newcomer = new Tally();
    for (const given of one.rows(100)) newcomer.count(given);
    for (const tally of [one, other, newcomer]) expect([tally.pointsOf("ada"), tally.applause]).toEqual([6, 7]);
  });

  it("[VR8] go on from what was given before, and refuse totals that are none", () => {
    const tally = new Tally();
    tally.count(rose("bob", 5));
    expect(tally.give("bob", "ada", "rose")).toEqual(rose("bob", 6));
    for (const total of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) expect(tally.count(rose("eve", total))).toBe(0);
    for (let n = 0; n < 5_000; n++) tally.count(rose(`eve ${n}`, 1));
    expect(tally.rows(10_000)).toHaveLength(2_000);
    expect(tally.rows(1)).toEqual([rose("bob", 5)]);
  });
});

describe("what programs tell each other", () => {
  const signals: Signal[] = [
    { type: "chat", text: "hello" },
    { type: "whisper", text: "psst" },
    { type: "gift", given: { to: "ada", gift: "star", total: 2 } },
    { type: "talk", talking: true },
    { type: "hand", up: false },
    { type: "ask" },
    { type: "answer", given: [{ from: "bob", to: "ada", gift: "tea", total: 1 }], hands: ["cho"] },
  ];

  it.each(signals)("[VR9] arrives as it was sent: $type", (signal) => {
    expect(decodeSignal(encodeSignal(signal))).toEqual(signal);
  });

  it("[VR9] is somebody's words where it is not a signal, and nothing where it is not understood", () => {
    expect(decodeSignal("hi there")).toEqual({ type: "chat", text: "hi there" });
    expect(decodeSignal("42")).toEqual({ type: "chat", text: "42" });
    const strange = [
      '{"type":"chat"}',
      '{"type":"chat","text":"  "}',
      '{"type":"gift","given":{"to":"a","gift":"car","total":1}}',
      '{"type":"gift"}',
      '{"type":"x"}',
    ];
    expect([...strange, '{"type":"talk","talking":1}', '{"type":"hand"}', ""].map(decodeSignal)).toEqual(Array(8).fill(undefined));
  });

  it("[VR9] has an end: words are cut, and the longest answer fits into a message", () => {
    expect(decodeSignal(encodeSignal({ type: "chat", text: "x".repeat(9_000) }))).toEqual({ type: "chat", text: "x".repeat(TEXT_CHARS_MAX) });
    const name = "n".repeat(64);
    const given = Array.from({ length: ANSWER_ROWS_MAX }, (): Given => ({ from: name, to: name, gift: "applause", total: 1_000_000 }));
    const answer = encodeSignal({ type: "answer", given, hands: Array(ANSWER_HANDS_MAX).fill(name) });
    expect(new TextEncoder().encode(answer).byteLength).toBeLessThan(MESSAGE_BYTES_MAX);
    const more = { type: "answer", given: [...given, ...given, 7, { from: 1 }], hands: [...Array(500).fill(name), 3] };
    const read = decodeSignal(JSON.stringify(more));
    expect(read?.type === "answer" && [read.given.length, read.hands.length]).toEqual([ANSWER_ROWS_MAX, ANSWER_HANDS_MAX]);
  });
});

describe("talking", () => {
  /** A clock that is moved by hand. */
  function setting() {
    let now = 0;
    let due: { at: number; run: () => void } | undefined;
    const sent: [at: number, talking: boolean][] = [];
    const sender = new TalkSender({
      now: () => now,
      after(ms, run) {
        const mine = { at: now + ms, run };
        due = mine;
        return () => {
          if (due === mine) due = undefined;
        };
      },
      send: (talking) => sent.push([now, talking]),
    });
    const until = (end: number) => {
      while (due !== undefined && due.at <= end) {
        const { at, run } = due;
        due = undefined;
        now = at;
        run();
      }
      now = end;
    };
    return { sender, sent, until };
  }

  it("[VR10] is told at once, again while it lasts, and so is its end", () => {
    const { sender, sent, until } = setting();
    sender.set(true);
    until(TALK_AGAIN_MS * 2 + 100);
    sender.set(false);
    until(60_000);
    expect(sent).toEqual([
      [0, true],
      [TALK_AGAIN_MS, true],
      [TALK_AGAIN_MS * 2, true],
      [TALK_AGAIN_MS * 2 + TALK_EVERY_MS, false],
    ]);
  });

  it("[VR10] never makes more than four messages in a second, and the last one is right", () => {
    const { sender, sent, until } = setting();
    for (let at = 0; at < 1_000; at += 10) {
      until(at);
      sender.set(at % 20 === 0);
    }
    until(5_000);
    expect(sent.filter(([at]) => at < 1_000).length).toBeLessThanOrEqual(4);
    expect(sent.at(-1)?.[1]).toBe(false);
  });

  it("[VR10] ends for who hears nothing more", () => {
    const speakers = new Speakers();
    speakers.heard("ada", true, 0);
    speakers.heard("bob", true, 0);
    speakers.heard("bob", false, 10);
    expect([speakers.isTalking("ada", TALK_SHOWN_MS - 1), speakers.isTalking("bob", 11)]).toEqual([true, false]);
    expect(speakers.isTalking("ada", TALK_SHOWN_MS)).toBe(false);
  });
});

describe("the people", () => {
  it("[VR11] raise hands in an order, which those who go lose", () => {
    const people = new People();
    people.all(["ada", "bob", "cho"]);
    for (const name of ["cho", "bob", "eve"]) people.raise(name, true);
    expect(people.hands).toEqual(["cho", "bob"]);
    people.raise("cho", false);
    people.left("bob");
    people.joined("bob");
    expect([people.hands, [...people.members].sort()]).toEqual([[], ["ada", "bob", "cho"]]);
  });
});

describe("what happens", () => {
  it("[VR13] is there after a reload, as far as it is what the page before it kept", () => {
    const feed = new Feed();
    feed.add({ kind: "chat", from: "bob", text: "hello" }, 1);
    feed.add({ kind: "gift", from: "bob", to: "ada", gift: "tea", count: 2 }, 2);
    feed.add({ kind: "whisper", from: "bob", to: "ada", text: "psst", received: true }, 3);
    const kept = feed.keep();
    expect(new Feed(kept).entries).toEqual(feed.entries);
    const strange = [
      { kind: "chat", from: 7, text: "x", time: 1 },
      { kind: "gift", from: "a", to: "b", gift: "car", count: 1, time: 1 },
      7,
      null,
      { kind: "x", time: 1 },
    ];
    for (const other of [JSON.stringify(strange), "{", "7", null]) expect(new Feed(other).entries).toEqual([]);
  });

  it("[VR12] is kept up to a number of lines, and a shower of gifts is one of them", () => {
    const feed = new Feed();
    for (let n = 0; n < 300; n++) feed.add({ kind: "notice", text: String(n) }, n);
    expect(feed.entries).toHaveLength(200);
    for (let n = 0; n < 5; n++) feed.add({ kind: "gift", from: "bob", to: "ada", gift: "rose", count: 1 }, 1_000 + n);
    feed.add({ kind: "gift", from: "cho", to: "ada", gift: "rose", count: 1 }, 1_010);
    feed.add({ kind: "gift", from: "cho", to: "ada", gift: "rose", count: 1 }, 9_999);
    expect(feed.entries.slice(-3).map((entry) => entry.kind === "gift" && [entry.from, entry.count])).toEqual([
      ["bob", 5],
      ["cho", 1],
      ["cho", 1],
    ]);
  });
});
