import type { Channel } from "../client/channel.ts";
import { WigwagError } from "../client/error.ts";
import type { ChannelMessage } from "../client/events.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { ChannelAttribute } from "../protocol/messages/notice.ts";
import { asChannelAttributes } from "./attributes.ts";
import type { ChannelContext } from "./context.ts";
import { RtmEmitter } from "./emitter.ts";
import { RtmError, type RtmOperation, rtmError, rtmErrorFrom } from "./errors.ts";
import type { RtmChannelEvents } from "./events.ts";
import { RTM_LIMITS } from "./limits.ts";
import { MemberList, type MembersChange } from "./member-list.ts";
import { checkedMessage, fromWire, toWire } from "./message.ts";
import type { ChannelMetadata } from "./metadata.ts";
import type { RtmMetadata, RtmMetadataItem, RtmMetadataOptions } from "./metadata-item.ts";
import type { ChannelMessageOptions, RtmMessage } from "./types.ts";

type Membership =
  | { readonly at: "out" }
  | { readonly at: "joining"; readonly abort: (error: Error) => void }
  | { readonly at: "in"; readonly channel: Channel };

/** A channel of RTM 1.x. It is joined, left and joined again as one object. */
export class RtmChannel extends RtmEmitter<RtmChannelEvents> {
  readonly channelId: string;
  readonly #context: ChannelContext;
  readonly #metadata: ChannelMetadata;
  readonly #members = new MemberList();
  #membership: Membership = { at: "out" };
  /** As last told, to tell a change from a repeat. */
  #toldAttributes = "";

  /** @internal Made by `RtmClient.createChannel`. */
  constructor(channelId: string, context: ChannelContext) {
    super();
    this.channelId = channelId;
    this.#context = context;
    this.#metadata = context.metadata.forChannel(channelId, () => (this.#membership.at === "in" ? this.#membership.channel : undefined));
  }

  /** Joins: from here on the channel's events are told. */
  async join(): Promise<void> {
    const client = this.#context.client("join");
    this.#checkJoin();
    const membership = await new Promise<Channel>((resolve, reject) => {
      this.#membership = { at: "joining", abort: reject };
      this.#context.joined.set(this.channelId, this);
      const mine = this.#membership;
      client.join(this.channelId).then((channel) => {
        if (this.#membership === mine) resolve(channel);
        else void channel.leave();
      }, reject);
    }).catch((error: unknown) => {
      // Whoever aborted it has left already, and may be joining again.
      if (error instanceof RtmError) throw error;
      this.#out();
      throw rtmErrorFrom("join", error);
    });
    this.#enter(membership);
  }

  /** Leaves. One that is joining gives up. */
  async leave(): Promise<void> {
    this.#context.client("leave");
    const membership = this.#membership;
    if (membership.at === "out") throw rtmError("leave", 3, "not in the channel");
    this.#out();
    if (membership.at === "joining") return membership.abort(rtmError("join", 201, "aborted by leave"));
    await membership.channel.leave().catch((error: unknown) => {
      throw rtmErrorFrom("leave", error);
    });
  }

  /** Sends to the other members; who sends does not hear it. */
  async sendMessage(message: RtmMessage, options?: ChannelMessageOptions): Promise<void> {
    const channel = this.#channel("sendMessage");
    const checked = checkedMessage(message);
    if (typeof checked === "string") throw rtmError("sendMessage", 4, checked);
    if (!this.#context.rates.take("messages")) throw rtmError("sendMessage", 3);
    try {
      const ready = this.#context.prepared(checked, this.channelId);
      const wire = toWire(ready instanceof Promise ? await ready : ready);
      const { data, customType } = wire instanceof Promise ? await wire : wire;
      await channel.publish(data, { ...(customType !== undefined && { customType }), ...(options?.enableHistoricalMessaging === true && { store: true }) });
    } catch (error) {
      throw rtmErrorFrom("sendMessage", error);
    }
  }

  /** The ids of all members, one's own included. */
  async getMembers(): Promise<string[]> {
    const channel = this.#channel("getMembers");
    if (!this.#context.rates.take("getMembers")) throw rtmError("getMembers", 4);
    try {
      return await this.#members.read(() => allMembers(channel));
    } catch (error) {
      throw rtmErrorFrom("getMembers", error);
    }
  }

  /** The channel's metadata, joined or not (1.6). */
  getChannelMetadata(): Promise<RtmMetadata> {
    return this.#metadata.getChannelMetadata();
  }

  /** Creates or overwrites items; the others stay. */
  setChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.setChannelMetadata(items, options);
  }

  /** Creates items, none of which may be there already. */
  addChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.addChannelMetadata(items, options);
  }

  /** Overwrites items, all of which have to be there. */
  updateChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.updateChannelMetadata(items, options);
  }

  /** Removes the items of these keys. */
  deleteChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.deleteChannelMetadata(items, options);
  }

  clearChannelMetadata(options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.clearChannelMetadata(options);
  }

  /** @internal The login is over. */
  ended(): void {
    const membership = this.#membership;
    this.#out();
    if (membership.at === "joining") membership.abort(rtmError("join", 102, "logged out"));
  }

  #checkJoin(): void {
    const { joined, rates } = this.#context;
    if (this.#membership.at !== "out") throw rtmError("join", 6, "already joined, or joining");
    if (joined.has(this.channelId)) throw rtmError("join", 202, "another object of this channel is joined");
    if (joined.size >= RTM_LIMITS.joinedChannels) throw rtmError("join", 5, `${RTM_LIMITS.joinedChannels} channels are joined`);
    if (!rates.take("joinAny")) throw rtmError("join", 7);
    if (!rates.takeJoin(this.channelId)) throw rtmError("join", 8);
  }

  #channel(operation: RtmOperation): Channel {
    this.#context.client(operation);
    if (this.#membership.at !== "in") throw rtmError(operation, 5, "not in the channel");
    return this.#membership.channel;
  }

  #enter(channel: Channel): void {
    this.#membership = { at: "in", channel };
    const told =
      <Event>(tell: (event: Event) => void) =>
      (event: Event): void => {
        if (this.#isIn(channel)) tell(event);
      };
    channel.on(
      "message",
      told((message) => this.#message(message)),
    );
    channel.on(
      "joined",
      told(({ users }) => this.#membersAre({ came: true, users: this.#members.hear({ came: true, users }) })),
    );
    channel.on(
      "left",
      told(({ users }) => this.#membersAre({ came: false, users: this.#members.hear({ came: false, users }) })),
    );
    channel.on(
      "count",
      told(({ count }) => this.emit("MemberCountUpdated", count)),
    );
    channel.on(
      "attributes",
      told(({ attributes }) => this.#attributesAre(attributes)),
    );
    channel.on(
      "members",
      told(({ count }) => this.emit("MemberCountUpdated", count)),
    );
    channel.on(
      "state",
      told(({ state, previous }) => {
        if (state === "joined" && previous === "reconnecting") void this.#catchUp(channel);
      }),
    );
    channel.on(
      "closed",
      told(() => this.#out()),
    );
    this.emit("MemberCountUpdated", channel.count);
  }

  /** Notices of changes are not repeated: what has changed while the link was lost, however shortly, is read. */
  async #catchUp(channel: Channel): Promise<void> {
    await Promise.all([this.#catchUpMembers(channel), this.#catchUpAttributes(channel)]);
  }

  async #catchUpMembers(channel: Channel): Promise<void> {
    if (!this.#members.isKnown || this.listenerCount("MemberJoined") + this.listenerCount("MemberLeft") === 0) return;
    // Where it cannot be read now, it is after the next loss.
    const missed = await this.#members.missed(() => allMembers(channel)).catch(() => []);
    if (this.#isIn(channel)) for (const change of missed) this.#membersAre(change);
  }

  async #catchUpAttributes(channel: Channel): Promise<void> {
    if (this.listenerCount("AttributesUpdated") === 0) return;
    const attributes = await channel.attributes.get().catch(() => undefined);
    if (attributes !== undefined && this.#isIn(channel) && JSON.stringify(attributes) !== this.#toldAttributes) this.#attributesAre(attributes);
  }

  #attributesAre(attributes: readonly ChannelAttribute[]): void {
    this.#toldAttributes = JSON.stringify(attributes);
    this.emit("AttributesUpdated", asChannelAttributes(attributes));
  }

  #isIn(channel: Channel): boolean {
    return this.#membership.at === "in" && this.#membership.channel === channel;
  }

  #membersAre({ came, users }: MembersChange): void {
    const { user } = this.#context.client("join");
    for (const other of users) if (other !== user) this.emit(came ? "MemberJoined" : "MemberLeft", other);
  }

  /** A member hears the others, not itself. */
  #message({ from, device, ts, data, customType }: ChannelMessage): void {
    const self = this.#context.client("join");
    if (from === self.user && device === self.device) return;
    const message = fromWire({ data, ...(customType !== undefined && { customType }) });
    if (message !== undefined) this.emit("ChannelMessage", message, from, { serverReceivedTs: ts });
  }

  #out(): void {
    this.#membership = { at: "out" };
    this.#members.forget();
    if (this.#context.joined.get(this.channelId) === this) this.#context.joined.delete(this.channelId);
  }
}

/** Page by page; where the service asks for patience between two of them, it gets it. */
async function allMembers(channel: Channel): Promise<string[]> {
  const members: string[] = [];
  for (let after: string | undefined; ; ) {
    try {
      const page = await channel.members({ limit: LIMITS.membersPerPage, ...(after !== undefined && { after }) });
      for (const { user } of page.members) members.push(user);
      after = page.next;
      if (after === undefined) return members;
    } catch (error) {
      const waitMs = error instanceof WigwagError && error.code === "rate_limited" && after !== undefined ? error.retryAfterMs : undefined;
      if (waitMs === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
