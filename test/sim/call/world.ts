import { CallAuthority, type CallKept } from "../../../src/domain/call/authority.ts";
import { type CallAnswer, CallBook } from "../../../src/domain/call/book.ts";
import type { CallState, Invitation } from "../../../src/domain/call/call-state.ts";
import { isRung, memberOf } from "../../../src/domain/call/call-state.ts";
import { type Pointer, type Pointers, rowsOf } from "../../../src/domain/call/pointers.ts";
import type { CallEvent } from "../../../src/domain/call/transition.ts";
import { wireError } from "../../../src/protocol/errors.ts";
import type { CallView } from "../../../src/protocol/messages/call.ts";
import { must } from "../../../src/util/assert.ts";
import { err } from "../../../src/util/result.ts";
import { Network } from "./network.ts";

export const REACH = 100;
export const ANSWER = 100;
export const LEASE = 30;
const TELL = 40;
/** Everything is over by then, and nothing forgotten. */
export const HORIZON = 2_000;
const KEPT = 100_000;

/** What one device wants to do, in order; each when it may. */
export type Wish =
  | { readonly do: "invite"; readonly call: string; readonly to: readonly string[]; readonly exclusive?: boolean }
  | { readonly do: "ringing" | "accept" | "refuse" | "leave" | "take-over"; readonly call: string };

interface Device {
  readonly id: string;
  readonly wishes: Wish[];
  readonly unanswered: Wish[];
  readonly seen: Map<string, CallView>;
  connected: boolean;
  /** It will not come back. */
  lost: boolean;
  lostAt: number;
}

export interface CallHost {
  kept: CallKept | undefined;
  authority: CallAuthority;
  life: number;
  alarm: number | undefined;
  /** Whom this life of it has told of which version. */
  readonly heard: Map<string, string>;
}

export interface UserHost {
  readonly name: string;
  readonly devices: Device[];
  rows: Map<string, Pointer>;
  pointers: Pointers;
  book: CallBook;
  life: number;
  deadline: number | undefined;
  /** How much its present life is busy with. */
  working: number;
  /** What this life of it has told its devices. */
  readonly noticed: Map<string, number>;
}

/** Calls, users and their devices around the real domain code, with a clock and a network that do what the test says. */
export class World {
  readonly network: Network;
  readonly calls = new Map<string, CallHost>();
  readonly users = new Map<string, UserHost>();
  readonly faults: string[] = [];
  now = 1;

  /** Devices that may take a call from another one of their user. */
  readonly #takers = new Set<string>();

  constructor(plan: Readonly<Record<string, Readonly<Record<string, readonly Wish[]>>>>, prompt = false) {
    this.network = new Network(prompt);
    for (const [name, devices] of Object.entries(plan)) {
      for (const [id, wishes] of Object.entries(devices)) if (wishes.some((wish) => wish.do === "take-over")) this.#takers.add(`${name} ${id}`);
      const made = Object.entries(devices).map(
        ([id, wishes]): Device => ({ id, wishes: [...wishes], unanswered: [], seen: new Map(), connected: true, lost: false, lostAt: 0 }),
      );
      const host: UserHost = {
        name,
        devices: made,
        rows: new Map(),
        pointers: new Map(),
        book: undefined as never,
        life: 0,
        deadline: undefined,
        working: 0,
        noticed: new Map(),
      };
      this.users.set(name, host);
      host.book = this.#book(host);
    }
  }

  // ---- what may happen next

  /** Wishes that can be said now, as [user, device]. */
  wishes(): [UserHost, Device][] {
    return [...this.users.values()].flatMap((user) =>
      user.devices.filter((device) => this.#may(user, device)).map((device): [UserHost, Device] => [user, device]),
    );
  }

  #may(user: UserHost, { connected, wishes, seen }: Device): boolean {
    const wish = wishes[0];
    if (!connected || wish === undefined) return false;
    if (wish.do === "invite") return true;
    const view = seen.get(wish.call);
    const member = view === undefined ? undefined : memberOf(view, user.name);
    if (view === undefined || member === undefined) return false;
    if (wish.do === "leave") return member.state === "joined" || view.members[0]?.user === user.name;
    if (wish.do === "take-over") return member.state === "joined";
    // Who comes late comes to a call that goes on.
    return isRung(member) || (wish.do === "accept" && view.phase === "active" && member.state !== "joined");
  }

  say(user: UserHost, device: Device): void {
    const wish = must(device.wishes.shift(), "a wish");
    device.unanswered.push(wish);
    this.#submit(user, device, wish);
  }

  #submit(user: UserHost, device: Device, wish: Wish): void {
    const { life } = user;
    void this.#work(user, () => this.#run(user, device, wish)).then((answer) => {
      // Without an answer the client says it again after its next connect.
      if (user.life !== life || !device.connected) return;
      if (!answer.ok && answer.error.retry !== "never") return this.#submit(user, device, wish);
      device.unanswered.splice(device.unanswered.indexOf(wish), 1);
      if (answer.ok) this.#show(device, answer.value);
    });
  }

  async #work<Answer>(user: UserHost, work: () => Promise<Answer>): Promise<Answer> {
    const { life } = user;
    user.working += 1;
    try {
      return await work();
    } finally {
      if (user.life === life) user.working -= 1;
    }
  }

  #run(user: UserHost, device: Device, wish: Wish): Promise<CallAnswer> {
    const { call } = wish;
    if (wish.do === "invite") {
      const invitation: Invitation = {
        call,
        caller: user.name,
        device: device.id,
        to: wish.to,
        exclusive: wish.exclusive ?? true,
        reachMs: REACH,
        answerMs: ANSWER,
      };
      return user.book.invite(invitation);
    }
    return user.book.ask({ call, event: eventOf(wish.do, user.name, device.id) });
  }

  /** The earliest alarm. */
  due(): number | undefined {
    const at = [...this.calls.values()].map(({ alarm }) => alarm).concat([...this.users.values()].map(({ deadline }) => deadline));
    const set = at.filter((time) => time !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  /** Time passes to the earliest alarm, or to `at`. */
  pass(at = this.due() ?? this.now): void {
    this.now = Math.max(this.now, at);
    for (const call of this.calls.values()) {
      if (call.alarm === undefined || call.alarm > this.now) continue;
      call.alarm = undefined;
      call.authority.due();
    }
    for (const user of this.users.values()) {
      if (user.deadline === undefined || user.deadline > this.now) continue;
      user.deadline = undefined;
      this.#vanish(user);
    }
  }

  #vanish(user: UserHost): void {
    const gone = user.book.joined().filter(({ device }) => this.#lastsUntil(user, device) === undefined);
    const { life } = user;
    for (const { call, device } of gone) {
      void this.#work(user, () => user.book.leave(call, device, "lost")).then((told) => {
        if (!told && user.life === life) this.#deadline(user, this.now + TELL);
      });
    }
    this.#watch(user);
  }

  #lastsUntil(user: UserHost, id: string): number | undefined {
    const device = must(
      user.devices.find((known) => known.id === id),
      "a device",
    );
    const until = device.connected ? this.now + LEASE : device.lostAt + LEASE;
    return until > this.now ? until : undefined;
  }

  #watch(user: UserHost): void {
    const joined = user.book.joined();
    if (joined.length === 0) user.deadline = undefined;
    else this.#deadline(user, Math.min(...joined.map(({ device }) => this.#lastsUntil(user, device) ?? this.now + TELL)));
  }

  #deadline(user: UserHost, at: number): void {
    user.deadline = Math.min(user.deadline ?? at, at);
  }

  /** An object dies between two lines, and is there again. What it had asked for may still arrive; nobody waits for the answers. */
  crashCall(name: string): void {
    const host = must(this.calls.get(name), "a call");
    host.life += 1;
    host.heard.clear();
    this.network.died(name);
    host.authority = this.#authority(name, host);
  }

  crashUser(user: UserHost): void {
    user.life += 1;
    user.working = 0;
    user.noticed.clear();
    this.network.died(user.name);
    user.pointers = new Map(user.rows);
    user.book = this.#book(user);
    for (const device of user.devices) this.loseSocket(device);
    this.#watch(user);
  }

  loseSocket(device: Device): void {
    if (!device.connected) return;
    device.connected = false;
    device.lostAt = this.now;
  }

  /** Devices come back, say what had no answer, and ask how things stand. */
  reconnect(user: UserHost, device: Device): void {
    device.connected = true;
    for (const wish of [...device.unanswered]) this.#submit(user, device, wish);
    this.#list(user, device);
  }

  #list(user: UserHost, device: Device): void {
    const { life } = user;
    void this.#work(user, () => user.book.list([...device.seen.keys()])).then((listed) => {
      if (user.life !== life || !device.connected) return;
      if (listed.ok) for (const view of listed.value) this.#show(device, view);
      else this.#list(user, device);
    });
  }

  /** All that a call knows, and whom it waits for. */
  standingOfCall({ kept, alarm, heard, life }: CallHost): unknown {
    return [kept, alarm, [...heard].sort(), life];
  }

  /** All that a user's object and its devices know, while it works on nothing. */
  standingOfUser({ pointers, rows, deadline, devices, noticed, life }: UserHost): unknown {
    const there = devices.map(({ id, wishes, unanswered, connected, lost, lostAt, seen }) => [
      id,
      wishes.length,
      unanswered.length,
      connected || lostAt,
      lost,
      [...seen.values()].sort(byCall),
    ]);
    return [deadline, life, [...pointers.values()].sort(byCall), [...rows.values()].sort(byCall), [...noticed].sort(), there];
  }

  // ---- the objects

  #call(name: string): CallHost {
    const known = this.calls.get(name);
    if (known !== undefined) return known;
    const host: CallHost = { kept: undefined, authority: undefined as never, life: 0, alarm: undefined, heard: new Map() };
    this.calls.set(name, host);
    host.authority = this.#authority(name, host);
    return host;
  }

  #authority(name: string, host: CallHost): CallAuthority {
    const { life } = host;
    const alive = (): boolean => host.life === life;
    return new CallAuthority(
      {
        keptMs: KEPT,
        tellMs: TELL,
        now: () => this.now,
        save: (kept) => {
          if (alive()) this.#saved(name, host, kept);
        },
        wakeBy: (at) => {
          if (alive()) host.alarm = Math.min(host.alarm ?? at, at);
        },
        tell: (user, view) => {
          const target = must(this.users.get(user), "a user");
          const told = this.network.call(
            name,
            user,
            `${name}.${life}>${user} v${view.version}`,
            () => this.#work(target, () => target.book.changed(view)),
            alive,
          );
          void told.then(
            (answer) => host.heard.set(user, JSON.stringify([view.version, answer])),
            () => host.heard.set(user, "failed"),
          );
          return told;
        },
        untold: () => {},
        pushes: () => false,
        push: () => Promise.resolve(),
        background: (work) => void work,
      },
      host.kept,
    );
  }

  #saved(name: string, host: CallHost, kept: CallKept): void {
    const before = host.kept?.state;
    host.kept = kept;
    if (before !== undefined && before !== kept.state) this.faults.push(...wrongSteps(name, before, kept.state, this.#takers));
  }

  #book(user: UserHost): CallBook {
    const { life } = user;
    const alive = (): boolean => user.life === life;
    const ask = (call: string, label: string, run: (host: CallHost) => CallAnswer): Promise<CallAnswer> =>
      this.network
        .call(user.name, call, `${user.name}.${life}>${call} ${label}`, () => run(this.#call(call)), alive)
        .catch((): CallAnswer => err(wireError("unavailable")));
    return new CallBook(user.name, {
      keptMs: KEPT,
      now: () => this.now,
      pointers: () => user.pointers,
      save: (next) => {
        if (!alive()) return;
        const { put, drop } = rowsOf(user.pointers, next);
        for (const call of drop) user.rows.delete(call);
        for (const pointer of put) user.rows.set(pointer.call, pointer);
        user.pointers = next;
        this.#watch(user);
      },
      open: (invitation) => ask(invitation.call, "open", (host) => host.authority.open(invitation)),
      ask: ({ call, event }) => ask(call, JSON.stringify(event), (host) => host.authority.ask(user.name, event)),
      notify: (view) => {
        if (!alive()) return;
        user.noticed.set(view.call, view.version);
        for (const device of user.devices) if (device.connected) this.#told(user, device, view);
      },
      online: () => user.devices.some(({ connected }) => connected),
    });
  }

  #told(user: UserHost, device: Device, view: CallView): void {
    const member = memberOf(view, user.name);
    if (device.seen.get(view.call)?.phase === "ended" && member !== undefined && isRung(member))
      this.faults.push(`${user.name} ${device.id}: ${view.call} rings after its end`);
    this.#show(device, view);
  }

  #show(device: Device, view: CallView): void {
    if ((device.seen.get(view.call)?.version ?? 0) < view.version) device.seen.set(view.call, view);
  }
}

function eventOf(wish: Exclude<Wish["do"], "invite">, user: string, device: string): CallEvent {
  switch (wish) {
    case "ringing":
    case "refuse":
      return { kind: wish, user };
    case "take-over":
      return { kind: "accept", user, device, takeOver: true };
    default:
      return { kind: wish, user, device };
  }
}

const byCall = (a: { readonly call: string }, b: { readonly call: string }): number => (a.call < b.call ? -1 : 1);

/** What no step of a call may do. */
function wrongSteps(name: string, before: CallState, after: CallState, takers: ReadonlySet<string>): string[] {
  if (after.version === before.version) return standings(before) === standings(after) ? [] : [`${name}: another state under one version`];
  const faults: string[] = [];
  if (after.version < before.version) faults.push(`${name}: version ${before.version} to ${after.version}`);
  if (before.end !== undefined) faults.push(`${name}: changed after its end, ${before.end}`);
  if (after.end !== undefined && after.members.some((member) => isRung(member) || member.state === "joined")) faults.push(`${name}: ended, but not for all`);
  for (const { user, state, device } of after.members) {
    const was = memberOf(before, user);
    if (was?.state === "joined" && state === "joined" && was.device !== device && !takers.has(`${user} ${device}`))
      faults.push(`${name}: ${user} answered with ${was.device}, then ${device}`);
  }
  return faults;
}

const standings = ({ members, end }: CallState): string => JSON.stringify([end, members.map(({ user, state, device }) => [user, state, device])]);
