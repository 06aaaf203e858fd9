import type { Synced } from "../../../src/domain/conversation/authority.ts";
import type { Heard } from "../../../src/domain/conversation/telling.ts";
import { UserChats } from "../../../src/domain/conversation/user-chats.ts";
import { CHAT_TIMINGS } from "../../../src/protocol/chat-limits.ts";
import { type ConversationRef, parseRefKey, refKey } from "../../../src/protocol/conversation-name.ts";
import type { News } from "../../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import type { Call, CallReply } from "../../../src/server/trust.ts";
import { Rows } from "../chat/world.ts";
import type { World } from "./world.ts";

/** A user's object, as `ChatDesk` wires it, and its devices. */
export class UserHost {
  readonly name: string;
  readonly #world: World;
  readonly rows = new Rows();
  readonly devices = new Map<string, Device>();
  chats: UserChats;
  life = 0;
  #timerAt: number | undefined;
  readonly #leaves = new Map<string, number>();

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.chats = this.#start();
  }

  kill(): void {
    this.life += 1;
    this.#leaves.clear();
    for (const device of this.devices.values()) device.drop();
    this.chats = this.#start();
  }

  tick(): void {
    if (this.#timerAt === undefined || this.#timerAt > Date.now()) return;
    this.#timerAt = undefined;
    this.chats.late(Date.now());
  }

  /** `leaf`: of a group, by which it comes. */
  hear(news: News, leaf: number | undefined): Heard {
    if (leaf === undefined) this.#leaves.delete(news.conversation.id);
    else this.#leaves.set(news.conversation.id, leaf);
    return this.chats.hear(news);
  }

  /** Word that it is in a group or a thread no more. */
  gone(ref: ConversationRef, left: number | undefined): void {
    if (left !== undefined) this.chats.leave(refKey(ref), left);
  }

  async ask(ref: ConversationRef, op: string, input: object): Promise<CallReply> {
    const { life } = this;
    const caller = { kind: "user" as const, app: "", user: this.name, rights: "all" as const, device: "d" };
    const call = { op, input, caller, settings: DEFAULT_SETTINGS } as unknown as Call;
    const { reply } = await this.chats.asks(ref, (asking) =>
      this.#world.call(
        () => this.life === life,
        () => this.#world.conversation(ref),
        (host) => host.ask(call, asking),
      ),
    );
    return reply;
  }

  async sync(device: string, ref: ConversationRef, since: number | undefined): Promise<Synced | undefined> {
    const { life } = this;
    const answer = await this.#world.call(
      () => this.life === life,
      () => this.#world.conversation(ref),
      (host) => host.sync(this.name, since),
    );
    if (!answer.ok) return undefined;
    this.chats.handed(device, refKey(ref), answer.value.upTo, answer.value.more === true);
    return answer.value;
  }

  #start(): UserChats {
    const { life } = this;
    return new UserChats({
      user: this.name,
      marks: this.rows,
      entries: this.rows,
      ackMs: CHAT_TIMINGS.chatAckMs,
      now: () => Date.now(),
      connected: () => new Set([...this.devices.values()].flatMap(({ id, up }) => (up && this.life === life ? [id] : []))),
      push: (devices, news) => {
        for (const device of devices) this.devices.get(device)?.push(news);
      },
      listed: () => {},
      report: (ref, report) => {
        const alive = (): boolean => this.life === life;
        const direct = () =>
          this.#world.call(
            alive,
            () => this.#world.conversation(ref),
            ({ authority }) => {
              if (authority.conversation.open) authority.report(this.name, report);
            },
          );
        const leaf = ref.type === "group" ? this.#leaves.get(ref.id) : undefined;
        if (leaf === undefined) return direct();
        return this.#world
          .call(
            alive,
            () => this.#world.leaf(ref.id, leaf),
            (host) => host.leaf.report(this.name, report),
          )
          .catch(direct);
      },
      background: (work) => void work,
      arm: (at) => {
        if (this.life === life) this.#timerAt = at;
      },
    });
  }
}

/** What a device has of one conversation: all of it that its user sees from `floor` on, up to `position`. */
export interface Held {
  position: number;
  floor: number;
  seqs: Set<number>;
}

/** A device that keeps what it is told, asks for what it lacks, and acknowledges what it has. */
export class Device {
  readonly id: string;
  readonly user: UserHost;
  readonly #world: World;
  readonly held = new Map<string, Held>();
  /** Everything that ever came here: nothing of it may have been for others. */
  readonly everReceived = new Map<string, Set<number>>();
  up = false;
  #socket = 0;
  #arrives = 0;

  constructor(world: World, user: UserHost, id: string) {
    this.#world = world;
    this.user = user;
    this.id = id;
    user.devices.set(id, this);
  }

  connect(): void {
    if (this.up) return;
    this.user.chats.lost(this.id);
    this.up = true;
    this.#socket += 1;
    this.#later(() => {
      for (const key of this.user.chats.list(this.id)) this.#sync(key);
    });
  }

  drop(): void {
    if (!this.up) return;
    this.up = false;
    this.#socket += 1;
    this.user.chats.lost(this.id);
  }

  push(news: News): void {
    const copy = structuredClone(news);
    this.#later(() => this.#hear(copy));
  }

  #hear(news: News): void {
    const key = refKey(news.conversation);
    const held = this.held.get(key);
    this.#received(key, news);
    if (held === undefined || news.after > held.position) return this.#sync(key);
    for (const { seq } of news.records) held.seqs.add(seq);
    held.position = Math.max(held.position, news.upTo);
    this.#acknowledge(key, held.position);
  }

  #sync(key: string): void {
    const socket = this.#socket;
    const again = (): void => this.#later(() => this.#sync(key), 500);
    this.user.sync(this.id, parseRefKey(key), this.held.get(key)?.position).then((synced) => {
      if (synced === undefined || this.#socket !== socket) return;
      this.#later(() => this.#take(key, structuredClone(synced)));
    }, again);
  }

  #take(key: string, synced: Synced): void {
    this.#received(key, synced);
    const floor = synced.complete ? 0 : Math.min(...synced.records.map(({ seq }) => seq), synced.upTo + 1) - 1;
    const held = synced.restart ? { position: 0, floor, seqs: new Set<number>() } : this.held.get(key);
    if (held === undefined || (!synced.restart && synced.after > held.position)) return this.#sync(key);
    this.held.set(key, held);
    for (const { seq } of synced.records) held.seqs.add(seq);
    held.position = Math.max(held.position, synced.upTo);
    if (synced.more) this.#sync(key);
    this.#acknowledge(key, held.position);
  }

  #received(key: string, { records }: Pick<News, "records">): void {
    const ever = this.everReceived.get(key) ?? new Set<number>();
    this.everReceived.set(key, ever);
    for (const { seq } of records) ever.add(seq);
  }

  #acknowledge(key: string, upTo: number): void {
    const socket = this.#socket;
    setTimeout(() => {
      if (this.#socket === socket) this.user.chats.received(this.id, parseRefKey(key), upTo);
    }, this.#world.delay());
  }

  /** In order, and lost with the socket. */
  #later(run: () => void, more = 0): void {
    if (!this.up) return;
    const socket = this.#socket;
    this.#arrives = Math.max(this.#arrives, Date.now() + this.#world.delay());
    setTimeout(() => this.#socket === socket && run(), this.#arrives - Date.now() + more);
  }
}
