import { isOvertaken, OVERTAKEN } from "../../../domain/overtaken.ts";
import { admit, isForgotten } from "../../../domain/user/devices.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { Welcome } from "../../../protocol/messages/session.ts";
import { type DeviceId, IDS_PER_GENERATION, SERVER_DEVICE } from "../../../protocol/names.ts";
import { PROTOCOL_VERSION } from "../../../protocol/version.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { authenticateSession } from "../../access/authenticate.ts";
import { findApp } from "../../storage/apps.ts";
import { timeScale } from "../../time-scale.ts";
import type { Revocation, SessionTrust } from "../../trust.ts";
import { acceptUpgrade, closeSocket, refuseUpgrade, sendFrame } from "../shell/sockets.ts";
import type { ChannelDesk } from "./channel-desk.ts";
import type { DeviceRecord } from "./device-table.ts";
import type { Home } from "./home.ts";
import type { PeerDesk } from "./peer-desk.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import type { Session } from "./sessions.ts";

/** What lasts as long as the user is logged in. */
export interface LoginLife {
  /** A login begins; its device is not registered yet. */
  begins(device: DeviceId): void;
  /** Its socket is there, and the welcome sent. */
  connected(device: DeviceId): void;
  /** A device's socket is gone; it may come back. */
  deviceLost(device: DeviceId): void;
  /** A device is out for good. */
  deviceEnds(device: DeviceId): void;
  /** The last device is. */
  ends(): Promise<void>;
}

/** Logins and their ends. */
export class SessionDesk {
  readonly #home: Home;
  readonly #peers: PeerDesk;
  readonly #channels: ChannelDesk;
  readonly #presence: PresenceDesk;
  readonly #life: LoginLife;

  constructor(home: Home, peers: PeerDesk, channels: ChannelDesk, presence: PresenceDesk, life: LoginLife) {
    this.#home = home;
    this.#peers = peers;
    this.#channels = channels;
    this.#presence = presence;
    this.#life = life;
  }

  /** Everything up to the welcome happens in one synchronous stretch; what others have to be told follows. */
  connect(trust: SessionTrust): Response {
    if (trust.device === SERVER_DEVICE) return refuseUpgrade(CLOSE.badRequest);
    if (this.#overtaken(trust)) return refuseUpgrade({ ...CLOSE.goAway, reason: OVERTAKEN });
    const now = this.#home.now();
    this.#home.learn(trust.settings);
    this.#life.begins(trust.device);
    const { returning, replaced, forgotten } = admit(this.#home.devices.all(), trust, trust.settings.devicePolicy, now);
    for (const device of replaced) void this.#end(device, CLOSE.replaced, "replaced");
    for (const device of forgotten) void this.#end(device, CLOSE.replaced, "logout");
    // Asked before the device is registered anew.
    const inTime = returning && this.#presence.expects(trust.device);
    const record = this.#register(trust, returning, now);
    this.#home.sessions.flush(trust.device);
    const older = this.#home.sessions.sockets(trust.device);
    this.#peers.lost(trust.device, inTime);
    if (!inTime) this.#peers.inbox.unbridge(trust.device);
    const { position, truncation } = this.#peers.inbox.start(trust.device);
    const { socket, response } = acceptUpgrade(this.#home.ctx, [trust.device], sessionOf(trust, record.generation, now, position.seq));
    this.#home.sessions.accepted(trust.device, socket);
    for (const old of older) closeSocket(old, returning ? CLOSE.goAway : CLOSE.replaced);
    sendFrame(socket, JSON.stringify(this.#welcome(trust, record.generation, now, position)));
    if (truncation !== undefined) this.#peers.truncated([truncation]);
    this.#peers.truncated(this.#peers.inbox.expire(now));
    this.#peers.replay(trust.device);
    this.#afterConnect(trust, returning);
    return response;
  }

  async renew(socket: WebSocket, session: Session, record: DeviceRecord, token: string): Promise<Result<{ expiresAt?: number }, WireError>> {
    const { env, app, user } = this.#home;
    const found = await findApp(env, app, this.#home.now());
    if (!found.ok) return found;
    const login = await authenticateSession(env, token, { app: found.value, settings: record.settings, user, nowMs: this.#home.now() });
    if (!login.ok) return login;
    const { tokenExpiresAt, enforceExpiry, rights } = login.value;
    // The verification took a while: the device may have been kicked meanwhile.
    const present = this.#home.devices.get(session.device);
    const live = this.#home.sessions.of(socket);
    if (present === undefined || live === undefined || present.generation !== session.generation) return err(wireError("token_revoked"));
    const narrowed = this.#channels.narrowed(session.device, present.rights, rights);
    // Tickets of before say more than the token does now: they are of an older generation from here.
    const generation = narrowed.length === 0 ? present.generation : this.#home.devices.nextGeneration();
    this.#home.devices.save({ ...present, rights, generation, tokenEndsAt: enforceExpiry ? tokenExpiresAt : undefined });
    const { warned: _, ...unwarned } = live;
    this.#home.sessions.save(socket, { ...unwarned, tokenExpiresAt, enforceExpiry, generation });
    this.#watchTokens();
    // What is taken back is gone when this is answered, or it is not known whether it is.
    if (!(await this.#channels.narrow(session.device, present.generation, narrowed, rights))) return err(wireError("timeout"));
    return ok(enforceExpiry ? { expiresAt: tokenExpiresAt } : {});
  }

  keepAlive(socket: WebSocket, session: Session, keepAliveMs: number): number {
    const announced = clampKeepAlive(keepAliveMs, timeScale(this.#home.env));
    this.#home.sessions.save(socket, { ...session, keepAliveMs: announced });
    this.#presence.refresh();
    return announced;
  }

  /** Ends one device's session for good: its channels, and with the last device what the user watches. */
  async logout(device: DeviceId): Promise<void> {
    await this.#finish([device], CLOSE.loggedOut, "logout");
  }

  /** What people call this device, until it is logged out. */
  name(device: DeviceId | undefined, name: string): Result<Record<string, never>, WireError> {
    const record = device === undefined ? undefined : this.#home.devices.get(device);
    if (record === undefined) return err(wireError("not_found", { field: "device" }));
    this.#home.devices.save({ ...record, name: name === "" ? undefined : name });
    return ok({});
  }

  /** How many sockets were closed. `by.device`: the one that asks, which stays unless it is meant. */
  async kick(device: DeviceId | undefined, by: { readonly server: boolean; readonly device?: DeviceId | undefined }): Promise<number> {
    const registered = this.#home.registered();
    const devices = device === undefined ? registered.filter((each) => each !== by.device) : registered.filter((each) => each === device);
    const sockets = devices.flatMap((each) => this.#home.sessions.sockets(each)).length;
    if (by.server) await this.#finish(devices, CLOSE.banned, "kick");
    else await this.#finish(devices, CLOSE.loggedOut, "logout");
    return sockets;
  }

  /** All of them, for the reason that `close` gives. */
  async end(close: { readonly code: number; readonly reason: string }): Promise<void> {
    await this.#finish(this.#home.registered(), close, "kick");
  }

  /** A socket ended by itself. Nothing happens when a newer one of that device is there. */
  async closed(socket: WebSocket): Promise<void> {
    const session = this.#home.sessions.of(socket);
    const record = session === undefined ? undefined : this.#home.devices.get(session.device);
    if (session === undefined || record === undefined || record.generation !== session.generation || !record.connected) return;
    if (this.#home.sessions.sockets(session.device).some((other) => other !== socket)) return;
    this.#home.devices.save({ ...record, connected: false, seenAt: this.#home.now() });
    this.#peers.lost(session.device);
    this.#life.deviceLost(session.device);
    this.#presence.refresh();
    await this.#channels.lost(session);
  }

  /** The alarm's turn: tokens that are about to end, or have ended. */
  tokensDue(): void {
    const now = this.#home.now();
    for (const socket of this.#home.sessions.sockets()) {
      const session = this.#home.sessions.of(socket);
      if (session === undefined || !session.enforceExpiry) continue;
      if (now >= session.tokenExpiresAt) closeSocket(socket, CLOSE.tokenExpired);
      else if (session.warned !== true && now >= session.tokenExpiresAt - this.#home.times.tokenWarningMs) {
        this.#home.sessions.save(socket, { ...session, warned: true });
        this.#home.sessions.send(session.device, [{ type: "notice", name: "token.will-expire", expiresAt: session.tokenExpiresAt }]);
      }
    }
  }

  /** Devices that have been absent for too long. Looked for whenever the object starts: until then nobody can tell. */
  forgetAbsent(): void {
    const now = this.#home.now();
    const absent = this.#home.devices.all().filter((record) => isForgotten(record, now));
    if (absent.length === 0) return;
    for (const { device } of absent) void this.#end(device, CLOSE.replaced, "logout");
    if (this.#home.registered().length === 0) this.#home.ctx.waitUntil(this.#life.ends());
  }

  #overtaken({ device, instance, attempt }: SessionTrust): boolean {
    const socket = this.#home.sessions.socket(device);
    const present = socket === undefined ? undefined : this.#home.sessions.of(socket);
    return present?.instance === instance && isOvertaken(attempt, present.attempt);
  }

  #register(trust: SessionTrust, returning: boolean, now: number): DeviceRecord {
    const before = this.#home.devices.get(trust.device);
    if (before !== undefined && !returning) void this.#revokeLater(trust.device, before.generation, "replaced");
    const narrowed = before !== undefined && returning ? this.#channels.narrowed(trust.device, before.rights, trust.rights) : [];
    const generation = returning && before !== undefined && narrowed.length === 0 ? before.generation : this.#home.devices.nextGeneration();
    const record = {
      device: trust.device,
      kind: trust.kind,
      instance: trust.instance,
      generation,
      connected: true,
      seenAt: now,
      ...(trust.enforceExpiry && { tokenEndsAt: trust.tokenExpiresAt }),
      ...(before?.name !== undefined && { name: before.name }),
      rights: trust.rights,
      settings: trust.settings,
    };
    this.#home.devices.save(record);
    this.#peers.register(trust.device);
    if (before !== undefined && narrowed.length > 0) this.#home.ctx.waitUntil(this.#channels.narrow(trust.device, before.generation, narrowed, trust.rights));
    return record;
  }

  #afterConnect(trust: SessionTrust, returning: boolean): void {
    this.#watchTokens();
    this.#presence.refresh();
    this.#presence.watched.catchUp(trust.device, returning);
    this.#life.connected(trust.device);
  }

  #welcome(trust: SessionTrust, generation: number, now: number, inbox: { epoch: string; seq: number }): Welcome {
    return {
      type: "welcome",
      kind: "session",
      protocol: PROTOCOL_VERSION,
      user: this.#home.user,
      device: trust.device,
      generation,
      firstId: generation * IDS_PER_GENERATION,
      serverTime: now,
      ...(trust.enforceExpiry ? { tokenExpiresAt: trust.tokenExpiresAt } : {}),
      keepAliveMs: trust.keepAliveMs,
      reconnectSpreadMs: TIMINGS.reconnectSpreadMs,
      inbox,
      limits: {
        frameBytes: LIMITS.frameBytes,
        payloadBytes: LIMITS.payloadBytes,
        directSockets: LIMITS.directSocketsPerClient,
        channels: LIMITS.channelsPerDevice,
      },
    };
  }

  #watchTokens(): void {
    // One that has less to live than the warning's time hears of it at once.
    this.tokensDue();
    this.#home.deadlines.stands();
  }

  async #finish(devices: readonly DeviceId[], close: { code: number; reason: string }, reason: Revocation["reason"]): Promise<void> {
    const revoked = devices.map((device) => this.#end(device, close, reason));
    this.#presence.refresh();
    if (this.#home.registered().length === 0) revoked.push(this.#life.ends());
    await Promise.all(revoked);
  }

  /** Unregisters a device at once; the promise is that its channels have been told. */
  #end(device: DeviceId, close: { code: number; reason: string }, reason: Revocation["reason"]): Promise<void> {
    const record = this.#home.devices.get(device);
    if (record === undefined) return Promise.resolve();
    this.#peers.lost(device, false);
    this.#home.devices.remove(device);
    this.#peers.inbox.forget(device);
    this.#life.deviceEnds(device);
    this.#home.sessions.flush(device);
    for (const socket of this.#home.sessions.sockets(device)) closeSocket(socket, close);
    return this.#revokeLater(device, record.generation, reason);
  }

  #revokeLater(device: DeviceId, generation: number, reason: Revocation["reason"]): Promise<void> {
    const revoked = this.#channels.revokeAll(device, generation, reason);
    this.#home.ctx.waitUntil(revoked);
    return revoked;
  }
}

const sessionOf = (trust: SessionTrust, generation: number, now: number, sent: number): Session => ({
  device: trust.device,
  instance: trust.instance,
  generation,
  keepAliveMs: trust.keepAliveMs,
  connectedAt: now,
  sent,
  tokenExpiresAt: trust.tokenExpiresAt,
  enforceExpiry: trust.enforceExpiry,
  ...(trust.attempt !== undefined && { attempt: trust.attempt }),
});

/** Within the product's bounds, which tests scale. */
const clampKeepAlive = (announced: number, scale: number): number =>
  Math.round(Math.min(TIMINGS.keepAliveMaxMs * scale, Math.max(TIMINGS.keepAliveMinMs * scale, announced)));
