import { describe, expect, it } from "vitest";
import { deviceIn } from "../../../prove/experiments/chat/cast.ts";
import { type Note, notesIn, type Truth, type View } from "../../../prove/experiments/chat/notes.ts";
import { judgeChat } from "../../../prove/experiments/chat/verdict.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";

const message = (seq: number, from: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
  ...{ seq, version: seq, from, ts: seq, key: `k${seq}`, content: { type: "text", text: `m${seq}` } },
  ...more,
});
/** Newest first. */
const SAID = [message(3, "bob"), message(2, "ann"), message(1, "ann")];
const DEVICES = { ann: ["a1", "a2"], bob: ["b1"] };
const READ = { ann: 3, bob: 0 };
const sent = (user: string, other: string, seq: number): Note[] => [
  { is: "wrote", user, with: other, key: `k${seq}` },
  { is: "sent", user, with: other, key: `k${seq}` },
];
const SENT = [...sent("ann", "bob", 1), ...sent("ann", "bob", 2), ...sent("bob", "ann", 3)];

interface Telling {
  readonly truth?: (user: string) => Partial<Truth>;
  readonly shows?: (device: string) => Partial<View> | undefined;
  readonly notes?: readonly Note[];
}

/** Two users that have said three things to each other. */
function judged({ truth = () => ({}), shows = () => ({}), notes = [] }: Telling = {}): string[] {
  const views = Object.entries(DEVICES).flatMap(([user, devices]) =>
    devices.flatMap((device): Note[] => {
      const own = shows(device);
      const view = { user, with: user === "ann" ? "bob" : "ann", unread: 0, read: READ, entry: undefined, messages: SAID };
      return own === undefined ? [] : [{ is: "view", device, ...view, ...own }];
    }),
  );
  const truths: Truth[] = [
    { user: "ann", with: "bob", messages: SAID, newest: { seq: 3, delivered: ["ann"], read: ["ann"] }, ...truth("ann") },
    { user: "bob", with: "ann", messages: SAID, newest: { seq: 2, delivered: ["bob"], read: [] }, ...truth("bob") },
  ];
  return judgeChat({ notes: [...SENT, ...notes, ...views], truths, devices: DEVICES }).map(({ rule, what }) => `${rule} ${what}`);
}

describe("chats in the lab", () => {
  it("[HX16] [HX17] [HX18] hold where every device shows what the service says, and all that was acknowledged is there", () => {
    expect(judged()).toEqual([]);
  });

  it("[HX16] are broken where a device shows something else, in another order, or nothing", () => {
    expect(judged({ shows: (device) => (device === "a2" ? { messages: SAID.slice(1) } : {}) })).toEqual([
      expect.stringMatching(/^HX16 ann's a2, with bob: lacks .*m3/),
    ]);
    const newer = SAID.with(0, message(3, "bob", { version: 4, content: { type: "text", text: "other" } }));
    expect(judged({ shows: (device) => (device === "b1" ? { messages: newer } : {}) })).toEqual([
      expect.stringMatching(/^HX16 bob's b1, with ann: shows .*other/),
      expect.stringMatching(/^HX16 bob's b1, with ann: lacks .*m3/),
    ]);
    expect(judged({ shows: (device) => (device === "a1" ? { messages: SAID.toReversed() } : {}) })).toEqual([
      "HX16 ann's a1, with bob: shows them in another order",
    ]);
    expect(judged({ shows: (device) => (device === "a2" ? undefined : {}) })).toEqual(["HX16 ann's a2, with bob: shows nothing"]);
  });

  it.each([
    ["unread", { unread: 1 }, "unread 1, elsewhere 0"],
    ["read marks", { read: { ann: 2, bob: 0 } }, 'read {"ann":2,"bob":0}, elsewhere {"ann":3,"bob":0}'],
  ])("[HX16] are broken where devices of a user differ in %s", (_what, shown, told) => {
    expect(judged({ shows: (device) => (device === "a2" ? shown : {}) })).toEqual([`HX16 ann's a2, with bob: ${told}`]);
  });

  it("[HX16] hold where what is removed, or a command, is not shown", () => {
    const hidden = [message(5, "ann", { content: { type: "command", action: "nod" } }), message(4, "ann", { removed: true }), ...SAID];
    const notes = [...sent("ann", "bob", 4), ...sent("ann", "bob", 5)];
    expect(judged({ notes, truth: () => ({ messages: hidden }) })).toEqual([]);
  });

  it("[HX17] are broken where an acknowledged message is lost, or there twice, or was written by nobody", () => {
    const lost = judged({ notes: sent("bob", "ann", 9) });
    expect(lost).toEqual(["HX17 a message of bob to ann was acknowledged, and is there 0 times: k9"]);
    const twice = [message(4, "bob", { key: "k3" }), ...SAID];
    const there = { truth: () => ({ messages: twice }), shows: () => ({ messages: twice }) };
    expect(judged(there)).toEqual(["HX17 a message of bob to ann was acknowledged, and is there 2 times: k3"]);
    const strange = [message(4, "bob"), ...SAID];
    expect(judged({ truth: () => ({ messages: strange }), shows: () => ({ messages: strange }) })).toEqual(["HX17 nobody wrote bob ann k4"]);
  });

  it("[HX17] hold where one user has hidden what the other still has", () => {
    const less = SAID.slice(0, 1);
    expect(judged({ truth: (user) => (user === "bob" ? { messages: less } : {}), shows: (device) => (device === "b1" ? { messages: less } : {}) })).toEqual([]);
  });

  it("[HX17] are broken where a recalled message is there, or was shown again; and where a program failed", () => {
    const recalled: Note = { is: "recalled", user: "bob", with: "ann", seq: 3 };
    expect(judged({ notes: [recalled] })).toEqual(["HX17 bob recalled 3 of ann, and it is there"]);
    const gone = SAID.with(0, message(3, "bob", { content: undefined, recalled: { by: "bob", at: 4 } }));
    const all = { truth: () => ({ messages: gone }), shows: () => ({ messages: gone }) };
    expect(judged({ ...all, notes: [recalled] })).toEqual([]);
    expect(judged({ ...all, notes: [recalled, { ...recalled, is: "returned" }] })).toEqual(["HX17 bob was shown 3 of ann again after it was recalled"]);
    expect(judged({ notes: [{ is: "failed", what: "a program threw" }] })).toEqual(["HX17 a program threw"]);
  });

  it("[HX18] are broken where it is not known who has a message, or who has read it", () => {
    const ledger = (newest: Truth["newest"]) => judged({ truth: (user) => (user === "ann" && newest ? { newest } : {}) });
    expect(ledger({ seq: 3, delivered: [], read: ["ann"] })).toEqual(["HX18 ann has 3 of bob, and it is not known"]);
    expect(ledger({ seq: 3, delivered: ["ann"], read: [] })).toEqual(["HX18 ann has read 3 of bob, and of 3 it is said that it was not read"]);
    const early = { truth: () => ({}), shows: (device: string) => (device === "b1" ? {} : { read: { ann: 2, bob: 0 } }) };
    expect(judged(early)).toEqual(["HX18 ann has read 2 of bob, and of 3 it is said that it was read"]);
  });
});

describe("the record of a chat", () => {
  it("[HX17] leaves out half a last line of a killed process", () => {
    const [wrote] = sent("ann", "bob", 1);
    expect(notesIn(`${JSON.stringify(wrote)}\n{"is":"wro\n\n${JSON.stringify(wrote)}\n`)).toEqual([wrote, wrote]);
  });

  it("[HX16] has at most ten devices of a user, some installed anew", () => {
    const lives = Array.from({ length: 50 }, (_, n) => n + 1);
    const devices = new Set([0, 1, 2].flatMap((process) => lives.map((life) => deviceIn(process, life))));
    expect(devices.size).toBe(9);
  });
});
