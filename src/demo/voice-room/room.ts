import AgoraRTM, { type RtmChannel, type RtmClient, type RtmMessage } from "../../rtm/index.ts";
import type { NetworkSwitch } from "../shared/network-switch.ts";
import { demoToken } from "../shared/tokens.ts";
import { wordsOf } from "../shared/words.ts";
import { Feed } from "./feed.ts";
import { EVERYBODY, type GiftId, type Given, Tally } from "./gifts.ts";
import { keeperOf } from "./host.ts";
import { Invitations } from "./invitations.ts";
import { Microphone } from "./microphone.ts";
import { People } from "./people.ts";
import { type Loss, type RoomState, type Seat, seatAt, seatOf } from "./seats.ts";
import { ANSWER_HANDS_MAX, ANSWER_ROWS_MAX, decodeSignal, encodeSignal, type Signal } from "./signal.ts";
import { Stage } from "./stage.ts";
import { Speakers, TALK_SHOWN_MS, TalkSender } from "./talk.ts";

export interface RoomEvents {
  /** Anything that is shown may have changed. */
  changed(): void;
  /** Something to say once, in passing. */
  told(text: string): void;
  /** Somebody has given something, just now. */
  given(given: Given, more: number): void;
}

/** One person in one voice room: what the page shows, and what they can do. */
export class VoiceRoom {
  readonly user: string;
  readonly name: string;
  readonly network: NetworkSwitch;
  readonly people = new People();
  readonly tally = new Tally();
  readonly feed: Feed;
  readonly stage: Stage;
  readonly invitations: Invitations;
  /** Members as the service counts them. */
  count = 1;
  /** Why it ended, when it has. */
  ended: string | undefined;
  microphone: Microphone | undefined;
  readonly #client: RtmClient;
  readonly #channel: RtmChannel;
  readonly #events: RoomEvents;
  readonly #speakers = new Speakers();
  readonly #talk: TalkSender;
  /** The last time one sat down. */
  #move: { readonly from: number | undefined; readonly to: number } | undefined;
  /** Learning what has happened meanwhile. */
  #looking = false;
  #claps: ReturnType<typeof setTimeout> | undefined;

  /** Logs in and enters the room. */
  static async enter(user: string, name: string, network: NetworkSwitch, events: RoomEvents): Promise<VoiceRoom> {
    const { app, token } = await demoToken(user);
    const client = AgoraRTM.createInstance(app);
    await client.login({ uid: user, token });
    const room = new VoiceRoom(client, user, name, network, events);
    try {
      await room.#enter();
      return room;
    } catch (error) {
      await client.logout();
      throw error;
    }
  }

  constructor(client: RtmClient, user: string, name: string, network: NetworkSwitch, events: RoomEvents) {
    this.user = user;
    this.name = name;
    this.network = network;
    this.feed = new Feed(sessionStorage.getItem(keptAs(user, name)));
    this.#client = client;
    this.#channel = client.createChannel(name);
    this.#events = events;
    const { changed, told } = events;
    this.stage = new Stage(client, name, user, () => this.people.members, {
      changed: (before) => this.#stageChanged(before),
      lost: (loss) => this.#lost(loss),
      failed: (error) => this.ended === undefined && told(wordsOf(error)),
    });
    this.invitations = new Invitations(client, name, { changed, told, accepted: (seat) => void this.sit(seat) });
    this.#talk = new TalkSender({
      now: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      send: (talking) => this.#tell({ type: "talk", talking }),
    });
    this.#listen();
  }

  get connected(): boolean {
    return this.#client.connectionState === "CONNECTED" && this.network.isOn;
  }

  get state(): RoomState {
    return this.stage.state;
  }

  get seat(): Seat | undefined {
    return seatOf(this.state, this.user);
  }

  get isHost(): boolean {
    return this.state.host === this.user;
  }

  get handUp(): boolean {
    return this.people.hands.includes(this.user);
  }

  isTalking({ user, muted }: Seat): boolean {
    if (user === undefined || muted !== "no") return false;
    return user === this.user ? this.#talk.talking : this.#speakers.isTalking(user, performance.now());
  }

  say(text: string): void {
    const entry = this.feed.add({ kind: "chat", from: this.user, text }, Date.now());
    this.#events.changed();
    this.#send({ type: "chat", text }).catch((error: unknown) => {
      if (entry.kind === "chat") entry.failed = true;
      this.#events.told(wordsOf(error));
      this.#events.changed();
    });
  }

  /** Words for one person, who alone gets them. */
  async whisper(to: string, text: string): Promise<void> {
    const entry = this.feed.add({ kind: "whisper", from: this.user, to, text }, Date.now());
    this.#events.changed();
    const received = await this.#sendTo(to, { type: "whisper", text }).catch(() => false);
    if (entry.kind === "whisper") entry.received = received;
    this.#events.changed();
  }

  async sit(number: number): Promise<void> {
    await this.do(async () => {
      this.#move = { from: this.seat?.number, to: number };
      const outcome = await this.stage.sit(number);
      if (outcome === "taken") this.#events.told(`Seat ${number} is taken.`);
      if (outcome === "given-way") this.#lost({ why: "given-way", seat: number, to: seatAt(this.state, number).user ?? "Somebody" });
      if (outcome === "seated" && this.handUp) this.raiseHand(false);
    });
  }

  setTalking(talking: boolean): void {
    this.#talk.set(talking && this.seat?.muted === "no");
    this.#events.changed();
  }

  raiseHand(up: boolean): void {
    this.people.raise(this.user, up);
    this.#tell({ type: "hand", up });
    this.#events.changed();
  }

  give(to: string, gift: GiftId): void {
    this.#given(this.tally.give(this.user, to, gift));
    this.#tell({ type: "gift", given: this.tally.give(this.user, to, gift, 0) });
  }

  /** As fast as one can: what the hands do in a moment is one message. */
  applaud(): void {
    this.#given(this.tally.give(this.user, EVERYBODY, "applause"));
    this.#claps ??= setTimeout(() => {
      this.#claps = undefined;
      this.#tell({ type: "gift", given: this.tally.give(this.user, EVERYBODY, "applause", 0) });
    }, CLAPS_TOGETHER_MS);
  }

  /** The microphone's level instead of the button; without one the button stays. */
  async useMicrophone(use: boolean): Promise<void> {
    this.microphone?.close();
    this.microphone = undefined;
    this.setTalking(false);
    try {
      if (use) this.microphone = await Microphone.open((speaks) => this.#talk.talking !== speaks && this.setTalking(speaks));
    } catch {
      this.#events.told("There is no microphone for this page. Hold the button to talk.");
    }
    this.#events.changed();
  }

  setOnline(on: boolean): void {
    this.network.set(on);
    this.#events.changed();
  }

  /** What may be refused, or fail for want of a connection, is told. */
  async do(what: () => Promise<unknown>): Promise<void> {
    try {
      await what();
    } catch (error) {
      this.#events.told(wordsOf(error));
    }
    this.#events.changed();
  }

  /** The page goes: the next one shows what was said. */
  keep(): void {
    try {
      sessionStorage.setItem(keptAs(this.user, this.name), this.feed.keep());
    } catch {
      // Storage is full or forbidden: then a reload shows an empty log.
    }
  }

  /** Goes: with the seat free and the room in somebody's hands. */
  async leave(): Promise<void> {
    this.network.set(true);
    this.microphone?.close();
    // Without a connection the others find out by the silence.
    await this.stage.leave().catch(() => {});
    await this.#client.logout().catch(() => {});
  }

  async #enter(): Promise<void> {
    await this.#channel.join();
    await this.#look();
    const teller = keeperOf(this.state, new Set([...this.people.members].filter((name) => name !== this.user)));
    if (teller !== undefined) this.#sendTo(teller, { type: "ask" }).catch(() => {});
  }

  /** Who is here and who sits where. */
  async #look(): Promise<void> {
    this.#looking = true;
    try {
      this.people.all(await this.#channel.getMembers());
      await this.stage.read();
    } finally {
      this.#looking = false;
    }
    this.#events.changed();
  }

  #listen(): void {
    const client = this.#client;
    const channel = this.#channel;
    const { changed } = this.#events;
    client.on("ConnectionStateChanged", (state, reason) => {
      if (state === "ABORTED") this.ended = reason === "REMOTE_LOGIN" ? "you have signed in somewhere else" : "the service has ended it";
      if (state === "CONNECTED") void this.do(() => this.#look());
      changed();
    });
    // RTM 1.x shows no cut of less than 4 s, and attributes that changed meanwhile are not told afterwards.
    addEventListener("online", () => void this.do(() => this.#look()));
    client.on("TokenPrivilegeWillExpire", () => void this.#renew());
    client.on("TokenExpired", () => void this.#renew());
    client.on("MessageFromPeer", (message, from) => this.#peerMessage(message, from));
    channel.on("ChannelMessage", (message, from) => this.#channelMessage(message, from));
    channel.on("AttributesUpdated", (attributes) => this.stage.learn(attributes));
    channel.on("MemberCountUpdated", (count) => {
      this.count = count;
      changed();
    });
    channel.on("MemberJoined", (name) => {
      if (this.people.members.has(name)) return;
      this.people.joined(name);
      this.#notice(`${name} came in.`);
      this.stage.tidy();
    });
    channel.on("MemberLeft", (name) => {
      this.people.left(name);
      this.#notice(`${name} went.`);
      this.stage.tidy();
    });
  }

  #channelMessage(message: RtmMessage, from: string): void {
    const signal = signalIn(message);
    if (signal?.type === "chat") this.feed.add({ kind: "chat", from, text: signal.text }, Date.now());
    else if (signal?.type === "gift") return this.#given({ ...signal.given, from });
    else if (signal?.type === "hand") this.people.raise(from, signal.up);
    else if (signal?.type === "talk") {
      this.#speakers.heard(from, signal.talking, performance.now());
      if (signal.talking) setTimeout(this.#events.changed, TALK_SHOWN_MS);
    }
    this.#events.changed();
  }

  #peerMessage(message: RtmMessage, from: string): void {
    const signal = signalIn(message);
    if (signal?.type === "whisper") this.feed.add({ kind: "whisper", from, to: this.user, text: signal.text }, Date.now());
    else if (signal?.type === "ask") this.#answer(from);
    else if (signal?.type === "answer" && this.people.members.has(from)) {
      for (const given of signal.given) this.tally.count(given);
      for (const name of signal.hands) this.people.raise(name, true);
    }
    this.#events.changed();
  }

  #answer(to: string): void {
    const answer: Signal = { type: "answer", given: this.tally.rows(ANSWER_ROWS_MAX), hands: this.people.hands.slice(0, ANSWER_HANDS_MAX) };
    this.#sendTo(to, answer).catch(() => {});
  }

  #given(given: Given): void {
    const more = this.tally.count(given);
    if (more === 0) return;
    this.feed.add({ kind: "gift", from: given.from, to: given.to, gift: given.gift, count: more }, Date.now());
    this.#events.given(given, more);
    this.#events.changed();
  }

  #stageChanged(before: RoomState): void {
    const { host } = this.state;
    if (host !== before.host && before.host !== undefined && host !== undefined)
      this.#notice(host === this.user ? "You are the host now." : `${host} is the host now.`);
    if (this.seat?.muted !== "no") this.#talk.set(false);
    this.#events.changed();
  }

  /** Whoever has left a seat for one that somebody else got has the old one back, if it is still free. */
  #lost(loss: Loss): void {
    this.#events.told(this.#looking && loss.why === "moved-off" ? `You were away, and seat ${loss.seat} was given up.` : wordsOfLoss(loss));
    const move = this.#move;
    this.#move = undefined;
    if (loss.why === "given-way" && move?.to === loss.seat && move.from !== undefined) void this.sit(move.from);
  }

  #notice(text: string): void {
    this.feed.add({ kind: "notice", text }, Date.now());
    this.#events.changed();
  }

  async #renew(): Promise<void> {
    try {
      await this.#client.renewToken((await demoToken(this.user)).token);
    } catch {
      // The state says what becomes of it.
    }
  }

  /** What is said in passing: if it fails, the next one says it again. */
  #tell(signal: Signal): void {
    this.#send(signal).catch(() => {});
  }

  #send(signal: Signal): Promise<void> {
    return this.#channel.sendMessage({ text: encodeSignal(signal) });
  }

  async #sendTo(user: string, signal: Signal): Promise<boolean> {
    const { hasPeerReceived } = await this.#client.sendMessageToPeer({ text: encodeSignal(signal) }, user);
    return hasPeerReceived;
  }
}

const CLAPS_TOGETHER_MS = 300;
const keptAs = (user: string, room: string): string => `wigwag-voice:${JSON.stringify([user, room])}`;

const signalIn = (message: RtmMessage): Signal | undefined => ("text" in message ? decodeSignal(message.text) : undefined);

const wordsOfLoss = (loss: Loss): string =>
  loss.why === "given-way"
    ? `${loss.to} took seat ${loss.seat} in the same moment. The last one to sit down has it, so you gave way.`
    : `${loss.by} has asked you to leave seat ${loss.seat}.`;
