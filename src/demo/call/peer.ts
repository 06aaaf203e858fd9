import type { LocalMedia, Sending } from "./local-media.ts";
import type { PeerSignal } from "./peer-wire.ts";

export interface PeerOptions {
  /** Of two who offer at once the polite one takes its offer back; it also lets the other begin. */
  readonly polite: boolean;
  readonly local: LocalMedia;
  readonly iceServers: readonly RTCIceServer[];
  send(signal: PeerSignal): void;
  changed(): void;
}

/** The polite one begins all the same if the other does not. */
const BEGIN_ANYWAY_MS = 2_000;
/** A way that was lost may come back by itself within this time. */
const LOST_FOR_MS = 2_500;

/** Media to and from one other end, by the pattern that WebRTC calls perfect negotiation. */
export class Peer {
  /** Which end we are for this connection. */
  readonly end = crypto.randomUUID();
  /** The other's picture and sound. */
  readonly stream = new MediaStream();
  /** Which end speaks from there, as soon as it has spoken. */
  other: string | undefined;
  sending: Sending = { microphone: true, camera: true };
  readonly #options: PeerOptions;
  readonly #connection: RTCPeerConnection;
  #begun = false;
  #offering = false;
  #ignoring = false;
  #closed = false;
  /** Signals are taken one after the other. */
  #last: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#connection = new RTCPeerConnection({ iceServers: [...options.iceServers], bundlePolicy: "max-bundle" });
    this.#listen();
    if (options.polite) this.#timer = setTimeout(() => this.#begin(), BEGIN_ANYWAY_MS);
    else this.#begin();
  }

  get connected(): boolean {
    const { iceConnectionState } = this.#connection;
    return iceConnectionState === "connected" || iceConnectionState === "completed";
  }

  hear(signal: PeerSignal): void {
    this.#last = this.#last
      .then(() => this.#take(signal))
      .catch((error: unknown) => {
        // It may have ended while the signal was being taken.
        if (!this.#closed) console.warn("a signal could not be used", error);
      });
  }

  /** The way for signals was lost and is back: what was said meanwhile may not have come. */
  recover(): void {
    if (this.#closed) return;
    this.tell();
    if (this.connected && this.#connection.signalingState === "stable") return;
    this.#sayAgain();
    this.#say({ again: true });
  }

  /** Tells what of picture and sound is switched on here. */
  tell(): void {
    this.#say({ sending: this.#options.local.sending });
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #listen(): void {
    const connection = this.#connection;
    connection.addEventListener("negotiationneeded", () => void this.#offer());
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate !== null) this.#say({ candidate: candidate.toJSON() });
    });
    connection.addEventListener("track", ({ track }) => {
      this.stream.addTrack(track);
      this.#options.changed();
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      this.#watch();
      this.#options.changed();
    });
  }

  /** A way that is lost is looked for again, at once when it has failed. */
  #watch(): void {
    clearTimeout(this.#timer);
    const { iceConnectionState } = this.#connection;
    if (iceConnectionState === "failed") this.#connection.restartIce();
    else if (iceConnectionState === "disconnected") this.#timer = setTimeout(() => this.#connection.restartIce(), LOST_FOR_MS);
  }

  #begin(): void {
    if (this.#begun || this.#closed) return;
    this.#begun = true;
    const { stream, sending } = this.#options.local;
    for (const track of stream.getTracks()) this.#connection.addTrack(track, stream);
    // Who has no camera still wants to see.
    for (const kind of ["audio", "video"]) {
      if (this.#connection.getTransceivers().some(({ receiver }) => receiver.track.kind === kind)) continue;
      this.#connection.addTransceiver(kind, { direction: "recvonly" });
    }
    if (!sending.camera || !sending.microphone) this.tell();
  }

  async #offer(): Promise<void> {
    if (this.#closed) return;
    try {
      this.#offering = true;
      await this.#connection.setLocalDescription();
      this.#sayDescription();
    } catch (error) {
      if (!this.#closed) console.warn("no offer could be made", error);
    } finally {
      this.#offering = false;
    }
  }

  async #take({ end, to, description, candidate, sending, again }: PeerSignal): Promise<void> {
    if (this.#closed || (to !== undefined && to !== this.end)) return;
    this.other = end;
    if (sending !== undefined) {
      this.sending = sending;
      this.#options.changed();
    }
    if (description !== undefined) await this.#describe(description);
    if (candidate !== undefined) await this.#candidate(candidate);
    if (again === true) this.#sayAgain();
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    const connection = this.#connection;
    const collides = description.type === "offer" && (this.#offering || connection.signalingState !== "stable");
    this.#ignoring = collides && !this.#options.polite;
    // An answer that comes twice, as both may after a lost connection.
    if (this.#ignoring || (description.type === "answer" && connection.signalingState !== "have-local-offer")) return;
    await connection.setRemoteDescription(description);
    if (description.type !== "offer") return;
    this.#begin();
    await connection.setLocalDescription();
    this.#sayDescription();
  }

  async #candidate(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#ignoring) throw error;
    }
  }

  #sayAgain(): void {
    const { signalingState } = this.#connection;
    if (signalingState === "have-local-offer") this.#sayDescription();
    else if (!this.#begun) this.#begin();
    else if (!this.connected && signalingState === "stable") this.#connection.restartIce();
  }

  #sayDescription(): void {
    const { localDescription } = this.#connection;
    if (localDescription !== null) this.#say({ description: { type: localDescription.type, sdp: localDescription.sdp } });
  }

  #say(words: Omit<PeerSignal, "end" | "to">): void {
    if (!this.#closed) this.#options.send({ end: this.end, to: this.other, ...words });
  }
}
