import { DurableObject } from "cloudflare:workers";
import type { Heard } from "../../domain/call/teller.ts";
import type { Heard as NewsHeard } from "../../domain/conversation/telling.ts";
import type { GroupWord } from "../../domain/membership/authority.ts";
import type { ContactAnswer, ContactWord } from "../../domain/people/contacts.ts";
import type { WatchWish } from "../../domain/user/watching.ts";
import { CLOSE } from "../../protocol/close-codes.ts";
import type { WireError } from "../../protocol/errors.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { News } from "../../protocol/messages/conversation.ts";
import type { MetadataSet } from "../../protocol/messages/metadata.ts";
import type { UserPresence } from "../../protocol/messages/notice.ts";
import type { ChannelRef, DeviceId, UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { ok, type Result } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { type Call, type CallReply, TRUST_HEADER } from "../trust.ts";
import type { RideEnd } from "./channel/riders.ts";
import { parseObjectName } from "./locate.ts";
import { answerPings, closeSocket, refuseUpgrade } from "./shell/sockets.ts";
import { Tables } from "./shell/tables.ts";
import { ACCOUNT_DEADLINE, eraseDeleted } from "./user/account-desk.ts";
import { CALLS_DEADLINE } from "./user/call-desk.ts";
import { type Desks, openDesks } from "./user/desks.ts";
import { EVENTS_DEADLINE } from "./user/event-desk.ts";
import { HISTORY_DEADLINE } from "./user/history-desk.ts";
import { type MetadataNews, WATCHERS_DEADLINE } from "./user/metadata-watchers.ts";
import { type PackedParcel, packReply, unpackParcel } from "./user/parcel.ts";
import { INBOX_DEADLINE } from "./user/peer-desk.ts";
import { Requests } from "./user/requests.ts";
import { USER_TABLES, type UserTables } from "./user/schema.ts";
import { readSessionTrust } from "./user/session-trust.ts";
import { answerForNobody, answerUserCall } from "./user/user-calls.ts";

interface Relay {
  readonly channel: ChannelRef;
  readonly devices: DeviceId[];
  readonly frames: (string | Uint8Array)[];
  /** How far the stream reaches with the last frame. */
  readonly upTo: number;
}

/** One user of one app: session sockets, inbox, attributes, online status. Decides nothing itself: the desks do. */
export class UserObject extends DurableObject<Env> {
  readonly #tables: UserTables;
  #open: { readonly desks: Desks; readonly requests: Requests } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    answerPings(ctx);
    this.#tables = new Tables(ctx.storage.sql, USER_TABLES);
    eraseDeleted(this.#tables);
    if (!this.#exists()) return;
    const desks = this.#desks();
    desks.sessions.forgetAbsent();
    desks.events.recover();
    desks.presence.recover();
    if (this.#tables.has("call")) desks.calls.recover();
    desks.channels.recover();
    desks.history.recover();
    ctx.waitUntil(desks.home.deadlines.heal());
  }

  /** A session socket, from the entry Worker. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return new Response(null, { status: 426 });
    const { home, sessions, account } = this.#desks();
    const trust = readSessionTrust(request.headers.get(TRUST_HEADER));
    if (trust === undefined || trust.app !== home.app || trust.user !== home.user) return refuseUpgrade(CLOSE.badRequest);
    if (!account.mayAct) return refuseUpgrade(CLOSE.deactivated);
    return sessions.connect(trust);
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void | Promise<void> {
    // Closed from here: whoever does not answer the close must not go on speaking.
    if (socket.readyState === WebSocket.OPEN) return this.#opened().requests.frame(socket, data);
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    // The platform leaves the client without an answer otherwise.
    closeSocket(socket, { code, reason });
    await this.#desks().sessions.closed(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    closeSocket(socket, CLOSE.internal);
    await this.#desks().sessions.closed(socket);
  }

  override async alarm(): Promise<void> {
    const desks = this.#desks();
    const { home, sessions, channels, presence, history, events, peers } = desks;
    sessions.tokensDue();
    const duty = async (name: string): Promise<void> => {
      if (name === "presence") presence.refresh();
      else if (name === "revocations") await channels.retryRevocations();
      else if (name === CALLS_DEADLINE) await desks.calls.due();
      else if (name === WATCHERS_DEADLINE) desks.watchers.due();
      else if (name === HISTORY_DEADLINE) await history.due();
      else if (name === EVENTS_DEADLINE) await events.due();
      else if (name === INBOX_DEADLINE) peers.expire();
      else if (name === ACCOUNT_DEADLINE) await desks.account.due();
    };
    await home.deadlines.run(home.now(), duty, (name, error) => logLine("user.duty-failed", { duty: name, message: messageOf(error) }));
    if (!desks.account.isErased) return;
    // What the desks remember is of one who is no more.
    eraseDeleted(this.#tables);
    this.#open = undefined;
  }

  /** Request/response operations about this user, whoever asks. */
  async call(call: Call): Promise<CallReply> {
    // Asking after somebody who never was here must not cost a row.
    const nothing = this.#exists() ? undefined : answerForNobody(this.#identity().user, call);
    if (nothing !== undefined) return { ok: nothing };
    return answerUserCall(this.#desks(), call);
  }

  /** What another user has sent, in order, and the later word on messages from this user's devices. Where nothing is sent there are no settings. */
  async deliver(parcel: PackedParcel, settings?: string): Promise<string> {
    const { peers } = this.#desks();
    return packReply(peers.take(unpackParcel(parcel), settings));
  }

  /** Another user watches this one's online status, in another way than before, or no longer. */
  async watch(watcher: UserId, wish: WatchWish | undefined): Promise<Result<UserPresence, WireError>> {
    if (wish === undefined && !this.#exists()) return ok({ user: this.#identity().user, state: "OFFLINE" });
    return this.#desks().presence.watch(watcher, wish);
  }

  /** Online status of users this one watches. False for each it does not watch any more. */
  async statusChanged(changes: UserPresence[]): Promise<boolean[]> {
    if (!this.#exists()) return changes.map(() => false);
    return this.#desks().presence.watched.changed(changes);
  }

  /** Another user starts or stops watching this one's metadata. */
  async watchMetadata(watcher: UserId, on: boolean): Promise<Result<MetadataSet, WireError>> {
    if (!on && !this.#exists()) return ok({ majorRevision: 0, items: [] });
    return this.#desks().watchers.watch(watcher, on);
  }

  /** The metadata of a user this one watches. False if it does not any more. */
  async metadataChanged(news: MetadataNews): Promise<boolean> {
    return this.#exists() && this.#desks().watched.news(news);
  }

  /** Frames of a channel that rides on session sockets. `gone`: devices it rides on no longer. */
  async relay({ channel, devices, frames, upTo }: Relay): Promise<{ gone: DeviceId[] }> {
    if (!this.#exists()) return { gone: devices };
    const { channels } = this.#desks();
    return { gone: devices.filter((device) => !channels.relay(device, channel, frames, upTo)) };
  }

  /** The channel has ended a rider's membership. */
  async riderClosed(end: RideEnd): Promise<void> {
    this.#desks().channels.rideEnded(end);
  }

  /** A call this user is in, or is called to, has changed. */
  async callChanged(view: CallView): Promise<Heard> {
    return this.#desks().calls.changed(view);
  }

  /** What is new in a conversation of this user. `leaf`: of a group, by which it comes. */
  async chatNews(news: News, leaf?: number): Promise<NewsHeard> {
    return this.#desks().chats.news(news, leaf);
  }

  /** Word from a group: of something that concerns this user, or that it is a member no more. */
  async groupWord(group: string, word: GroupWord): Promise<void> {
    this.#desks().chats.groupWord(group, word);
  }

  /** Word from a thread: this user is in it no more, and was up to that number. */
  async threadGone(thread: string, left: number): Promise<void> {
    this.#desks().chats.threadGone(thread, left);
  }

  /** Whether this user may do anything: false once it is deactivated. */
  async mayAct(): Promise<boolean> {
    return !this.#exists() || this.#desks().account.mayAct;
  }

  /** Whether this user has blocked that one. */
  async chatRefuses(from: UserId): Promise<boolean> {
    return this.#exists() && this.#desks().blocks.refuses(from);
  }

  /** Word from another user's object about being contacts. */
  async contactWord(from: UserId, word: ContactWord): Promise<ContactAnswer> {
    if (!this.#exists() && (word.kind === "decline" || word.kind === "remove")) return ok({ state: "none" });
    return this.#desks().contacts.hear(from, word);
  }

  #exists(): boolean {
    return this.#open !== undefined || this.#tables.some;
  }

  #identity(): { app: string; user: UserId } {
    const name = parseObjectName(must(this.ctx.id.name, "objects are reached by name"));
    if (name?.kind !== "user") throw new TypeError("this object's name is not a user's");
    return name;
  }

  #opened(): { readonly desks: Desks; readonly requests: Requests } {
    if (this.#open === undefined) {
      const desks = openDesks(this.ctx, this.env, this.#identity(), this.#tables);
      this.#open = { desks, requests: new Requests(desks) };
    }
    return this.#open;
  }

  #desks(): Desks {
    return this.#opened().desks;
  }
}
