import type { Call } from "../../client/call/index.ts";
import { LocalMedia, type Sending } from "./local-media.ts";
import { Peer } from "./peer.ts";
import { type PeerSignal, readPeerSignal } from "./peer-wire.ts";
import type { Settings } from "./settings.ts";

export interface TalkOptions {
  readonly me: string;
  readonly settings: Settings;
  changed(): void;
}

/** Who rings may have answered already: a signal can overtake the word of it. */
const OVER = new Set(["refused", "busy", "missed", "unreachable", "cancelled", "left", "lost"]);

/** A call on this device, from the first ring, with its picture and sound: a connection to each other member who is in it. */
export class Talk {
  readonly call: Call;
  readonly peers = new Map<string, Peer>();
  local: LocalMedia | undefined;
  /** When it was placed, or answered, here. */
  readonly beganAt = performance.now();
  activeAt: number | undefined;
  readonly #options: TalkOptions;
  readonly #stop: (() => void)[];
  #ended = false;
  #opening: Promise<void> | undefined;
  /** What came before there was a camera to answer with. */
  #early: { from: string; signal: PeerSignal }[] = [];

  constructor(call: Call, options: TalkOptions) {
    this.call = call;
    this.#options = options;
    this.#stop = [
      call.on("changed", () => this.#follow()),
      call.on("signal", ({ from, data }) => {
        const signal = readPeerSignal(data);
        if (signal !== undefined) this.#hear(from, signal);
      }),
      call.on("moved", ({ user }) => this.#drop(user)),
      call.on("ended", () => this.end()),
    ];
    if (call.joinedHere) void this.open();
    this.#follow();
  }

  /** Everybody else who has been called and may still come. */
  get others(): readonly { user: string; state: string }[] {
    return this.call.members.filter(({ user }) => user !== this.#options.me);
  }

  get sending(): Sending {
    return this.local?.sending ?? { microphone: true, camera: true };
  }

  set(sending: Partial<Sending>): void {
    this.local?.set(sending);
    for (const peer of this.peers.values()) peer.tell();
    this.#options.changed();
  }

  /** Camera and microphone: asked for as soon as it is clear that they are wanted. */
  open(): Promise<void> {
    this.#opening ??= LocalMedia.open(this.#options.settings.height).then((local) => {
      if (this.#ended) return local.close();
      this.local = local;
      this.#follow();
      for (const { from, signal } of this.#early.splice(0)) this.#hear(from, signal);
    });
    return this.#opening;
  }

  /** The way for signals is back. */
  recover(): void {
    for (const peer of this.peers.values()) peer.recover();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const stop of this.#stop) stop();
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
    this.local?.close();
    this.#options.changed();
  }

  /** A connection to everybody who is in the call, while this device is. */
  #follow(): void {
    const { call } = this;
    if (call.phase === "active") this.activeAt ??= Date.now();
    for (const { user, state } of this.others) {
      if (!call.joinedHere || OVER.has(state)) this.#drop(user);
      else if (state === "joined" && this.local !== undefined) this.#peer(user);
    }
    this.#options.changed();
  }

  #peer(user: string): Peer {
    const known = this.peers.get(user);
    if (known !== undefined || this.local === undefined) return known ?? this.#missing();
    const { me, settings, changed } = this.#options;
    const peer = new Peer({
      polite: me > user,
      local: this.local,
      iceServers: settings.iceServers,
      changed,
      // Who is away for longer gets nothing: when that one is back, `recover` makes up for it.
      send: (signal) => void this.call.signal(user, JSON.stringify(signal)),
    });
    this.peers.set(user, peer);
    return peer;
  }

  #missing(): never {
    throw new Error("a connection needs the local media first");
  }

  #hear(from: string, signal: PeerSignal): void {
    if (this.#ended) return;
    if (this.local === undefined) return void this.#early.push({ from, signal });
    const known = this.peers.get(from);
    // A reload, or another device: what stood before is of no use to it.
    if (known?.other !== undefined && known.other !== signal.end) this.#drop(from);
    this.#peer(from).hear(signal);
  }

  #drop(user: string): void {
    this.peers.get(user)?.close();
    if (this.peers.delete(user)) this.#options.changed();
  }
}
