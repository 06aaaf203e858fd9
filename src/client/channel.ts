import type { Notice } from "../protocol/messages/notice.ts";
import type { Position } from "../protocol/messages/session.ts";
import { type ChannelRef, type ChannelType, channelStream } from "../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import type { Payload } from "../protocol/payload.ts";
import { Emitter } from "../util/emitter.ts";
import { Acks } from "./acks.ts";
import { ChannelAttributes } from "./attributes.ts";
import { DirectPath } from "./channel-direct.ts";
import type { ChannelPath, PathHooks } from "./channel-path.ts";
import { RidingPath } from "./channel-riding.ts";
import type { Drop } from "./connection.ts";
import { closedError, localError } from "./error.ts";
import type { ChannelEvents, ChannelState, ModuleNotice } from "./events.ts";
import type { RequestOptions } from "./requests.ts";
import type { Session } from "./session.ts";
import { StreamReader } from "./stream-reader.ts";

export interface PublishOptions extends RequestOptions {
  /** Keep it in the channel's history. */
  readonly store?: boolean | undefined;
  readonly customType?: string | undefined;
  /** What the message is the state of: where several wait at the service, only the latest of a key goes on. */
  readonly key?: string | undefined;
  /** In a busy channel, `high` goes first and `low` is left out first. */
  readonly priority?: "high" | "normal" | "low" | undefined;
}
/** Its place in the channel; `duplicate` where the service has seen it before and no longer knows where, `skipped` where it was left out. */
export type Published = OutputOf<"channel.publish">;
export type MembersPage = OutputOf<"channel.members">;
export type HistoryPage = OutputOf<"channel.history">;

/** What goes to the client: faults that belong to no call, as what a listener threw or what will be tried again; and notices for its modules. */
export interface Outlets {
  thrown(error: unknown): void;
  failed(error: Error): void;
  notice(notice: ModuleNotice): void;
}

/** What joining brought: a channel one hears and speaks in until it is left or closed. */
export class Channel {
  readonly name: string;
  readonly type: ChannelType;
  readonly attributes: ChannelAttributes;
  /** Whether it has a socket of its own. */
  readonly direct: boolean;
  readonly #session: Session;
  readonly #outlets: Outlets;
  readonly #emitter: Emitter<ChannelEvents>;
  readonly #reader: StreamReader;
  readonly #acks: Acks;
  readonly #path: ChannelPath;
  readonly #ready: Promise<Channel>;
  #settleReady: { joined(): void; failed(error: Error): void };
  #state: ChannelState = "joining";
  #count = 0;
  #leaving: Promise<void> | undefined;
  #end: Drop | undefined;
  #cancelListen = () => {};

  /** @internal Made by `join`. */
  constructor(session: Session, channel: ChannelRef, direct: boolean, outlets: Outlets, position?: Position) {
    const { environment, timings } = session.context;
    this.name = channel.name;
    this.type = channel.type;
    this.direct = direct;
    this.attributes = new ChannelAttributes(session, channel);
    this.#session = session;
    this.#outlets = outlets;
    this.#emitter = new Emitter(outlets.thrown);
    this.#settleReady = { joined: () => {}, failed: () => {} };
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = { joined: () => resolve(this), failed: reject };
    });
    this.#acks = new Acks(environment, timings.ackMs, (upTo) => this.#path.acknowledge(upTo));
    this.#reader = new StreamReader(
      {
        deliver: (item) => this.#emitter.emit("message", item),
        lost: (gap) => this.#emitter.emit("gap", gap),
        behind: () => this.#path.resume(),
        consumed: (upTo, bytes) => this.#acks.consumed(upTo, bytes),
      },
      position,
    );
    const hooks = this.#hooks(outlets.failed);
    this.#path = direct ? new DirectPath(session, channel, hooks) : new RidingPath(session, channel, hooks);
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Members, as the channel last said. */
  get count(): number {
    return this.#count;
  }

  /**
   * Where this reader stands, for a successor's `join`. While a listener runs it is already behind the whole frame: to keep
   * count message by message, take the epoch from here and the message's own `seq`.
   */
  get position(): Position | undefined {
    return this.#reader.position;
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof ChannelEvents>(name: Name, listener: (event: ChannelEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves when the channel has the message, durably. */
  publish(data: Payload, { store, customType, key, priority, signal, timeoutMs }: PublishOptions = {}): Promise<Published> {
    if (this.#end !== undefined) return Promise.reject(this.#end.error ?? closedError(this.#end.code, this.#end.reason));
    return this.#path.publish({ channel: this.#ref, data, store, customType, key, priority }, { signal, timeoutMs });
  }

  /** @internal An operation on this channel, over its own way while there is one. */
  ask<Name extends OperationName>(op: Name, input: InputOf<Name>, options: RequestOptions = {}): Promise<OutputOf<Name>> {
    return this.#end === undefined ? this.#path.ask(op, input, options) : this.#session.call(op, input, options);
  }

  /** A page of the members, by user id. */
  members(page: Omit<InputOf<"channel.members">, "channel"> = {}): Promise<MembersPage> {
    return this.#session.call("channel.members", { channel: this.#ref, ...page });
  }

  /** A page of the stored messages. */
  history(page: Omit<InputOf<"channel.history">, "channel"> = {}): Promise<HistoryPage> {
    return this.#session.call("channel.history", { channel: this.#ref, ...page });
  }

  /** Leaves on purpose, after what was published has its outcome: the others see it at once. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /** @internal */
  get leaving(): Promise<void> | undefined {
    return this.#leaving;
  }

  /** @internal Resolves when joined for the first time. */
  start(): Promise<Channel> {
    const { environment, timings } = this.#session.context;
    const cancel = environment.after(timings.loginTimeoutMs, () => {
      void this.#sendLeave();
      this.stop({ reason: "not joined in time", error: localError("timeout", { message: "the channel could not be joined in time" }) });
    });
    this.#path.start();
    return this.#ready.finally(cancel);
  }

  /** @internal */
  get ready(): Promise<Channel> {
    return this.#ready;
  }

  /** @internal */
  wake(): void {
    this.#path.wake();
  }

  /** @internal Ends it without a word to the service. */
  stop(drop: Drop): void {
    if (this.#end !== undefined) return;
    this.#end = drop;
    this.#acks.stop();
    this.#cancelListen();
    this.#path.stop(drop);
    const { code, reason, error } = drop;
    this.#settleReady.failed(error ?? closedError(code, reason));
    this.#setState("closed", reason, code);
    this.#emitter.emit("closed", { reason, ...(code !== undefined && { code }), ...(error !== undefined && { error }) });
  }

  get #ref(): ChannelRef {
    return { type: this.type, name: this.name };
  }

  async #leave(): Promise<void> {
    await this.#path.settled();
    if (this.#end !== undefined) return;
    this.#acks.flush();
    await this.#sendLeave();
    this.stop({ reason: "left" });
  }

  /** If the service cannot be told, the end of the socket tells it. */
  #sendLeave(): Promise<unknown> {
    return this.#session.call("channel.leave", { channel: this.#ref }).catch(() => {});
  }

  #hooks(failed: Outlets["failed"]): PathHooks {
    return {
      position: () => this.#reader.position,
      joining: () => this.#reader.begin(),
      joined: (at) => {
        this.#acks.stop();
        this.#setCount(at.members);
        this.#setState("joined", "joined");
        this.#settleReady.joined();
        this.#reader.resumed(at);
        // Frames may come with the welcome; who awaits the join gets this tick to listen.
        this.#cancelListen();
        this.#cancelListen = this.#session.context.environment.after(0, () => this.#reader.listen());
      },
      resumed: (at) => this.#reader.resumed(at),
      interrupted: (reason, code) => {
        this.#acks.stop();
        if (this.#leaving !== undefined) this.stop({ reason: "left" });
        else if (this.#state === "joined") this.#setState("reconnecting", reason, code);
      },
      frame: (events, bytes) => {
        if (events.stream === channelStream(this.#ref)) this.#reader.frame(events, bytes);
      },
      notice: (notice) => this.#notice(notice),
      ended: (drop) => this.stop(drop),
      failed,
    };
  }

  #notice(notice: Notice): void {
    switch (notice.name) {
      case "channel.joined":
        return this.#emitter.emit("joined", { users: notice.users });
      case "channel.left":
        return this.#emitter.emit("left", { users: notice.users });
      case "channel.count":
        return this.#setCount(notice.count);
      case "channel.attributes":
        return this.#emitter.emit("attributes", { attributes: notice.attributes });
      case "channel.members":
        this.#setCount(notice.count);
        return this.#emitter.emit("members", { users: notice.users, count: notice.count });
      case "channel.metadata":
      case "room.event":
      case "room.directed":
        return this.#outlets.notice(notice);
    }
  }

  #setCount(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    this.#emitter.emit("count", { count });
  }

  #setState(state: ChannelState, reason: string, code?: number): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#emitter.emit("state", { state, previous, reason, ...(code !== undefined && { code }) });
  }
}
