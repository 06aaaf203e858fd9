import type { Position } from "../protocol/messages/session.ts";
import { type ChannelRef, type ChannelType, channelStream, type DeviceId, type UserId } from "../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import type { Payload } from "../protocol/payload.ts";
import { Emitter } from "../util/emitter.ts";
import type { Credential } from "./address.ts";
import { UserAttributes } from "./attributes.ts";
import { Channel, type Outlets, type Published, type PublishOptions } from "./channel.ts";
import type { ConnectionState, Drop } from "./connection.ts";
import { asError, closedError, localError } from "./error.ts";
import type { ClientEvents, ClientState, PeerMessage, UserNotice } from "./events.ts";
import type { LinkContext } from "./link.ts";
import { Presence } from "./presence.ts";
import type { RequestOptions } from "./requests.ts";
import { restCall } from "./rest.ts";
import { Session, type SessionIdentity } from "./session.ts";

export interface SendOptions extends RequestOptions {
  /** For devices that are not connected: `keep` (default) puts it into their inbox; `bridge` too, but only for a return before their lease ends. */
  readonly ifAbsent?: "keep" | "bridge" | "drop";
  readonly customType?: string;
  /** A copy to the sender's other devices. */
  readonly sync?: boolean;
  /** Keep it in the receiver's history. */
  readonly store?: boolean;
}
/** Devices that have it, and copies that wait in the inbox. */
export type Sent = OutputOf<"peer.send">;

export interface JoinOptions {
  readonly type?: ChannelType;
  /** Goes on where a predecessor stood: what came since is told, or, beyond the recovery window, a `gap`. Without effect on a channel that is joined. */
  readonly position?: Position;
}

/** One login of a user on a device. */
export class Client {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly attributes: UserAttributes;
  readonly presence: Presence;
  readonly #session: Session;
  readonly #credential: Credential;
  readonly #emitter: Emitter<ClientEvents>;
  readonly #channels = new Map<string, Channel>();
  readonly #diverted = new Map<string, (message: PeerMessage) => void>();
  readonly #singleSocket: boolean;
  readonly #release: () => void;
  #state: ClientState = "connecting";
  #lastDrop: Drop | undefined;

  /** @internal Made by `connect`. */
  constructor(identity: SessionIdentity, context: LinkContext, credential: Credential, singleSocket: boolean, release: () => void) {
    this.user = identity.user;
    this.device = identity.device;
    this.#credential = credential;
    this.#singleSocket = singleSocket;
    this.#emitter = new Emitter((error) => this.report(error));
    this.#session = new Session(identity, context, credential, {
      message: (message) => this.#message(message),
      notice: (notice) => this.#notice(notice),
      changed: (state) => this.#changed(state),
      failed: (error) => this.#emitter.emit("error", error),
    });
    this.attributes = new UserAttributes(this.#session);
    this.presence = new Presence(this.#session);
    const unwatch = context.environment.page?.watch((signal) => (signal === "wake" ? this.wake() : this.#session.announceKeepAlive()));
    this.#release = () => {
      unwatch?.();
      release();
    };
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Unix ms by the service's clock, which stamps the messages. */
  serverTime(): number {
    return this.#session.serverTime();
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves when each device of the user has the message, or it waits for it durably. */
  send(to: UserId, data: Payload, { ifAbsent, customType, sync, store, ...options }: SendOptions = {}): Promise<Sent> {
    const input = {
      to,
      data,
      ...(ifAbsent !== undefined && { ifAbsent }),
      ...(customType !== undefined && { customType }),
      ...(sync !== undefined && { sync }),
      ...(store !== undefined && { store }),
    };
    return this.#session.call("peer.send", input, options);
  }

  /** Joins a channel; who has joined it already gets the same one. */
  join(name: string, { type = "message", position }: JoinOptions = {}): Promise<Channel> {
    const ref = { type, name };
    const stream = channelStream(ref);
    const known = this.#channels.get(stream);
    if (known?.leaving !== undefined) return known.leaving.then(() => this.join(name, { type, ...(position && { position }) }));
    if (known !== undefined) return known.ready;
    const { directSockets, channels } = this.#session.limits;
    if (this.#state === "closed") return Promise.reject(closedError(undefined, "the client is closed"));
    if (this.#channels.size >= channels) return Promise.reject(localError("limit_exceeded", { field: "channels", limit: channels }));
    const direct = !this.#singleSocket && [...this.#channels.values()].filter((channel) => channel.direct).length < directSockets;
    const outlets: Outlets = {
      thrown: (error) => this.report(error),
      failed: (error) => this.#emitter.emit("error", error),
      notice: (notice) => this.#emitter.emit("notice", notice),
    };
    const channel = new Channel(this.#session, ref, direct, outlets, position);
    this.#channels.set(stream, channel);
    channel.on("closed", () => this.#channels.delete(stream));
    return channel.start();
  }

  /** Publishes to a channel, joined or not. */
  publish(
    name: string,
    data: Payload,
    { type = "message", store, customType, key, priority, ...options }: PublishOptions & Pick<JoinOptions, "type"> = {},
  ): Promise<Published> {
    const channel: ChannelRef = { type, name };
    const joined = this.#channels.get(channelStream(channel));
    const given = { store, customType, key, priority };
    // One way for each channel: over two, the later message could come first and make the earlier one a duplicate.
    if (joined !== undefined) return joined.publish(data, { ...options, ...given });
    return this.#session.call("channel.publish", { channel, data, ...given }, options);
  }

  /** Stored peer messages this user has received. */
  history(page: Omit<InputOf<"user.history">, "user"> = {}): Promise<OutputOf<"user.history">> {
    return this.#session.call("user.history", page);
  }

  async devices(): Promise<OutputOf<"user.devices">["devices"]> {
    return (await this.#session.call("user.devices", {})).devices;
  }

  /** Any operation of the catalogue. */
  call<Name extends OperationName>(op: Name, input: InputOf<Name>, options?: RequestOptions): Promise<OutputOf<Name>> {
    return this.#session.call(op, input, options);
  }

  /** Any REST call of the service as this user, `/v1/media/…` for one. Throws a WigwagError for whatever is no success. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return restCall(this.#session.context.environment, this.#session.identity, this.#credential, path, init);
  }

  /** Replaces the token of the live session; a later reconnect uses it, too. */
  async renewToken(token: string): Promise<OutputOf<"session.renew">> {
    const renewed = await this.#session.call("session.renew", { token });
    this.#credential.replace(token);
    return renewed;
  }

  /** Ends the login: leaves all channels, forgets the device. What can no longer be told is ended all the same. */
  async logout(): Promise<void> {
    if (this.#state === "closed") return;
    await this.#session.call("session.logout", {}).catch(() => {});
    this.#end("logged out");
  }

  /** Closes the sockets; the device stays registered, and its messages wait. */
  close(): void {
    this.#end("closed by the application");
  }

  /** @internal Messages of this custom type go to a module that builds on the client, and no longer to `message`. Returns the function that ends it. */
  divert(customType: string, listener: (message: PeerMessage) => void): () => void {
    this.#diverted.set(customType, listener);
    return () => this.#diverted.delete(customType);
  }

  /** @internal */
  start(signal?: AbortSignal): Promise<Client> {
    const { environment, timings } = this.#session.context;
    return new Promise((resolve, reject) => {
      const abort = () => {
        stop();
        this.#end("called off");
        reject(signal?.reason);
      };
      const stopTimer = environment.after(timings.loginTimeoutMs, () => {
        const drop = this.#lastDrop;
        stop();
        this.#end("no connection in time");
        reject(
          drop?.error ??
            (drop?.code === undefined || drop.code < 4000
              ? localError("timeout", { message: drop?.reason ?? "no connection in time" })
              : closedError(drop.code, drop.reason)),
        );
      });
      const off = this.#emitter.on("state", ({ state, reason, code }) => {
        stop();
        if (state === "connected") resolve(this);
        else reject(this.#lastDrop?.error ?? closedError(code, reason));
      });
      const stop = () => {
        stopTimer();
        off();
        signal?.removeEventListener("abort", abort);
      };
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) abort();
      else this.#session.link.start();
    });
  }

  #end(reason: string): void {
    this.#session.end(reason);
  }

  /** @internal What is lost is sought at once, without the rest of a wait. */
  wake(): void {
    this.#session.link.wake();
    for (const channel of this.#channels.values()) channel.wake();
  }

  #changed(state: ConnectionState): void {
    if ("drop" in state) this.#lastDrop = state.drop;
    if (state.at === "open") return this.#setState("connected", "welcome");
    if (state.at === "waiting" && this.#state === "connected") return this.#setState("reconnecting", state.drop.reason, state.drop.code);
    if (state.at !== "closed") return;
    for (const channel of [...this.#channels.values()]) channel.stop(state.drop);
    this.#release();
    this.#setState("closed", state.drop.reason, state.drop.code);
  }

  #setState(state: ClientState, reason: string, code?: number): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#emitter.emit("state", { state, previous, reason, ...(code !== undefined && { code }) });
  }

  #message(message: PeerMessage): void {
    const listener = this.#diverted.get(message.customType ?? "");
    if (listener === undefined) this.#emitter.emit("message", message);
    else listener(message);
  }

  #notice(notice: UserNotice): void {
    switch (notice.name) {
      case "presence.changed":
        return this.#emitter.emit("presence", { users: notice.users });
      case "token.will-expire":
        return this.#emitter.emit("token-will-expire", { expiresAt: notice.expiresAt });
      case "inbox.truncated":
        return this.#emitter.emit("truncated", { from: notice.from, to: notice.to });
      default:
        return this.#emitter.emit("notice", notice);
    }
  }

  /** @internal Where nobody listens for faults, they must at least be seen. */
  report(thrown: unknown): void {
    const error = asError(thrown);
    if (this.#emitter.has("error") && !this.#reporting) {
      this.#reporting = true;
      this.#emitter.emit("error", error);
      this.#reporting = false;
    } else console.error(error);
  }

  /** A listener for errors that throws is not asked about its own. */
  #reporting = false;
}
