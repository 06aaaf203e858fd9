import {
  type Channel,
  type ChannelMessage,
  type Client,
  type ClientState,
  connect,
  type Gap,
  type PeerMessage,
  webSocketTransport,
} from "../../client/index.ts";
import { NetworkSwitch } from "../shared/network-switch.ts";
import { demoToken } from "../shared/tokens.ts";
import { wordsOf } from "../shared/words.ts";
import { Conversation } from "./conversation.ts";
import { type Delivery, type NoticeEntry, newKey, type SpokenEntry, type TextEntry } from "./entry.ts";
import { readPicture, sha256 } from "./image-file.ts";
import { type Post, sendPicture } from "./image-sender.ts";
import { Incoming, textFrom } from "./incoming.ts";
import { People } from "./people.ts";
import { keepTranscript, readTranscript } from "./transcript.ts";

/** Words written without a connection are sent when it is back, within this time. */
const SEND_WITHIN_MS = 10 * 60_000;
const TYPING_TYPE = "demo.typing";
const TYPING_EVERY_MS = 2_500;
const TYPING_SHOWN_MS = 4_000;
/** Tells the room that one's status line has changed: attributes of users have no event. */
const STATUS_TYPE = "demo.status";
const TOPIC_KEY = "topic";
const HISTORY_PAGE = 50;

export interface ChatEvents {
  /** Anything that is shown may have changed. */
  changed(): void;
  /** Something to say once, in passing. */
  told(text: string): void;
}

/** One person in one room, and in talks with others: what the pages show, and what they can do. */
export class Chat {
  readonly user: string;
  readonly room: Conversation;
  readonly people: People;
  readonly network: NetworkSwitch;
  readonly device: string;
  topic = "";
  /** Why it ended, when it has. */
  ended: string | undefined;
  current: Conversation;
  readonly #client: Client;
  readonly #channel: Channel;
  readonly #events: ChatEvents;
  readonly #talks = new Map<string, Conversation>();
  readonly #incoming: Incoming;
  /** What others said in the room before this moment, by the service's clock, came while this side was away. */
  #awayUntil = 0;
  #roomSeen = 0;
  #typingSent = 0;

  /** Logs in and enters the room. */
  static async enter(user: string, room: string, events: ChatEvents): Promise<Chat> {
    const network = new NetworkSwitch(webSocketTransport(WebSocket));
    const { app, token } = await demoToken(user);
    let first: string | undefined = token;
    const client = await connect({
      app,
      user,
      transport: network,
      token: async () => {
        await network.whenOn();
        const given = first ?? (await demoToken(user)).token;
        first = undefined;
        return given;
      },
    });
    const early: PeerMessage[] = [];
    const stop = client.on("message", (message) => early.push(message));
    try {
      const channel = await client.join(room);
      stop();
      return new Chat(client, channel, network, events, early);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  constructor(client: Client, channel: Channel, network: NetworkSwitch, events: ChatEvents, early: readonly PeerMessage[]) {
    this.user = client.user;
    this.device = client.device;
    this.network = network;
    this.room = new Conversation("room", channel.name);
    this.current = this.room;
    this.people = new People(client, () => events.changed());
    this.#client = client;
    this.#channel = channel;
    this.#events = events;
    this.#incoming = new Incoming(client.user, () => events.changed());
    const { talks, roomSeen } = readTranscript(this.user, this.room.name);
    for (const talk of talks) {
      this.#talks.set(talk.name, talk);
      this.people.know(talk.name);
    }
    this.#listen();
    for (const message of early) this.#peerMessage(message);
    void this.#look(roomSeen);
  }

  get state(): ClientState {
    return this.#client.state;
  }

  /** Both the session and the room. */
  get connected(): boolean {
    return this.#client.state === "connected" && this.#channel.state === "joined";
  }

  get conversations(): Conversation[] {
    return [this.room, ...this.#talks.values()];
  }

  talk(name: string): Conversation | undefined {
    return this.#talks.get(name);
  }

  talkWith(name: string): Conversation {
    const known = this.#talks.get(name);
    if (known !== undefined) return known;
    const talk = new Conversation("peer", name);
    this.#talks.set(name, talk);
    this.people.know(name);
    return talk;
  }

  open(conversation: Conversation): void {
    this.current = conversation;
    this.read();
  }

  /** What is on the screen has been read. */
  read(): void {
    if (document.visibilityState === "visible") this.current.unread = 0;
    this.#events.changed();
  }

  setOnline(on: boolean): void {
    this.network.set(on);
    this.#events.changed();
  }

  say(conversation: Conversation, text: string): void {
    const entry: TextEntry = { kind: "text", key: newKey(), from: this.user, mine: true, time: this.#client.serverTime(), missed: false, text };
    conversation.add(entry);
    this.#typingSent = 0;
    void this.#deliver(conversation, entry);
  }

  /** Sends what has failed once more. */
  retry(conversation: Conversation, entry: TextEntry): void {
    entry.time = this.#client.serverTime();
    conversation.place(entry);
    void this.#deliver(conversation, entry);
  }

  async showPicture(conversation: Conversation, file: File): Promise<void> {
    const picture = await readPicture(file);
    const { name, type, bytes } = picture;
    const digest = await sha256(bytes);
    const entry: SpokenEntry = {
      kind: "image",
      key: newKey(),
      from: this.user,
      mine: true,
      time: this.#client.serverTime(),
      missed: false,
      delivery: { at: "sending" },
      name,
      bytes: bytes.byteLength,
      progress: 0,
      url: URL.createObjectURL(new Blob([bytes], { type })),
      ...(digest !== undefined && { sha256: digest }),
    };
    conversation.add(entry);
    this.#events.changed();
    let delivery: Delivery = { at: "sent" };
    const post: Post = async (data, customType) => {
      delivery = (await this.#post(conversation, data, customType)).delivery;
    };
    try {
      await sendPicture(picture, post, (done) => {
        entry.progress = done;
        this.#events.changed();
      });
      entry.delivery = delivery;
    } catch (error) {
      entry.delivery = { at: "failed", why: wordsOf(error) };
    }
    this.#events.changed();
  }

  /** Says that one is writing, to whoever is there to see it. */
  typing(conversation: Conversation): void {
    const now = Date.now();
    if (conversation.kind !== "peer" || this.state !== "connected" || now - this.#typingSent < TYPING_EVERY_MS) return;
    this.#typingSent = now;
    this.#client.send(conversation.name, "", { customType: TYPING_TYPE, ifAbsent: "drop" }).catch(() => {});
  }

  async setTopic(topic: string): Promise<void> {
    await this.#channel.attributes.update({ [TOPIC_KEY]: topic }, { notify: true });
    this.topic = topic;
    this.#events.changed();
  }

  async setStatus(status: string): Promise<void> {
    await this.people.setStatus(status);
    await this.#channel.publish("", { customType: STATUS_TYPE });
  }

  async signOut(): Promise<void> {
    this.network.set(true);
    await this.#client.logout();
  }

  /** The page goes: the next one finds what was said. */
  keep(): void {
    keepTranscript(this.user, this.room.name, [...this.#talks.values()], this.#roomSeen);
  }

  #listen(): void {
    const { changed, told } = this.#events;
    const client = this.#client;
    const channel = this.#channel;
    client.on("message", (message) => this.#peerMessage(message));
    client.on("truncated", ({ from, to }) => told(`${to - from + 1} messages were too many to keep while you were away.`));
    client.on("token-will-expire", () => void this.#renew());
    // A connection that could not be made shows in the state; nothing else is expected here.
    client.on("error", changed);
    client.on("state", ({ state, reason }) => {
      if (state === "closed") this.ended = reason;
      changed();
    });
    channel.on("message", (message) => this.#roomMessage(message));
    channel.on("joined", ({ users }) => this.people.joined(users));
    channel.on("left", ({ users }) => this.people.left(users));
    channel.on("members", () => void this.#look());
    channel.on("attributes", ({ attributes }) => this.#topicFrom(attributes));
    channel.on("gap", (gap) => this.#gap(gap));
    channel.on("closed", ({ reason }) => this.#notice(this.room, `You are no longer in this room: ${reason}.`));
    channel.on("state", ({ state, previous }) => {
      if (state === "joined" && previous === "reconnecting") {
        this.#awayUntil = client.serverTime();
        void this.#look();
      }
      changed();
    });
  }

  /** Who is here and what it is about; the first time also what was said before. */
  async #look(seen?: number): Promise<void> {
    const first = this.#roomSeen === 0;
    if (first) this.#roomSeen = seen ?? this.#client.serverTime();
    const readHistory = first ? this.#readHistory(seen ?? Number.POSITIVE_INFINITY) : undefined;
    // What fails now is looked up with the next connection.
    await Promise.allSettled([
      this.#channel.members().then(({ members }) => this.people.refresh(members.map(({ user }) => user))),
      this.#channel.attributes.get().then((attributes) => this.#topicFrom(attributes)),
      readHistory,
    ]);
  }

  /** The room's newest stored messages; those of others after `seen` were missed. */
  async #readHistory(seen: number): Promise<void> {
    const { messages } = await this.#channel.history({ limit: HISTORY_PAGE });
    for (const message of messages) {
      const entry = textFrom(this.user, message, message.ts > seen);
      this.#roomSeen = Math.max(this.#roomSeen, message.ts);
      if (entry !== undefined && !this.#isShown(entry)) this.room.place(entry);
    }
    this.#events.changed();
  }

  /** One's own words stand there under another key. */
  #isShown({ mine, time, text }: TextEntry): boolean {
    return this.room.entries.some((entry) => entry.kind === "text" && entry.mine && mine && entry.time === time && entry.text === text);
  }

  async #renew(): Promise<void> {
    try {
      await this.#client.renewToken((await demoToken(this.user)).token);
    } catch {
      // The next login asks for one of its own.
    }
  }

  async #deliver(conversation: Conversation, entry: TextEntry): Promise<void> {
    entry.delivery = { at: "sending" };
    this.#events.changed();
    try {
      const { delivery, time } = await this.#post(conversation, entry.text, undefined);
      entry.delivery = delivery;
      if (time !== undefined) {
        entry.time = time;
        conversation.place(entry);
      }
    } catch (error) {
      entry.delivery = { at: "failed", why: wordsOf(error) };
    }
    this.#events.changed();
  }

  async #post(
    conversation: Conversation,
    data: string | Uint8Array,
    customType: string | undefined,
  ): Promise<{ delivery: Delivery; time?: number | undefined }> {
    const options = { timeoutMs: SEND_WITHIN_MS, ...(customType !== undefined && { customType }) };
    if (conversation.kind === "room") {
      const { ts } = await this.#channel.publish(data, { ...options, store: customType === undefined });
      return { delivery: { at: "sent" }, time: ts };
    }
    const { delivered } = await this.#client.send(conversation.name, data, { ...options, sync: true });
    return { delivery: { at: delivered > 0 ? "delivered" : "waiting" } };
  }

  #roomMessage(message: ChannelMessage): void {
    this.#roomSeen = Math.max(this.#roomSeen, message.ts);
    if (message.customType === STATUS_TYPE) return this.people.ask(message.from);
    // One's own are on the screen already.
    if (message.from === this.user && message.device === this.device) return;
    this.#arrived(this.room, message, message.ts < this.#awayUntil);
  }

  #peerMessage(message: PeerMessage): void {
    const talk = this.talkWith(message.to ?? message.from);
    if (message.customType === TYPING_TYPE) {
      talk.typingUntil = message.waited ? 0 : Date.now() + TYPING_SHOWN_MS;
      setTimeout(this.#events.changed, TYPING_SHOWN_MS);
      return this.#events.changed();
    }
    this.#arrived(talk, message, message.waited);
  }

  #arrived(conversation: Conversation, message: PeerMessage | ChannelMessage, late: boolean): void {
    const entry = this.#incoming.take(conversation, message, late);
    if (entry === undefined) return;
    conversation.typingUntil = 0;
    conversation.add(entry);
    const unseen = conversation !== this.current || document.visibilityState === "hidden";
    if (unseen && !entry.mine) conversation.unread++;
    this.#events.changed();
  }

  /** Nothing is lost silently. */
  #gap({ reason, skipped }: Gap): void {
    const seen = this.#roomSeen;
    const text =
      reason === "skipped"
        ? `${skipped ?? "Some"} messages were left out: there were too many at once.`
        : "You were away for longer than the room remembers, so something is missing here.";
    const notice: NoticeEntry = { kind: "notice", key: newKey(), time: this.#client.serverTime(), text };
    notice.action = { label: "Load what is stored", run: () => void this.#fill(notice, seen) };
    this.room.add(notice);
    this.#events.changed();
  }

  /** Mends a gap as far as history goes. */
  async #fill(notice: NoticeEntry, seen: number): Promise<void> {
    try {
      await this.#readHistory(seen);
      notice.text = "You were away for longer than the room remembers. Words came back from its history; pictures are not kept there.";
      delete notice.action;
    } catch (error) {
      this.#events.told(wordsOf(error));
    }
    this.#events.changed();
  }

  #notice(conversation: Conversation, text: string): void {
    conversation.add({ kind: "notice", key: newKey(), time: this.#client.serverTime(), text });
    this.#events.changed();
  }

  #topicFrom(attributes: readonly { readonly key: string; readonly value: string }[]): void {
    this.topic = attributes.find(({ key }) => key === TOPIC_KEY)?.value ?? "";
    this.#events.changed();
  }
}
