import { type Call, type Calls, calls } from "../../client/call/index.ts";
import { type Client, type ClientState, connect, webSocketTransport } from "../../client/index.ts";
import { NetworkSwitch } from "../shared/network-switch.ts";
import { demoToken } from "../shared/tokens.ts";
import { PhoneBook } from "./phone-book.ts";
import type { Settings } from "./settings.ts";
import { Talk } from "./talk.ts";
import { endWords, wordsOf } from "./words.ts";

export interface PhoneEvents {
  /** Anything that is shown may have changed. */
  changed(): void;
  /** Something to say once, in passing. */
  told(text: string): void;
}

/** One person's phone: whom one can call, and the call that rings or goes on. */
export class Phone {
  readonly user: string;
  readonly device: string;
  readonly network: NetworkSwitch;
  readonly book: PhoneBook;
  /** The call on this device. */
  talk: Talk | undefined;
  /** Why the login ended, when it has. */
  ended: string | undefined;
  readonly #client: Client;
  readonly #calls: Calls;
  readonly #settings: Settings;
  readonly #events: PhoneEvents;

  static async enter(user: string, settings: Settings, events: PhoneEvents): Promise<Phone> {
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
    return new Phone(client, network, settings, events);
  }

  constructor(client: Client, network: NetworkSwitch, settings: Settings, events: PhoneEvents) {
    this.user = client.user;
    this.device = client.device;
    this.network = network;
    this.#client = client;
    this.#settings = settings;
    this.#events = events;
    this.book = new PhoneBook(client, events.changed);
    this.#calls = calls(client);
    this.#calls.on("incoming", (call) => this.#rings(call));
    this.#calls.on("changed", (call) => this.#changed(call));
    client.on("state", ({ state, reason }) => {
      if (state === "connected") this.talk?.recover();
      if (state === "closed") this.ended = reason;
      events.changed();
    });
    client.on("token-will-expire", () => void this.#renew());
  }

  get state(): ClientState {
    return this.#client.state;
  }

  /** A call that goes on with another device of this person. */
  get elsewhere(): Call | undefined {
    return this.#calls.live.find((call) => call.phase === "active" && call.self?.state === "joined" && !call.joinedHere);
  }

  call(names: readonly string[]): void {
    const others = [...new Set(names)].filter((name) => name !== this.user);
    if (others.length === 0) return this.#events.told("Whom? One cannot call oneself.");
    if (this.talk !== undefined) return this.#events.told("One call at a time.");
    const { answerMs } = this.#settings;
    this.#begin(this.#calls.invite(others, { ...(answerMs !== undefined && { answerMs }) }));
    for (const name of others) this.book.note(name, "out");
  }

  accept(): void {
    const { talk } = this;
    if (talk === undefined) return;
    void talk.open();
    talk.call.accept().catch((error: unknown) => this.#events.told(wordsOf(error)));
  }

  /** Refuses, cancels or hangs up: gone from the screen at once, and from the service as soon as it can hear it. */
  hangUp(): void {
    const { talk } = this;
    if (talk === undefined) return;
    void talk.call.leave();
    this.#end(talk);
  }

  takeOver(): void {
    const call = this.elsewhere;
    if (call === undefined) return;
    call.takeOver().catch((error: unknown) => this.#events.told(wordsOf(error)));
  }

  add(name: string): void {
    this.talk?.call.add(name).catch((error: unknown) => this.#events.told(wordsOf(error)));
  }

  setOnline(on: boolean): void {
    this.network.set(on);
    this.#events.changed();
  }

  async signOut(): Promise<void> {
    this.network.set(true);
    this.hangUp();
    await this.#client.logout();
  }

  #rings(call: Call): void {
    this.book.note(call.from, "in");
    // A group that calls while one talks: the call shows in the list of the next one.
    if (this.talk !== undefined) return;
    this.#begin(call);
    if (this.#settings.auto) this.accept();
  }

  #begin(call: Call): void {
    const talk = new Talk(call, { me: this.user, settings: this.#settings, changed: this.#events.changed });
    this.talk = talk;
    this.#events.changed();
  }

  #changed(call: Call): void {
    const { talk } = this;
    if (talk?.call === call) this.#follow(talk);
    // After a reload, or a hand-over, a call goes on that this page has not begun.
    else if (talk === undefined && call.joinedHere && call.phase === "active") this.#begin(call);
    this.#events.changed();
  }

  #follow(talk: Talk): void {
    const { call } = talk;
    if (call.joinedHere || call.rings) return;
    const words = endWords(call, this.user);
    if (call.direction === "incoming" && (call.end === "cancelled" || call.self?.state === "missed")) this.book.note(call.from, "missed");
    this.#end(talk);
    if (words !== undefined) this.#events.told(words);
  }

  #end(talk: Talk): void {
    talk.end();
    if (this.talk === talk) this.talk = undefined;
    this.#events.changed();
  }

  async #renew(): Promise<void> {
    try {
      await this.#client.renewToken((await demoToken(this.user)).token);
    } catch {
      // The next login asks for one of its own.
    }
  }
}
