import { LIMITS } from "../protocol/limits.ts";
import type { Events } from "../protocol/messages/events.ts";
import type { Notice } from "../protocol/messages/notice.ts";
import type { Welcome } from "../protocol/messages/session.ts";
import { channelStream, INBOX } from "../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import { Acks } from "./acks.ts";
import { type Address, type Credential, socketUrl } from "./address.ts";
import type { ConnectionState } from "./connection.ts";
import type { PeerMessage, UserNotice } from "./events.ts";
import { isRecord } from "./guards.ts";
import { Link, type LinkContext, type Received } from "./link.ts";
import { PeerReceiver } from "./peer-receiver.ts";
import type { RequestOptions } from "./requests.ts";
import { StreamReader } from "./stream-reader.ts";

export interface SessionIdentity {
  readonly service: string;
  readonly app: string;
  readonly user: string;
  readonly device: string;
  readonly kind: string;
  readonly instance: string;
}

type ChannelNotice = Extract<Notice, { channel: unknown }>;

/** A channel whose frames come over the session socket. */
export interface Rider {
  frame(events: Events, bytes: number): void;
  notice(notice: ChannelNotice): void;
  sessionOpened(): void;
  sessionLost(reason: string): void;
}

export interface SessionHooks {
  message(message: PeerMessage): void;
  notice(notice: UserNotice): void;
  changed(state: ConnectionState, previous: ConnectionState): void;
  failed(error: Error): void;
}

/** The one socket that carries the token: requests, peer messages, the inbox, and the channels that ride on it. */
export class Session {
  readonly link: Link;
  readonly identity: SessionIdentity;
  readonly context: LinkContext;
  readonly riders = new Map<string, Rider>();
  limits: { readonly directSockets: number; readonly channels: number } = { directSockets: LIMITS.directSocketsPerClient, channels: LIMITS.channelsPerDevice };
  readonly #credential: Credential;
  readonly #hooks: SessionHooks;
  readonly #inbox: StreamReader;
  readonly #inboxAcks: Acks;
  readonly #peers: PeerReceiver;
  /** What came before anybody could listen; undefined from then on. */
  #early: [Received, number][] | undefined = [];
  #cancelListen = () => {};
  /** What the server's clock shows more than ours. */
  #clockLeadMs = 0;

  constructor(identity: SessionIdentity, context: LinkContext, credential: Credential, hooks: SessionHooks) {
    const { environment, timings } = context;
    this.identity = identity;
    this.context = context;
    this.#credential = credential;
    this.#hooks = hooks;
    this.link = new Link(context, {
      address: () => this.#address(),
      renewable: () => credential.renewable,
      keepAliveMs: () => this.keepAliveMs,
      welcomed: (welcome) => this.#welcomed(welcome),
      received: (message, bytes) => this.#received(message, bytes),
      changed: (state, previous) => this.#changed(state, previous),
      failed: hooks.failed,
    });
    this.#inboxAcks = new Acks(environment, timings.inboxAckMs, (upTo) => this.link.post({ type: "ack", stream: INBOX, upTo }));
    this.#peers = new PeerReceiver({ environment, post: (receipt) => this.link.post(receipt), emit: hooks.message });
    this.#inbox = new StreamReader({
      deliver: (item) => this.#peers.waited(item),
      // The inbox names its losses by a notice.
      lost: () => {},
      // Nothing is lost that was not acknowledged: the next welcome starts where we stand.
      behind: () => this.link.restart({ reason: "gap in the inbox" }),
      consumed: (upTo, bytes) => this.#inboxAcks.consumed(upTo, bytes),
    });
  }

  get keepAliveMs(): number {
    const { keepAliveMs, keepAliveHiddenMs } = this.context.timings;
    return this.context.environment.page?.hidden() ? Math.max(keepAliveMs, keepAliveHiddenMs) : keepAliveMs;
  }

  /** Unix ms by the server's clock. */
  serverTime(): number {
    return this.context.environment.now() + this.#clockLeadMs;
  }

  call<Name extends OperationName>(op: Name, input: InputOf<Name>, options?: RequestOptions): Promise<OutputOf<Name>> {
    const output = this.link.requests.submit(op, input, options, laneOf(op, input));
    // The reply's envelope was checked at the door; its inside is the server's promise, kept by the catalogue's schemas there.
    return output as Promise<OutputOf<Name>>;
  }

  /** Gives the receipts that are still owed. */
  end(reason: string): void {
    this.#inboxAcks.flush();
    this.link.end({ reason });
  }

  announceKeepAlive(): void {
    if (!this.link.isOpen) return;
    const { keepAliveMs } = this;
    this.link.announceKeepAlive(keepAliveMs);
    this.call("session.keep-alive", { keepAliveMs }).catch(() => {
      // The next connect announces it again.
    });
  }

  async #address(): Promise<Address> {
    const { service, app, user, device, kind, instance } = this.identity;
    const query = new URLSearchParams({ app, user, device, kind, instance, keepAlive: String(this.keepAliveMs) });
    const protocols = await this.#credential.protocols(this.context.environment, service, app, user);
    return { url: socketUrl(service, `/v1/session?${query}`), protocols };
  }

  #welcomed(welcome: Welcome): boolean {
    if (welcome.kind !== "session") return false;
    const { context } = this;
    context.ids.raise(welcome.firstId);
    context.reconnectSpreadMs = welcome.reconnectSpreadMs;
    this.limits = welcome.limits;
    this.#clockLeadMs = welcome.serverTime - context.environment.now();
    this.#inbox.continueAt(welcome.inbox);
    return true;
  }

  #received(message: Received, bytes: number): void {
    if (this.#early !== undefined && message.type !== "reply") return void this.#early.push([message, bytes]);
    if (message.type === "message") this.#peers.pushed(message);
    else if (message.type === "notice") this.#notice(message);
    else if (message.type === "events" && message.stream === INBOX) this.#inbox.frame(message, bytes);
    else if (message.type === "events") this.riders.get(message.stream)?.frame(message, bytes);
  }

  /** Messages may come with the first welcome; who awaits `connect` gets this tick to listen. */
  #listen(): void {
    const early = this.#early ?? [];
    this.#inbox.listen();
    this.#early = undefined;
    for (const [message, bytes] of early) this.#received(message, bytes);
  }

  #notice(notice: Notice): void {
    if ("channel" in notice) return this.riders.get(channelStream(notice.channel))?.notice(notice);
    if (notice.name === "inbox.truncated") this.#inbox.skipTo(notice.to);
    this.#hooks.notice(notice);
  }

  #changed(state: ConnectionState, previous: ConnectionState): void {
    if (previous.at === "open") {
      this.#inboxAcks.stop();
      this.#cancelListen();
      // Not acknowledged, so the service has it still.
      if (this.#early !== undefined) this.#early = [];
      const reason = "drop" in state ? state.drop.reason : "";
      for (const rider of [...this.riders.values()]) rider.sessionLost(reason);
    }
    this.#hooks.changed(state, previous);
    if (state.at === "open" && this.#early !== undefined) this.#cancelListen = this.context.environment.after(0, () => this.#listen());
    if (state.at === "open") for (const rider of [...this.riders.values()]) rider.sessionOpened();
  }
}

/** Messages to one channel, or to one user, keep their order. */
function laneOf(op: OperationName, input: Record<string, unknown>): string | undefined {
  if (op === "peer.send") return `peer:${String(input.to)}`;
  if (op !== "channel.publish" || !isRecord(input.channel)) return undefined;
  return `channel:${String(input.channel.type)}:${String(input.channel.name)}`;
}
