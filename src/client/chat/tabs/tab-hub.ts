import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import type { ChatsEvents, Draft, Emit, Engine } from "../engine.ts";
import type { LocalChange } from "../local-messages.ts";
import { mannerOf } from "../manner.ts";
import { type ChatClient, handled, type MediaMaker } from "../port.ts";
import type { ChatStore, Known } from "../store.ts";
import { Asking } from "./asking.ts";
import { LeadingEngine } from "./leading-engine.ts";
import type { TabChannel, TabPorts } from "./ports.ts";
import { RemoteEngine } from "./remote-engine.ts";
import type { RemoteOutgoing } from "./remote-outgoing.ts";
import { type Asks, factsOf, faultOf, headersOf, type SharedEvents, type TabEvent, type TabMessage } from "./wire.ts";

/** A client that the tab which leads may also end. */
export type TabClient = ChatClient & { close(): void; logout(): Promise<void> };

export interface HubOptions {
  readonly user: UserId;
  readonly name: string;
  readonly store: ChatStore;
  readonly known: Known;
  readonly media: MediaMaker | undefined;
  readonly ports: TabPorts;
  readonly emit: Emit;
  connect(): Promise<TabClient>;
}

/** How long until a connect that failed is tried again. */
const CONNECT_MS = 1_000;
const CONNECT_CAP_MS = 30_000;
/** By then whoever wrote while nobody led has said so, or is gone. */
const ADOPT_MS = 2_000;

/** One tab among those of a user: it leads, with the connection, or has its part done by the one that does. */
export class TabHub {
  readonly #options: HubOptions;
  readonly #tab = crypto.randomUUID();
  readonly #channel: TabChannel;
  readonly #asking: Asking;
  readonly #release: () => void;
  #remote: RemoteEngine;
  #local: LeadingEngine | undefined;
  #client: TabClient | undefined;
  /** Whose end those who hold them wait for, though another engine sends them now. */
  #held: RemoteOutgoing[] = [];
  #term: string | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
    const { name, ports, known } = options;
    this.#channel = ports.channel(name);
    this.#asking = new Asking((id, what, facts) => this.#post({ kind: "ask", tab: this.#tab, id, what, facts }));
    this.#remote = this.#newRemote(known);
    this.#channel.listen((message) => this.#hear(message as TabMessage));
    this.#post({ kind: "hello" });
    this.#release = ports.lock(name, () => void handled(this.#lead()));
  }

  /** Whether this tab holds the connection. */
  get leads(): boolean {
    return this.#local !== undefined;
  }

  engine(): Engine {
    return this.#local ?? this.#remote;
  }

  async logout(): Promise<void> {
    await (this.#local === undefined ? this.#asking.ask("logout", {}) : this.#run(this.#tab, "logout", {}));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#post({ kind: "bye", tab: this.#tab });
    this.#asking.close();
    this.#local?.close();
    this.#client?.close();
    this.#channel.close();
    this.#release();
  }

  /** The lock is this tab's: it goes on from what the last one has written. */
  async #lead(): Promise<void> {
    const { user, store, known, media, emit } = this.#options;
    const untouched = this.#term === undefined && this.#asking.open === 0 && this.#remote.unsettled.length === known.outbox.length;
    const now = untouched ? known : await store.load();
    if (this.#closed) return;
    this.#held = [...this.#remote.unsettled];
    const wasConnected = this.#remote.connected;
    const local = new LeadingEngine({ user, store, known: now, media, emit: (event, facts) => this.#told(event, facts) }, this.#tab);
    this.#local = local;
    this.#term = this.#tab;
    // The connection went with the tab that had it.
    if (wasConnected) emit("connected", { connected: false });
    for (const one of local.all()) if (one !== this.#remote.get(`${one.conversation.type}:${one.conversation.id}`)) emit("conversation", one);
    // One that is in no outbox is sent, and nobody said so, or has never been put down: under its key it is there once.
    const there = new Set(local.outgoing().map(({ key }) => key));
    for (const one of this.#held) if (!there.has(one.key)) local.send({ ...draftOf(one), tried: true });
    this.#asking.doOneself((what, facts) => this.#run(this.#tab, what, facts));
    this.#announce();
    setTimeout(() => void handled(this.#adopt(local)), ADOPT_MS);
    await this.#stayConnected(local);
  }

  /** A tab may have put a message down after this one had read the outbox, and died before it could say so. */
  async #adopt(local: LeadingEngine): Promise<void> {
    const there = new Set(local.outgoing().map(({ key }) => key));
    const { outbox } = await this.#options.store.load();
    if (this.#closed) return;
    // One that was sent meanwhile is there once, under its key.
    for (const pending of outbox) if (!there.has(pending.key) && pending.failed === undefined) local.send({ ...pending, tried: true });
  }

  async #stayConnected(local: LeadingEngine): Promise<void> {
    for (let waitMs = CONNECT_MS; !this.#closed; waitMs = Math.min(2 * waitMs, CONNECT_CAP_MS)) {
      try {
        const client = await this.#options.connect();
        if (this.#closed) return client.close();
        this.#client = client;
        local.attach(client);
        waitMs = CONNECT_MS;
        const reason = await closed(client);
        this.#client = undefined;
        if (reason === LOGGED_OUT) return;
      } catch (error) {
        if (this.#closed) return;
        // Without a network, and it may be long until there is one; what never succeeds is said.
        if (typeof error === "object" && error !== null && "retry" in error && error.retry === "never")
          this.#options.emit("error", error instanceof Error ? error : new Error(String(error)));
      }
      await this.#pause(waitMs);
    }
  }

  /** Until the time is over, or a network comes. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        globalThis.removeEventListener?.("online", over);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(over, ms);
      globalThis.addEventListener?.("online", over);
      this.#wake = over;
    });
  }

  /** Of this tab's own work: the others hear of it, too. */
  #told<Name extends keyof ChatsEvents>(name: Name, event: ChatsEvents[Name]): void {
    this.#options.emit(name, event);
    if (name === "error" || name === "people" || name === "groups") return;
    if (name === "outgoing") {
      const facts = factsOf(event as ChatsEvents["outgoing"]);
      for (const one of this.#held) if (one.key === facts.key) one.follow(facts);
      this.#held = this.#held.filter(({ isOver }) => !isOver);
      this.#post({ kind: "event", name: "outgoing", event: facts });
    } else this.#post({ kind: "event", name, event: event as SharedEvents[keyof SharedEvents] } as TabMessage);
  }

  #announce(): void {
    const local = this.#local;
    if (local === undefined) return;
    this.#post({ kind: "lead", term: this.#tab, connected: local.connected, synced: local.synced, outgoing: local.outgoing().map(factsOf) });
  }

  #hear(message: TabMessage): void {
    switch (message.kind) {
      case "hello":
        return this.#announce();
      case "bye":
        return this.#local?.tabGone(message.tab);
      case "lead":
        return this.#led(message);
      case "event":
        return this.#followed(message);
      case "ask":
        if (this.#local !== undefined) void this.#answer(message);
        return;
      case "answer":
        if (message.tab === this.#tab) this.#asking.answered(message.id, message.value, message.fault);
        return;
    }
  }

  #led({ term, connected, synced, outgoing }: Extract<TabMessage, { kind: "lead" }>): void {
    if (this.#local !== undefined) return;
    const another = term !== this.#term;
    this.#term = term;
    if (connected !== this.#remote.connected) this.#followed({ name: "connected", event: { connected } });
    if (synced !== this.#remote.synced) this.#followed({ name: "synced", event: { synced } });
    const missing = this.#remote.outbox(outgoing);
    if (!another) return;
    for (const one of missing) void handled(this.#asking.ask("send", { draft: { ...draftOf(one), tried: true } }));
    this.#asking.led();
  }

  #followed(told: TabEvent): void {
    if (this.#local !== undefined) return;
    const { emit } = this.#options;
    this.#remote.follow(told);
    if (told.name === "outgoing") emit("outgoing", this.#remote.outgoingChanged(told.event));
    else emit(told.name, told.event as never);
  }

  async #answer({ tab, id, what, facts }: Extract<TabMessage, { kind: "ask" }>): Promise<void> {
    try {
      this.#post({ kind: "answer", tab, id, value: await this.#run(tab, what, facts) });
    } catch (error) {
      this.#post({ kind: "answer", tab, id, fault: faultOf(error) });
    }
  }

  async #run(tab: string, what: keyof Asks, facts: Asks[keyof Asks]): Promise<unknown> {
    const local = this.#local;
    if (local === undefined) throw new Error("this tab does not lead");
    switch (what) {
      case "call": {
        const { op, input } = facts as Asks["call"];
        return local.callFor(tab, op as OperationName, input as InputOf<OperationName>);
      }
      case "send":
        return void local.send((facts as { draft: Draft }).draft);
      case "retry":
        return local
          .outgoing()
          .find(({ key }) => key === (facts as Asks["retry"]).key)
          ?.retry();
      case "discard":
        return local
          .outgoing()
          .find(({ key }) => key === (facts as Asks["discard"]).key)
          ?.discard();
      case "read": {
        const { conversation, seq } = facts as Asks["read"];
        return local.read(conversation, seq);
      }
      case "entry":
        return local.entry((facts as { entry: Parameters<LeadingEngine["entry"]>[0] }).entry);
      case "local": {
        const { conversation, change } = facts as Asks["local"];
        return local.local(conversation, change as LocalChange);
      }
      case "older": {
        const { conversation, limit } = facts as Asks["older"];
        return local.older(conversation, limit);
      }
      case "keep": {
        const { name, value } = facts as Asks["keep"];
        return local.keep(name, value);
      }
      case "fetch":
        return this.#fetch(facts as Asks["fetch"]);
      case "logout":
        await this.#client?.logout();
        return this.#told("over", { reason: LOGGED_OUT });
    }
  }

  async #fetch({ path, method, headers, body }: Asks["fetch"]): Promise<{ status: number; headers: [string, string][]; body: Blob }> {
    const fetch = this.#client?.fetch;
    if (fetch === undefined) throw Object.assign(new Error("there is no connection"), { retry: "later", retryAfterMs: CONNECT_MS });
    const answer = await fetch.call(this.#client, path, {
      method,
      headers: new Headers(headers.map(([name, value]): [string, string] => [name, value])),
      body: body as BodyInit | null,
    });
    return { status: answer.status, headers: headersOf(answer.headers), body: await answer.blob() };
  }

  #newRemote(known: Known): RemoteEngine {
    const { store, media, emit } = this.#options;
    return new RemoteEngine({ store, media, asking: this.#asking, changed: (outgoing) => emit("outgoing", outgoing) }, known);
  }

  #post(message: TabMessage): void {
    this.#channel.post(message);
  }
}

const LOGGED_OUT = "logged out";

const closed = (client: TabClient): Promise<string> =>
  new Promise((resolve) => client.on("state", ({ state, reason }) => state === "closed" && resolve(reason)));

const draftOf = ({ conversation, key, createdAt, content, options, file }: RemoteOutgoing): Draft => ({
  conversation,
  key,
  createdAt,
  content,
  ...(file !== undefined && content.type !== "text" && "media" in content && content.media === "" && { file }),
  ...mannerOf(options),
});
