import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LocalConversation } from "../../../src/client/chat/index.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import { must } from "../../../src/util/assert.ts";
import { utf8Bytes } from "../../../src/util/text.ts";
import { randomFrom } from "../../support/random.ts";
import { DeviceHost, World } from "./world.ts";

const TICK_MS = 100;
const CONVERSATIONS = 50;
const MESSAGES = 100;
/** What a conversation counts before the absence. */
const BEFORE = 2;
/** Of what a message shows: who said what when. */
const BYTES_FACTOR_MAX = 1.5;

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

it("[CT21] a device that was away while 5,000 messages came in 50 conversations has all with at most 1.5 times the bytes it shows, and each unread count is right whenever it is told", async () => {
  const world = new World(randomFrom(1));
  const random = randomFrom(2);
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      world.tick();
    }
  };
  const ann = new DeviceHost(world, world.user("ann"), "phone");
  await ann.start();
  ann.connect();
  const others = Array.from({ length: CONVERSATIONS }, (_, n) => new DeviceHost(world, world.user(`friend ${n}`), "phone"));
  for (const other of others) {
    await other.start();
    other.connect();
    must(other.chats, "a program").conversation("ann").send("hello");
  }
  await pass(2_000);
  const chats = must(ann.chats, "a program");
  for (const { conversation } of chats.conversations) await chats.conversation(conversation).read();
  await pass(2_000);
  expect([chats.conversations.length, chats.unread]).toEqual([CONVERSATIONS, 0]);
  ann.drop();
  for (let n = 0; n < MESSAGES; n++) {
    for (const other of others) must(other.chats, "a program").conversation("ann").send(textOf(n, random));
    await pass(TICK_MS);
  }
  await pass(10_000);
  for (const other of others) expect(must(other.chats, "a program").conversation("ann").outgoing).toEqual([]);

  const wrong: string[] = [];
  let told = 0;
  // What came in the absence is unread, and all before it is not: the greeting, and the mark that it was read.
  const right = ({ conversation, unread, position }: LocalConversation): void => {
    told += 1;
    if (unread !== position - BEFORE) wrong.push(`${conversation.id}: ${unread} unread at ${position}`);
  };
  chats.on("conversation", right);
  let bytes = 0;
  ann.heard = (answer) => {
    bytes += utf8Bytes(JSON.stringify(answer));
  };
  ann.connect();
  for (let turn = 0; turn < 600 && !chats.synced; turn++) {
    await pass(TICK_MS);
    expect(chats.unread).toBe(chats.conversations.reduce((sum, { position }) => sum + position - BEFORE, 0));
  }

  expect([chats.synced, wrong]).toEqual([true, []]);
  expect(told).toBeGreaterThanOrEqual(CONVERSATIONS);
  let shown = 0;
  for (const { conversation, unread } of chats.conversations) {
    expect(unread).toBe(MESSAGES);
    const messages = await ann.store.newer(`single:${conversation.id}`, BEFORE, 2 * MESSAGES);
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, n) => BEFORE + n + 1));
    shown += messages.reduce((sum, message) => sum + utf8Bytes(JSON.stringify(shownOf(message))), 0);
  }
  expect(chats.conversations).toHaveLength(CONVERSATIONS);
  expect(world.faults).toEqual([]);
  console.log(`catch-up of ${CONVERSATIONS * MESSAGES} messages: ${bytes} bytes for ${shown} that are shown, ${(bytes / shown).toFixed(2)} times`);
  expect(bytes / shown).toBeLessThanOrEqual(BYTES_FACTOR_MAX);
}, 120_000);

const shownOf = ({ from, ts, content }: MessageRecord) => ({ from, ts, content });

/** About as long as what people write to each other. */
const textOf = (n: number, random: () => number): string => `${n} ${"word ".repeat(5 + Math.floor(random() * 25)).trim()}`;
