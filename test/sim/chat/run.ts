import { vi } from "vitest";
import { Reading } from "../../../src/domain/conversation/reading.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import type { ConversationRef } from "../../../src/protocol/conversation-name.ts";
import { refKey } from "../../../src/protocol/conversation-name.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import { must } from "../../../src/util/assert.ts";
import { randomFrom } from "../../support/random.ts";
import { DeviceHost, World } from "./world.ts";

const USERS = ["ann", "bob", "cy"];
const DEVICES = ["phone", "laptop", "tablet"];
const STEPS = 120;
/** More than any alarm, timer or retry takes. */
const SETTLE_MS = 240_000;
const TICK_MS = 250;

export interface Verdict {
  /** What was wrong, a line each. */
  readonly faults: string[];
  readonly messages: number;
  readonly recalled: number;
  /** What was appended to texts that grow. */
  readonly grown: number;
}

/** Three users with three devices each chat, while everything that may fail does; then all is quiet, and has to be the same everywhere. */
export async function live(seed: number): Promise<Verdict> {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  try {
    return await run(seed);
  } finally {
    vi.useRealTimers();
  }
}

async function run(seed: number): Promise<Verdict> {
  const random = randomFrom(seed);
  const world = new World(random);
  const pick = <T>(of: readonly T[]): T => must(of[Math.floor(random() * of.length)], "something to pick from");
  const devices: DeviceHost[] = [];
  for (const name of USERS) for (const id of DEVICES) devices.push(new DeviceHost(world, world.user(name), id));
  for (const device of devices) {
    await device.start();
    device.connect();
  }
  const acknowledged = new Map<string, { readonly user: string; readonly ref: ConversationRef }>();
  const recalled: { readonly user: string; readonly ref: ConversationRef; readonly seq: number }[] = [];
  const grown: { readonly user: string; readonly ref: ConversationRef; readonly seq: number; readonly words: string }[] = [];
  world.weather.lostCall = world.weather.lostAnswer = 0.08;
  world.weather.slowMs = 80;
  for (let step = 0; step < STEPS; step++) {
    await act(pick(devices));
    if (random() < 0.25) write(pick(devices).user.name, pick(USERS));
    await pass(Math.floor(random() * 4) * TICK_MS);
    calamity();
  }
  // All is well from here.
  world.weather.lostCall = world.weather.lostAnswer = 0;
  world.weather.slowMs = 30;
  for (const device of devices) device.connect();
  await pass(SETTLE_MS);
  return judge();

  async function pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      world.tick();
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  function calamity(): void {
    const chance = random();
    if (chance < 0.06) pick([...world.users.values()]).kill();
    else if (chance < 0.12 && world.conversations.size > 0) pick([...world.conversations.values()]).kill();
    else if (chance < 0.25) pick(devices).drop();
    else if (chance < 0.5) pick(devices).connect();
    else if (chance < 0.53) void pick(devices).start();
    else if (chance < 0.55) void pick(devices).wipe();
  }

  async function act(device: DeviceHost): Promise<void> {
    const { chats } = device;
    if (chats === undefined) return;
    const other = pick(USERS.filter((name) => name !== device.user.name));
    const chat = chats.conversation(other);
    const known = (await device.store.page(refKey(chat.ref), Number.MAX_SAFE_INTEGER, 12)).map(({ seq }) => seq);
    const seq = known.length === 0 ? undefined : pick(known);
    const ignore = (work: Promise<unknown>, done: () => void = () => {}): void => void work.then(done, () => {});
    const kind = random();
    if (kind < 0.4 || seq === undefined) {
      const sending = chat.send(kind < 0.03 ? { type: "command", action: "x" } : `${device.user.name}/${device.id} ${Math.floor(random() * 1e6)}`);
      return ignore(sending.sent, () => acknowledged.set(sending.key, { user: device.user.name, ref: chat.ref }));
    }
    if (kind < 0.5) return ignore(chat.edit(seq, { content: `edited ${Math.floor(random() * 1e6)}` }));
    if (kind < 0.58) return ignore(chat.recall(seq), () => recalled.push({ user: device.user.name, ref: chat.ref, seq }));
    if (kind < 0.7) return ignore(chat.react(seq, pick(["👍", "❤", "x"]), random() < 0.7));
    if (kind < 0.75) return ignore(chat.pin(seq, random() < 0.6));
    if (kind < 0.8) return ignore(chat.remove(seq));
    if (kind < 0.82) return ignore(chat.clear());
    if (kind < 0.94) return ignore(chat.read());
    if (kind < 0.97) return ignore(chat.configure({ pinned: random() < 0.5, marks: [Math.floor(random() * 20)] }));
    if (kind < 0.98) return ignore(chat.leaveList());
    return ignore(chat.messages({ limit: 30 }));
  }

  /** An assistant in a user's name begins a text, or goes on with one. */
  function write(user: string, other: string): void {
    if (user === other) return;
    const { authority, sqlite } = world.conversation(user, { type: "single", id: other });
    const actor = { user, server: true };
    const seq = sqlite.store().growing()[0];
    if (seq === undefined || random() < 0.2) {
      void authority.send(actor, { key: `grown-${Math.floor(random() * 1e9)}`, content: { type: "text", text: "" }, growing: true });
      return;
    }
    const text = sqlite.store().message(seq)?.content;
    const at = text?.type === "text" ? text.text.length : 0;
    const words = `word ${Math.floor(random() * 1e6)} `;
    const appended = authority.append(actor, seq, { at, text: words, end: random() < 0.2 });
    void appended.then((answer) => {
      if (answer.ok) grown.push({ user, ref: { type: "single", id: other }, seq, words });
    });
  }

  async function judge(): Promise<Verdict> {
    const faults = [...world.faults];
    for (const user of USERS) {
      const views = await Promise.all(
        devices.filter((device) => device.user.name === user).map(async (device) => ({ device: device.id, view: await viewOf(device) })),
      );
      for (const { device, view } of views)
        if (view !== views[0]?.view) faults.push(`${user}: ${device} differs from ${views[0]?.device}\n${difference(view, views[0]?.view ?? "")}`);
      const truth = truthOf(user);
      if (views[0]?.view !== truth) faults.push(`${user}: ${views[0]?.device} differs from the truth\n${difference(views[0]?.view ?? "", truth)}`);
    }
    for (const [key, { user, ref }] of acknowledged) {
      const there = storeOf(user, ref)
        .after(0, 10_000)
        .filter((message) => message.from === user && message.key === key);
      if (there.length !== 1) faults.push(`a message of ${user} is there ${there.length} times: ${key}`);
    }
    for (const { user, ref, seq } of recalled)
      if (storeOf(user, ref).message(seq)?.recalled === undefined) faults.push(`${user} recalled ${seq}, and it is back`);
    for (const { user, ref, seq, words } of grown) {
      const message = storeOf(user, ref).message(seq);
      const text = message?.content?.type === "text" ? message.content.text : "";
      const edited = message?.edited !== undefined || message?.recalled !== undefined;
      if (!edited && text.split(words).length !== 2) faults.push(`what was appended to ${seq} of ${user} is there ${text.split(words).length - 1} times`);
      if (message?.growing) faults.push(`${seq} of ${user} still grows`);
    }
    for (const host of world.conversations.values()) {
      if (!host.authority.conversation.open) continue;
      const newestFirst = host.sqlite.store().before(Number.MAX_SAFE_INTEGER, 10_000);
      for (const { user, delivered } of host.authority.conversation.receipts()) {
        const newest = newestFirst.find(({ from }) => from !== user)?.seq ?? 0;
        if (delivered < newest) faults.push(`${user} has all up to ${newest}, and the conversation knows of ${delivered}`);
      }
    }
    for (const device of devices) {
      if (!must(device.chats, "a program").synced) faults.push(`${device.user.name}: ${device.id} still lacks something`);
      const waiting = USERS.flatMap((name) => must(device.chats, "a program").conversation(name).outgoing);
      if (waiting.length > 0) faults.push(`${device.user.name}: ${waiting.length} messages are still on their way from ${device.id}`);
    }
    const all = [...world.conversations.values()].flatMap(({ sqlite }) => sqlite.store().after(0, 10_000));
    return { faults, messages: all.length, recalled: all.filter((message) => message.recalled !== undefined).length, grown: grown.length };
  }

  function storeOf(user: string, ref: ConversationRef) {
    return world.conversation(user, ref).sqlite.store();
  }

  /** Everything that a device shows. */
  async function viewOf(device: DeviceHost): Promise<string> {
    const chats = must(device.chats, "a program");
    const lines: string[] = [];
    for (const other of USERS.filter((name) => name !== device.user.name)) {
      const chat = chats.conversation(other);
      let messages: MessageRecord[] = [];
      const reading = chat.messages({ limit: 10_000 }).then((found) => {
        messages = found;
      });
      await pass(20_000);
      await reading;
      const { state } = chat;
      lines.push(
        `${other} unread ${state?.unread ?? 0} read ${JSON.stringify((state?.receipts ?? []).map(({ user, read }) => [user, read]))} entry ${entryOf(state?.entry)}`,
      );
      lines.push(`last ${messages[0]?.seq} ${state?.last?.seq}`);
      for (const message of messages) lines.push(lineOf(message));
    }
    return lines.join("\n");
  }

  function truthOf(user: string): string {
    const lines: string[] = [];
    for (const other of USERS.filter((name) => name !== user)) {
      const ref: ConversationRef = { type: "single", id: other };
      const { authority } = world.conversation(user, ref);
      const { conversation } = authority;
      const store = storeOf(user, ref);
      const entry = entryOf(world.user(user).rows.get(refKey(ref)));
      const member = conversation.member(user);
      if (member === undefined) {
        lines.push(`${other} unread 0 read [] entry ${entry}`, "last undefined undefined");
        continue;
      }
      const reading = new Reading(store, member);
      const records = store.before(Number.MAX_SAFE_INTEGER, 10_000).flatMap((message) => reading.record(message) ?? []);
      const shown = records.filter((record) => record.removed === undefined && (record.recalled !== undefined || record.content?.type !== "command"));
      lines.push(
        `${other} unread ${store.unread(user, Math.max(member.read, member.cleared), CHAT_LIMITS.chatUnread).count} read ${JSON.stringify(conversation.receipts().map((receipt) => [receipt.user, receipt.read]))} entry ${entry}`,
      );
      lines.push(`last ${shown[0]?.seq} ${shown[0]?.seq}`);
      for (const record of shown) lines.push(lineOf(record));
    }
    return lines.join("\n");
  }
}

const entryOf = (entry: object | undefined): string =>
  entry === undefined
    ? "none"
    : JSON.stringify(
        Object.entries(entry)
          .filter(([name]) => name !== "activeAt")
          .sort(),
      );
const lineOf = (record: MessageRecord): string => JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

function difference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  return [
    ...left.filter((line) => !right.includes(line)).map((line) => `+ ${line}`),
    ...right.filter((line) => !left.includes(line)).map((line) => `- ${line}`),
  ]
    .slice(0, 6)
    .join("\n");
}
