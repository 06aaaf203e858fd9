import { type ChannelRights, readsChannel, writesChannel } from "../../../domain/access/rights.ts";
import { issueTicket } from "../../../domain/access/ticket.ts";
import { ticketExpiry } from "../../../domain/access/ticket-life.ts";
import { isOffline } from "../../../domain/user/online-status.ts";
import { RecentMap } from "../../../domain/user/recent-map.ts";
import { Relays } from "../../../domain/user/relays.ts";
import { RiderFlow } from "../../../domain/user/rider-flow.ts";
import { Turns } from "../../../domain/user/turns.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Position } from "../../../protocol/messages/session.ts";
import { type ChannelRef, channelStream, type DeviceId } from "../../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { encodeUtf8 } from "../../../util/text.ts";
import { webTokenCrypto } from "../../access/web-crypto.ts";
import type { Revocation, RiderJoined } from "../../trust.ts";
import type { RideEnd } from "../channel/riders.ts";
import { channelObject } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import { closeSocket } from "../shell/sockets.ts";
import { ChannelTable, type KeptRevocation, type Via } from "./channel-table.ts";
import type { DeviceRecord } from "./device-table.ts";
import type { Home } from "./home.ts";
import type { Session } from "./sessions.ts";

const DEADLINE = "revocations";
const REVOCATION_RETRY_MS = 5_000;
const REVOCATIONS_PER_RUN = 50;

const crypto = webTokenCrypto();

/** The channels of a user's devices: admission, riders, and taking admission back. */
export class ChannelDesk {
  readonly table: ChannelTable;
  readonly #home: Home;
  readonly #stubs = new RecentMap<string, ReturnType<typeof channelObject>>(LIMITS.channelsPerDevice);

  readonly #relays: Relays;
  readonly #flow = new RiderFlow();
  readonly #turns = new Turns();

  constructor(home: Home) {
    this.#home = home;
    this.#relays = new Relays((device, frame) => home.sessions.sendFrame(device, typeof frame === "string" ? frame : new Uint8Array(frame)));
    this.table = new ChannelTable(home.tables);
  }

  /** A ticket for a direct socket. */
  admit(asker: Session, channel: ChannelRef): Promise<Result<OutputOf<"channel.join">, WireError>> {
    return this.#inTurn(asker.device, channel, async () => {
      const turnedAway = channel.type === "room" ? await this.#turnedAway(channel) : undefined;
      if (turnedAway !== undefined) return err(turnedAway);
      const login = this.#present(asker);
      if (!login.ok) return login;
      const { session, record } = login.value;
      const refused = this.#enter(session, record, channel, "direct");
      if (refused !== undefined) return err(refused);
      if (this.table.ticketed(session.device, this.#home.now()).length < LIMITS.ticketsLeft) return this.#ticket(session, record, channel);
      this.table.remove(session.device, channel);
      return err(
        wireError("rate_limited", { field: "channel", limit: LIMITS.ticketsLeft, retryAfterMs: 60_000, message: "too many channels joined and left" }),
      );
    });
  }

  /** A place on the session socket. The caller releases the channel's frames once the device has been told. */
  ride(asker: Session, { channel, position }: InputOf<"channel.join">): Promise<Result<RiderJoined, WireError>> {
    return this.#inTurn(asker.device, channel, async () => {
      const login = this.#present(asker);
      if (!login.ok) return login;
      const { session, record } = login.value;
      const refused = this.#enter(session, record, channel, "session");
      if (refused !== undefined) return err(refused);
      const joined = await this.#attach(session, record, channel, position);
      if (!joined.ok) this.table.remove(session.device, channel);
      return joined;
    });
  }

  /** A room looks at who comes, beside the token. */
  async #turnedAway(room: ChannelRef): Promise<WireError | undefined> {
    const asked = await this.#call(room, async (stub) => stub.refuses(this.#home.user));
    return asked.ok ? asked.value : asked.error;
  }

  /** The login as it is when its turn comes: it may have ended since it asked, or its rights have changed. */
  #present(asker: Session): Result<{ session: Session; record: DeviceRecord }, WireError> {
    const record = this.#home.devices.get(asker.device);
    if (record?.instance !== asker.instance) return err(wireError("token_revoked"));
    return ok({ session: { ...asker, generation: record.generation }, record });
  }

  /** First the row: what the channel sends before its answer is not for a stranger. */
  #enter({ device }: Session, { rights }: DeviceRecord, channel: ChannelRef, via: Via): WireError | undefined {
    if (!readsChannel(rights, channel)) return wireError("forbidden", { field: "channel", message: "the token does not allow this channel" });
    if (this.table.add({ device, channel, via })) return undefined;
    return wireError("limit_exceeded", { field: "channel", limit: LIMITS.channelsPerDevice, message: `at most ${LIMITS.channelsPerDevice} channels at once` });
  }

  async #ticket(session: Session, record: DeviceRecord, channel: ChannelRef): Promise<Result<OutputOf<"channel.join">, WireError>> {
    const secret = this.#home.env.WIGWAG_SECRET;
    if (!secret) return err(wireError("unavailable", { message: "WIGWAG_SECRET is not set" }));
    const { app, user } = this.#home;
    const expiresAt = ticketExpiry(this.#home.now(), session.enforceExpiry ? session.tokenExpiresAt : Number.MAX_SAFE_INTEGER);
    const ticket = await issueTicket(
      {
        appId: app,
        userId: user,
        deviceId: session.device,
        sessionGeneration: session.generation,
        channel,
        leaf: 0,
        planEpoch: "",
        rights: { read: true, write: writesChannel(record.rights, channel), quiet: false },
        expiresAtMs: expiresAt,
      },
      encodeUtf8(secret),
      crypto,
    );
    const query = new URLSearchParams({ app, user, device: session.device, type: channel.type, name: channel.name });
    return ok({ via: "direct", path: `/v1/channel?${query}`, ticket, expiresAt });
  }

  /** Frames that bring the device to the stream's head are in the answer: the caller releases them, and what came meanwhile. */
  attach(asker: Session, channel: ChannelRef, position: Position): Promise<Result<RiderJoined, WireError>> {
    return this.#inTurn(asker.device, channel, async () => {
      const login = this.#present(asker);
      if (!login.ok) return login;
      if (!this.isJoined(asker.device, channel))
        return err(wireError("not_member", { field: "streams", message: `${channelStream(channel)} does not ride on this socket` }));
      return this.#attach(login.value.session, login.value.record, channel, position);
    });
  }

  async #attach(session: Session, record: DeviceRecord, channel: ChannelRef, position: Position | undefined): Promise<Result<RiderJoined, WireError>> {
    const trust = {
      app: this.#home.app,
      user: this.#home.user,
      device: session.device,
      generation: session.generation,
      connectedAt: session.connectedAt,
      channel,
      read: true,
      write: writesChannel(record.rights, channel),
      settings: record.settings,
      ...(position === undefined ? {} : { position }),
    };
    this.#relays.hold(session.device, channel);
    this.#flow.forget(session.device, channelStream(channel));
    const reply = await this.#call(channel, async (stub) => stub.attach(trust));
    const joined = !reply.ok ? reply : "error" in reply.value ? err(reply.value.error) : ok(reply.value.ok);
    if (!joined.ok) this.#relays.drop(session.device, channel);
    return joined;
  }

  async leave(session: Session, channel: ChannelRef): Promise<Result<undefined, WireError>> {
    const { device, generation } = session;
    const user = this.#home.user;
    return this.#inTurn(device, channel, async () => {
      const via = this.table.via(device, channel);
      if (via === undefined) return ok(undefined);
      const left = await this.#call(channel, (stub) =>
        via === "session" ? stub.detach({ user, device, reason: "left", connectedAt: session.connectedAt }) : stub.leave({ user, device, generation }),
      );
      // Where that could not be told it is out all the same: asked for it with the next frame, or the next sweep, this object knows it no longer.
      this.table.remove(device, channel);
      this.#flow.forget(device, channelStream(channel));
      // A ticket outlives the membership it was for, so a later logout or kick has to reach that channel, too.
      if (via === "direct") this.table.keepTicketed(device, channel, this.#home.now() + LIMITS.ticketTtlMs);
      return left.ok ? ok(undefined) : left;
    });
  }

  /** Frames of a channel for a device that rides. False: it does not, or is gone. */
  relay(device: DeviceId, channel: ChannelRef, frames: RiderJoined["frames"], upTo: number): boolean {
    if (!this.isJoined(device, channel) || this.#isSilent(device) || !this.#relays.relay(device, channel, frames)) return false;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (this.#flow.sent(device, channelStream(channel), bytes, upTo)) return true;
    this.riderClosed(device, channel, CLOSE.slowReader.code, CLOSE.slowReader.reason);
    return false;
  }

  /** Its pings have ended: it is gone, whatever its socket says. Should it be there after all, it comes back, for the socket is closed. */
  #isSilent(device: DeviceId): boolean {
    const { devices, sessions, times } = this.#home;
    const record = devices.get(device);
    if (record === undefined || !isOffline(this.#home.signOf(record), this.#home.now(), times)) return false;
    for (const socket of sessions.sockets(device)) closeSocket(socket, CLOSE.goAway);
    return true;
  }

  /** A device has a riding channel's stream up to there. */
  acknowledge(device: DeviceId, stream: string, upTo: number): void {
    this.#flow.acknowledge(device, stream, upTo);
  }

  /** Sends what the device missed, then what came while it was not told yet that it is in. */
  release(device: DeviceId, channel: ChannelRef, missed: RiderJoined["frames"]): void {
    this.#relays.release(device, channel, missed);
  }

  /** The session socket is gone: riders have lost theirs, direct sockets live on by themselves. */
  async lost({ device, connectedAt }: Session): Promise<void> {
    const riding = this.table.of(device).filter(({ via }) => via === "session");
    const rider = { user: this.#home.user, device, connectedAt, reason: "lost" as const };
    await eachBounded(riding, LIMITS.callsAtOnce, ({ channel }) => this.#inTurn(device, channel, () => this.#call(channel, (stub) => stub.detach(rider))));
  }

  /** Ends a device's admissions. What cannot be told now is told later. */
  async revokeAll(device: DeviceId, generation: number, reason: Revocation["reason"]): Promise<void> {
    const channels = this.#admitted(device);
    for (const channel of channels) this.#drop(device, channel);
    await this.#tell(this.#keep(channels.map((channel) => ({ channel, revocation: { user: this.#home.user, device, generation, reason } }))));
  }

  /** Channels the device was admitted to and whose rights would shrink. */
  narrowed(device: DeviceId, before: ChannelRights, after: ChannelRights): ChannelRef[] {
    // A return with the rights it had is the rule, and asks no table.
    if (after === "all" || JSON.stringify(before) === JSON.stringify(after)) return [];
    return this.#admitted(device).filter((channel) => !readsChannel(after, channel) || (writesChannel(before, channel) && !writesChannel(after, channel)));
  }

  /**
   * Takes back what was granted up to `generation`; who may still read joins again with what is left. False: a channel could not be
   * told yet of this, or of what an earlier life of this object took back.
   */
  async narrow(device: DeviceId, generation: number, channels: readonly ChannelRef[], after: ChannelRights): Promise<boolean> {
    const user = this.#home.user;
    const revocations = channels.map((channel) => {
      const read = readsChannel(after, channel);
      if (!read) this.#expel(device, channel);
      return { channel, revocation: { user, device, generation, reason: "rights" as const, read, write: writesChannel(after, channel) } };
    });
    const earlier = this.table.keptRevocations(REVOCATIONS_PER_RUN).filter(({ revocation }) => revocation.device === device);
    return this.#tell([...earlier, ...this.#keep(revocations)]);
  }

  /** Channels joined, and those left whose tickets are still good. */
  #admitted(device: DeviceId): ChannelRef[] {
    return [...this.table.of(device).map(({ channel }) => channel), ...this.table.ticketed(device, this.#home.now())];
  }

  /** Who rides is told from here: a frame that comes before the channel's word is for nobody any more, and then there is no ride to end there. */
  #expel(device: DeviceId, channel: ChannelRef): void {
    const rode = this.isJoined(device, channel);
    this.#drop(device, channel);
    if (rode) this.riderClosed(device, channel, CLOSE.rightsChanged.code, CLOSE.rightsChanged.reason);
  }

  #drop(device: DeviceId, channel: ChannelRef): void {
    this.table.remove(device, channel);
    this.table.dropTicketed(device, channel);
  }

  /** Revocations left over from the object's last life. */
  recover(): void {
    if (this.table.keptRevocations(1).length > 0) this.#home.deadlines.setNoLater(DEADLINE, this.#home.now());
  }

  /** The alarm's turn on revocations that could not be told. */
  async retryRevocations(): Promise<void> {
    if (await this.#tell(this.table.keptRevocations(REVOCATIONS_PER_RUN))) this.recover();
  }

  /** One stub for all calls to a channel: only calls over the same one stay in order, and a channel refuses what comes out of turn. */
  orderedStub(channel: ChannelRef): ReturnType<typeof channelObject> {
    const key = channelStream(channel);
    const stub = this.#stubs.get(key) ?? channelObject(this.#home.env, this.#home.app, channel, this.#home.where);
    this.#stubs.set(key, stub);
    return stub;
  }

  /** After an error a stub is broken for good. */
  dropStub(channel: ChannelRef, stub: ReturnType<typeof channelObject>): void {
    const key = channelStream(channel);
    // Whoever called over it is told, one after the other: the next one is in use by then.
    if (this.#stubs.get(key) === stub) this.#stubs.delete(key);
  }

  isJoined(device: DeviceId, channel: ChannelRef): boolean {
    return this.table.via(device, channel) === "session";
  }

  /** The channel's word, which may come late: what becomes of a ride on an earlier connection, or of an earlier login, is nothing to the next. */
  rideEnded({ channel, device, code, reason, connectedAt = 0, generation }: RideEnd): void {
    const present = this.#home.sessions.present(device);
    if (present !== undefined && connectedAt !== 0 && present.connectedAt !== connectedAt) return;
    if (present !== undefined && generation !== undefined && code === CLOSE.replaced.code && generation < present.generation) return;
    this.riderClosed(device, channel, code, reason);
  }

  riderClosed(device: DeviceId, channel: ChannelRef, code: number, reason: string): void {
    this.table.remove(device, channel);
    this.#flow.forget(device, channelStream(channel));
    this.#home.sessions.send(device, [{ type: "notice", name: "channel.closed", channel, code, reason }]);
  }

  /** Before anybody is told, until it is: an object that is lost in between tells it in its next life. */
  #keep(revocations: readonly { channel: ChannelRef; revocation: Revocation }[]): KeptRevocation[] {
    return revocations.map(({ channel, revocation }) => ({ id: this.table.keepRevocation(channel, revocation), channel, revocation }));
  }

  /** Whether all could be told; the others are later. */
  async #tell(kept: readonly KeptRevocation[]): Promise<boolean> {
    const told = await eachBounded(kept, LIMITS.callsAtOnce, async ({ id, channel, revocation }) => {
      const told = await this.#call(channel, (stub) => stub.revoke(revocation));
      if (told.ok) this.table.dropRevocation(id);
      else this.#home.deadlines.setNoLater(DEADLINE, this.#home.now() + REVOCATION_RETRY_MS);
      return told.ok;
    });
    return !told.includes(false);
  }

  /** Calls about one device in one channel, one after the other: a late "lost" must not end what a return has begun. */
  #inTurn<Answer>(device: DeviceId, channel: ChannelRef, work: () => Promise<Answer>): Promise<Answer> {
    return this.#turns.take(`${device}\n${channelStream(channel)}`, work);
  }

  /** All of these may be repeated. */
  #call<Answer>(channel: ChannelRef, work: (stub: ReturnType<typeof channelObject>) => Promise<Answer>): Promise<Result<Answer, WireError>> {
    const { env, app, where } = this.#home;
    return callRepeatedly(() => work(channelObject(env, app, channel, where)));
  }
}
