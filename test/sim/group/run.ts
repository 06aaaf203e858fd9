import { vi } from "vitest";
import { sees } from "../../../src/domain/membership/visibility.ts";
import { type ConversationRef, refKey } from "../../../src/protocol/conversation-name.ts";
import type { CallReply } from "../../../src/server/trust.ts";
import { must } from "../../../src/util/assert.ts";
import { randomFrom } from "../../support/random.ts";
import { Device } from "./user.ts";
import { type GroupHost, World } from "./world.ts";

const USERS = ["ann", "bob", "cy", "dan", "eve"];
const GROUPS = ["birds", "trees"];
const STEPS = 150;
const SETTLE_MS = 240_000;
const TICK_MS = 250;

export interface Verdict {
  readonly faults: string[];
  /** Messages, comings and goings, threads: what there was to judge. What was told through leaves, by their members. */
  readonly counts: { messages: number; moves: number; threads: number; byLeaves: number };
}

/** Five users with two devices each come, go, put out, transfer and dismiss at once, and talk meanwhile, while calls get lost and objects die. */
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
  // Every other life is with leaves.
  const world = new World(random, seed % 2 === 0 ? 2 : undefined);
  const pick = <T>(of: readonly T[]): T => must(of[Math.floor(random() * of.length)], "something to pick from");
  const devices = USERS.flatMap((name) => ["phone", "laptop"].map((id) => new Device(world, world.user(name), id)));
  for (const device of devices) device.connect();
  const counts = { messages: 0, moves: 0, threads: 0, byLeaves: 0 };
  const threads: { readonly group: string; readonly thread: string }[] = [];
  let keys = 0;
  for (const group of GROUPS) ask("ann", group, "group.create", { public: true, approval: false, invitesOpen: true, members: ["bob", "cy"] });
  await pass(2_000);
  world.weather.lostCall = world.weather.lostAnswer = 0.08;
  world.weather.slowMs = 80;
  for (let step = 0; step < STEPS; step++) {
    act();
    if (random() < 0.5) act();
    await pass(Math.floor(random() * 3) * TICK_MS);
    calamity();
  }
  world.weather.lostCall = world.weather.lostAnswer = 0;
  world.weather.slowMs = 30;
  for (const device of devices) device.connect();
  await pass(SETTLE_MS);
  counts.byLeaves = world.byLeaves;
  return { faults: judge(), counts };

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
    else if (chance < 0.14) pick([...world.conversations.values()]).kill();
    else if (chance < 0.18 && world.leaves.size > 0) pick([...world.leaves.values()]).kill();
    else if (chance < 0.25) pick(devices).drop();
    else if (chance < 0.5) pick(devices).connect();
  }

  function ask(user: string, group: string, op: string, input: object, done: (reply: Extract<CallReply, { ok: unknown }>) => void = () => {}): void {
    const ref: ConversationRef = { type: "group", id: group };
    void world
      .user(user)
      .ask(ref, op, { group, ...input })
      .then(
        (reply) => "ok" in reply && done(reply),
        () => {},
      );
  }

  function say(user: string, conversation: ConversationRef): void {
    const input = { conversation, key: `k${++keys}`, content: { type: "text", text: `${user} ${keys}` } };
    void world
      .user(user)
      .ask(conversation, "message.send", input)
      .then(
        (reply) => {
          if ("ok" in reply) counts.messages += 1;
        },
        () => {},
      );
  }

  function act(): void {
    const [user, other, group] = [pick(USERS), pick(USERS), pick(GROUPS)];
    const moved = (): void => {
      counts.moves += 1;
    };
    const kind = random();
    const thread = threads.length === 0 ? undefined : pick(threads);
    if (kind < 0.3) return say(user, { type: "group", id: group });
    if (kind < 0.4 && thread !== undefined) return say(user, { type: "thread", id: thread.thread });
    if (kind < 0.5) return ask(user, group, "group.apply", {}, moved);
    if (kind < 0.58) return ask(user, group, "group.leave", {}, moved);
    if (kind < 0.65) return ask(user, group, "group.invite", { users: [other, pick(USERS)] }, moved);
    if (kind < 0.74) return ask(user, group, "group.remove", { users: [other] }, moved);
    if (kind < 0.77) return ask(user, group, "group.block", { users: [other], on: random() < 0.4 }, moved);
    if (kind < 0.8) return ask(user, group, "group.transfer", { owner: other }, moved);
    if (kind < 0.82) return ask(user, group, "group.appoint", { member: other, on: random() < 0.7 });
    if (kind < 0.823) return ask(user, group, "group.dismiss", {}, moved);
    if (kind < 0.86) return open(user, group);
    if (thread === undefined) return;
    const { group: of, thread: id } = thread;
    if (kind < 0.93) return ask(user, of, "thread.join", { thread: id }, moved);
    if (kind < 0.96) return ask(user, of, "thread.leave", { thread: id }, moved);
    if (kind < 0.99) return ask(user, of, "thread.remove", { thread: id, users: [other] }, moved);
    return ask(user, of, "thread.dismiss", { thread: id }, moved);
  }

  function open(user: string, group: string): void {
    const newest = storeOf(world.conversation({ type: "group", id: group })).at(-1)?.seq;
    if (newest === undefined) return;
    ask(user, group, "thread.create", { seq: newest, name: "about it" }, ({ ok }) => {
      const { thread } = (ok as { thread: { thread: string } }).thread;
      if (threads.some((known) => known.thread === thread)) return;
      counts.threads += 1;
      threads.push({ group, thread });
    });
  }

  function judge(): string[] {
    const faults: string[] = [];
    for (const id of GROUPS) {
      const ref: ConversationRef = { type: "group", id };
      const host = world.conversation(ref);
      const { group, store, threadStore } = must(host.group, "a group");
      const members = group.exists ? store.memberPage(undefined, 1_000).map(({ user }) => user) : [];
      if (group.exists && members.filter((user) => group.roleOf(user) === "owner").length !== 1) faults.push(`${id} has not one owner`);
      const shown = world.list.rows.get(id)?.shown;
      const listed = shown === undefined || shown === "none" ? shown : `${shown.owner} ${shown.members}`;
      const truth = group.exists ? `${store.owner()} ${members.length}` : "none";
      if (listed !== truth) faults.push(`${id} is ${truth}, and the app's list says ${listed}`);
      check(faults, host, ref, members, (user, seq) => !group.exists || group.sees(user, seq) || sees(store.past(user), seq));
      for (const { thread } of threads.filter((one) => one.group === id)) {
        const joined = threadStore.members(thread, "", 1_000).map(({ user }) => user);
        for (const user of joined) if (!members.includes(user)) faults.push(`${user} is in ${thread}, and not in ${id}`);
        check(faults, world.conversation({ type: "thread", id: thread }), { type: "thread", id: thread }, joined, () => true);
      }
    }
    return faults;
  }

  /** The conversation knows the same members, they alone have it on their lists, and their devices have what they may see, and nothing else. */
  function check(faults: string[], host: GroupHost, ref: ConversationRef, members: readonly string[], maySee: (user: string, seq: number) => boolean): void {
    const key = refKey(ref);
    const told = host.authority.conversation.members.map(({ user }) => user).sort();
    if (told.join() !== [...members].sort().join()) faults.push(`${key}: has ${members.join()} and tells ${told.join()}`);
    const messages = storeOf(host);
    for (const { user, read, cleared } of host.authority.conversation.members) {
      const counted = JSON.stringify(host.authority.conversation.unread(user));
      const truth = JSON.stringify(host.unread(user, Math.max(read, cleared)));
      if (counted !== truth) faults.push(`${key}: ${user} has ${truth} unread, and is told ${counted}`);
    }
    for (const device of devices) {
      const { name, rows } = device.user;
      const isIn = members.includes(name);
      const entry = rows.get(key);
      const listed = entry !== undefined && entry.left === undefined && entry.removed === undefined;
      if (listed !== isIn) faults.push(`${key}: ${name} is ${isIn ? "" : "not "}in it, and its list says ${JSON.stringify(entry)}`);
      for (const seq of device.everReceived.get(key) ?? [])
        if (!maySee(name, seq)) faults.push(`${key}: ${name}/${device.id} was told ${seq}, which is not for it`);
      if (!isIn) continue;
      const held = device.held.get(key);
      const lacks = messages.filter(({ seq }) => seq > (held?.floor ?? 0) && maySee(name, seq) && held?.seqs.has(seq) !== true).map(({ seq }) => seq);
      if (lacks.length > 0) faults.push(`${key}: ${name}/${device.id} lacks ${lacks.join()}, and is at ${held?.position}`);
    }
  }
}

const storeOf = (host: GroupHost) => (host.authority.conversation.open ? host.messages() : []);
