import type { Client } from "../client/client.ts";
import type { PeerMessage } from "../client/events.ts";
import { LIMITS } from "../protocol/limits.ts";
import { ChannelAttributeStore, UserAttributes } from "./attributes.ts";
import { RtmChannel } from "./channel.ts";
import { isIdList, isRtmId } from "./checks.ts";
import { Connection } from "./connection.ts";
import type { ChannelContext } from "./context.ts";
import { RtmEmitter } from "./emitter.ts";
import type { ConnectionState, PeerSubscriptionOption } from "./enums.ts";
import { type RtmOperation, rtmError, rtmErrorFrom } from "./errors.ts";
import type { RtmClientEvents } from "./events.ts";
import { Invitations } from "./invitations.ts";
import type { LocalInvitation } from "./local-invitation.ts";
import { MediaTransfers } from "./media.ts";
import { checkedMessage, fromWire, toWire } from "./message.ts";
import { createMetadataItem, Metadata } from "./metadata.ts";
import type { RtmMetadata, RtmMetadataItem, RtmMetadataOptions } from "./metadata-item.ts";
import { OnlineStatus } from "./online-status.ts";
import { Rates } from "./rates.ts";
import type {
  AttributesMap,
  ChannelAttributeOptions,
  ChannelAttributes,
  ChannelMemberCountResult,
  LoginOptions,
  MediaMessageParameters,
  MediaTransferHandler,
  PeerMessageOptions,
  PeerMessageSendResult,
  PeersOnlineStatusResult,
  RtmConfig,
  RtmFileMessage,
  RtmImageMessage,
  RtmMessage,
} from "./types.ts";

/** What of a message that came is told. */
interface Came extends Pick<PeerMessage, "from" | "ts" | "data" | "waited"> {
  readonly to?: string | undefined;
  readonly customType?: string | undefined;
  readonly stored?: boolean | undefined;
}

/** A client of RTM 1.x: one user, logged in or not. */
export class RtmClient extends RtmEmitter<RtmClientEvents> {
  readonly #appId: string;
  readonly #rates = new Rates(() => Date.now());
  readonly #connection: Connection;
  readonly #context: ChannelContext;
  readonly #userAttributes: UserAttributes;
  readonly #channelAttributes: ChannelAttributeStore;
  readonly #onlineStatus: OnlineStatus;
  readonly #invitations: Invitations;
  readonly #metadata: Metadata;
  readonly #media: MediaTransfers;
  #config: RtmConfig;

  /** @internal Made by `createInstance`. */
  constructor(appId: string, config: RtmConfig) {
    super();
    this.#appId = appId;
    this.#config = config;
    this.#connection = new Connection(appId, {
      changed: (state, reason) => this.emit("ConnectionStateChanged", state, reason),
      opened: (client) => this.#opened(client),
      restored: (client) => this.#restored(client),
      ended: () => this.#ended(),
      tokenWillExpire: () => this.emit("TokenPrivilegeWillExpire"),
      tokenExpired: () => this.emit("TokenExpired"),
      banned: () => this.emit("BannedByServer"),
    });
    const context = { client: (operation: RtmOperation) => this.#connection.client(operation), scale: this.#connection.scale };
    this.#metadata = new Metadata(context, {
      user: (uid, data) => this.emit("UserMetaDataUpdated", uid, data),
      channel: (channelId, data) => this.emit("ChannelMetaDataUpdated", data, channelId),
    });
    this.#media = new MediaTransfers(context);
    this.#context = {
      ...context,
      metadata: this.#metadata,
      rates: this.#rates,
      joined: new Map(),
      prepared: (message, channel) => this.#media.addressed(message, { channel }),
    };
    this.#userAttributes = new UserAttributes(this.#context, this.#rates);
    this.#channelAttributes = new ChannelAttributeStore(this.#context, this.#rates);
    this.#onlineStatus = new OnlineStatus(this.#context, this.#rates, (status) => this.emit("PeersOnlineStatusChanged", status));
    this.#invitations = new Invitations(this.#context, (invitation) => this.emit("RemoteInvitationReceived", invitation));
  }

  get connectionState(): ConnectionState {
    return this.#connection.state;
  }

  /** Logs in. The newest login of a user ends the one before it. */
  async login(options: LoginOptions): Promise<void> {
    const { uid, token }: Partial<LoginOptions> = options ?? {};
    if (!isRtmId(uid)) throw rtmError("login", 3, "a uid has 1 to 64 characters of the alphabet of RTM 1.x");
    if (token !== undefined && token !== null && typeof token !== "string") throw rtmError("login", 3, "a token is a text");
    if (this.#connection.state !== "DISCONNECTED") throw rtmError("login", 8, "already logged in, or logging in");
    if (!this.#rates.take("login")) throw rtmError("login", 10);
    // An app without certificates takes its own id for a token.
    await this.#connection.login(uid, token || this.#appId);
  }

  /** Leaves all channels, drops subscriptions and attributes, and takes all listeners off. */
  async logout(): Promise<void> {
    await this.#connection.logout();
    this.removeAllListeners();
  }

  /** The same without waiting for an answer: for a page that is about to go. */
  logoutSync(): void {
    this.#connection.logoutSync();
    this.removeAllListeners();
  }

  /** Gives the login another token, connected or on the way back. */
  async renewToken(token: string): Promise<void> {
    this.#connection.client("renewToken");
    if (typeof token !== "string" || token === "") throw rtmError("renewToken", 2, "a token is a text, not empty");
    if (!this.#rates.take("renewToken")) throw rtmError("renewToken", 4);
    await this.#connection.renewToken(token);
  }

  /** Sends to one user, be it oneself. Resolves when its client has the message, or when it is known not to be there, or not to be back in time. */
  async sendMessageToPeer(message: RtmMessage, peerId: string, options?: PeerMessageOptions): Promise<PeerMessageSendResult> {
    const client = this.#connection.client("sendMessageToPeer");
    if (!isRtmId(peerId)) throw rtmError("sendMessageToPeer", 6, "the peer's id is malformed");
    const checked = checkedMessage(message);
    if (typeof checked === "string") throw rtmError("sendMessageToPeer", 7, checked);
    if (!this.#rates.take("messages")) throw rtmError("sendMessageToPeer", 5);
    try {
      const ready = this.#media.addressed(checked, { user: peerId });
      const wire = toWire(ready instanceof Promise ? await ready : ready);
      const { data, customType } = wire instanceof Promise ? await wire : wire;
      // A uid has one connection, this one: the service has nobody to bring it to, now or later.
      const own = peerId === client.user;
      const { delivered } = await client.send(peerId, data, {
        ifAbsent: own ? "drop" : options?.enableOfflineMessaging === true ? "keep" : "bridge",
        ...(options?.enableHistoricalMessaging === true && { store: true }),
        ...(customType !== undefined && { customType }),
      });
      if (own) this.#message({ data, customType, from: peerId, ts: Date.now(), waited: false, stored: options?.enableHistoricalMessaging });
      return { hasPeerReceived: own || delivered > 0 };
    } catch (error) {
      throw rtmErrorFrom("sendMessageToPeer", error);
    }
  }

  /** A message as a plain object. */
  createMessage<Message extends RtmMessage>(message: Partial<Message>): Message {
    return { ...message } as Message;
  }

  /** A channel object; nothing is asked of the service before it joins. */
  createChannel(channelId: string): RtmChannel {
    if (!isRtmId(channelId)) throw rtmError("createChannel", 1, "a channel id has 1 to 64 characters of the alphabet of RTM 1.x");
    return new RtmChannel(channelId, this.#context);
  }

  /** An invitation to a call; it goes out with its `send`. */
  createLocalInvitation(calleeId: string): LocalInvitation {
    return this.#invitations.create(calleeId);
  }

  /** Replaces all attributes of this user. */
  setLocalUserAttributes(attributes: AttributesMap): Promise<void> {
    return this.#ask("attributes", this.#userAttributes.set(attributes));
  }

  /** Adds or overwrites some. */
  addOrUpdateLocalUserAttributes(attributes: AttributesMap): Promise<void> {
    return this.#ask("attributes", this.#userAttributes.update(attributes));
  }

  deleteLocalUserAttributesByKeys(attributeKeys: string[]): Promise<void> {
    return this.#ask("attributes", this.#userAttributes.remove(attributeKeys));
  }

  clearLocalUserAttributes(): Promise<void> {
    return this.#ask("attributes", this.#userAttributes.clear());
  }

  /** Anybody's who is there. */
  getUserAttributes(userId: string): Promise<AttributesMap> {
    return this.#ask("attributes", this.#userAttributes.get(userId));
  }

  getUserAttributesByKeys(userId: string, attributeKeys: string[]): Promise<AttributesMap> {
    return this.#ask("attributes", this.#userAttributes.get(userId, attributeKeys ?? []));
  }

  /** Replaces all attributes of a channel, joined or not. */
  setChannelAttributes(channelId: string, attributes: AttributesMap, options?: ChannelAttributeOptions): Promise<void> {
    return this.#ask("attributes", this.#channelAttributes.set(channelId, attributes, options));
  }

  addOrUpdateChannelAttributes(channelId: string, attributes: AttributesMap, options?: ChannelAttributeOptions): Promise<void> {
    return this.#ask("attributes", this.#channelAttributes.update(channelId, attributes, options));
  }

  deleteChannelAttributesByKeys(channelId: string, attributeKeys: string[], options?: ChannelAttributeOptions): Promise<void> {
    return this.#ask("attributes", this.#channelAttributes.remove(channelId, attributeKeys, options));
  }

  clearChannelAttributes(channelId: string, options?: ChannelAttributeOptions): Promise<void> {
    return this.#ask("attributes", this.#channelAttributes.clear(channelId, options));
  }

  getChannelAttributes(channelId: string): Promise<ChannelAttributes> {
    return this.#ask("attributes", this.#channelAttributes.get(channelId));
  }

  getChannelAttributesByKeys(channelId: string, attributeKeys: string[]): Promise<ChannelAttributes> {
    return this.#ask("attributes", this.#channelAttributes.get(channelId, attributeKeys ?? []));
  }

  /** Member counts of up to 32 channels, 0 for one that nobody is in. */
  async getChannelMemberCount(channelIds: string[]): Promise<ChannelMemberCountResult> {
    const client = this.#connection.client("getChannelMemberCount");
    if (!isIdList(channelIds)) throw rtmError("getChannelMemberCount", 2, "a list of channel ids, not empty");
    const names = [...new Set(channelIds)];
    if (names.length > LIMITS.memberCountChannels) throw rtmError("getChannelMemberCount", 5, `more than ${LIMITS.memberCountChannels} channels`);
    if (!this.#rates.take("getChannelMemberCount")) throw rtmError("getChannelMemberCount", 3);
    const channels = names.map((name) => ({ type: "message" as const, name }));
    const { counts } = await this.#ask("getChannelMemberCount", client.call("channel.member-count", { channels }));
    return Object.fromEntries(counts.map(({ channel, count }) => [channel.name, count]));
  }

  /** Which of up to 256 users are online. */
  queryPeersOnlineStatus(peerIds: string[]): Promise<PeersOnlineStatusResult> {
    return this.#ask("queryPeersOnlineStatus", this.#onlineStatus.query(peerIds));
  }

  /** Follows users, 512 in all: `PeersOnlineStatusChanged` says how they stand, and then each change. */
  subscribePeersOnlineStatus(peerIds: string[]): Promise<void> {
    return this.#ask("subscribePeersOnlineStatus", this.#onlineStatus.subscribe(peerIds));
  }

  unsubscribePeersOnlineStatus(peerIds: string[]): Promise<void> {
    return this.#ask("subscribePeersOnlineStatus", this.#onlineStatus.unsubscribe(peerIds));
  }

  /** Whom this client follows. */
  queryPeersBySubscriptionOption(option: PeerSubscriptionOption): Promise<string[]> {
    return this.#ask("queryPeersBySubscriptionOption", this.#onlineStatus.followed(option));
  }

  /** Uploads a file or an image: the message that comes may be sent to any number of users and channels, who alone can read it. */
  createMediaMessageByUploading(
    payload: Blob,
    params?: MediaMessageParameters,
    transHandler?: MediaTransferHandler,
  ): Promise<RtmFileMessage | RtmImageMessage> {
    return this.#media.upload(payload, params, transHandler);
  }

  /** The file of a message that came. */
  downloadMedia(mediaId: string, transHandler?: MediaTransferHandler): Promise<Blob> {
    return this.#media.download(mediaId, transHandler);
  }

  /** An item of metadata to be filled (1.6). */
  createMetadataItem(): RtmMetadataItem {
    return createMetadataItem();
  }

  /** Anybody's metadata, whether there or not. */
  getUserMetadata(uid: string): Promise<RtmMetadata> {
    return this.#metadata.getUserMetadata(uid);
  }

  /** Creates or overwrites items of this user; the others stay. */
  setLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.setLocalUserMetadata(items, options);
  }

  /** Creates items, none of which may be there already. */
  addLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.addLocalUserMetadata(items, options);
  }

  /** Overwrites items, all of which have to be there. */
  updateLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.updateLocalUserMetadata(items, options);
  }

  /** Removes the items of these keys. */
  deleteLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.deleteLocalUserMetadata(items, options);
  }

  clearLocalUserMetadata(options?: RtmMetadataOptions): Promise<void> {
    return this.#metadata.clearLocalUserMetadata(options);
  }

  /** Has each change of a user's metadata told by `UserMetaDataUpdated`. */
  subscribeUserMetadata(uid: string): Promise<void> {
    return this.#metadata.subscribeUserMetadata(uid);
  }

  unsubscribeUserMetadata(uid: string): Promise<void> {
    return this.#metadata.unsubscribeUserMetadata(uid);
  }

  updateConfig(config: RtmConfig): void {
    this.#config = { ...this.#config, ...config };
  }

  /** @deprecated Since 1.4.2: `updateConfig`. */
  setParameters(config: RtmConfig): void {
    this.updateConfig(config);
  }

  /** Whatever goes wrong has the operation's own number. */
  async #ask<Answer>(operation: RtmOperation, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      throw rtmErrorFrom(operation, error);
    }
  }

  #opened(client: Client): void {
    client.on("message", (message) => this.#message(message));
    client.on("presence", ({ users }) => this.#onlineStatus.changed(users));
    this.#invitations.attach(client);
    this.#metadata.attach(client);
  }

  #restored(client: Client): void {
    this.#userAttributes.restore(client).catch((error: unknown) => this.#log("warn", "the user's attributes could not be set again", error));
  }

  #ended(): void {
    for (const channel of [...this.#context.joined.values()]) channel.ended();
    this.#invitations.detach();
    this.#metadata.detach();
    this.#media.detach();
    this.#userAttributes.forget();
    this.#onlineStatus.forget();
  }

  /** A copy of what another device of this user sent is no message to it. */
  #message({ from, to, ts, data, customType, waited, stored }: Came): void {
    if (to !== undefined) return;
    const message = fromWire({ data, ...(customType !== undefined && { customType }) });
    if (message === undefined) return;
    this.emit("MessageFromPeer", message, from, { serverReceivedTs: ts, isOfflineMessage: waited, isHistoricalMessage: stored === true });
  }

  #log(level: "error" | "warn" | "info" | "debug", ...what: unknown[]): void {
    if (this.#config.logFilter?.[level] === true) console[level](...what);
  }
}
