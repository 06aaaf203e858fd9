import { type ConversationRef, refKey } from "../../../protocol/conversation-name.ts";
import type { ConversationEntry } from "../../../protocol/messages/conversation.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { Media } from "../../media/media.ts";
import type { Draft, Engine } from "../engine.ts";
import type { LocalChange } from "../local-messages.ts";
import { mannerOf } from "../manner.ts";
import type { MessageRecord } from "../message.ts";
import type { Outgoing } from "../outbox.ts";
import { handled, type MediaMaker } from "../port.ts";
import type { ChatStore, Known, LocalConversation, Pending } from "../store.ts";
import type { Asking } from "./asking.ts";
import { RemoteOutgoing } from "./remote-outgoing.ts";
import { headersOf, type OutgoingFacts, type TabEvent } from "./wire.ts";

export interface RemotePorts {
  readonly store: ChatStore;
  readonly asking: Asking;
  readonly media: MediaMaker | undefined;
  changed(outgoing: Outgoing): void;
}

/** The chats of a tab that does not lead: it reads the store that all tabs have, hears of what is new, and has the rest done. */
export class RemoteEngine implements Engine {
  connected = false;
  synced = false;
  readonly values: Map<string, unknown>;
  readonly #ports: RemotePorts;
  readonly #conversations: Map<string, LocalConversation>;
  readonly #outgoing = new Map<string, RemoteOutgoing>();
  readonly #media: Media | undefined;

  constructor(ports: RemotePorts, known: Known) {
    this.#ports = ports;
    this.values = new Map(known.values);
    this.#conversations = new Map(known.conversations.map((one) => [refKey(one.conversation), one]));
    for (const pending of known.outbox) this.#learn(factsOfPending(pending));
    this.#media = ports.media?.({ fetch: (path, init) => this.#fetch(path, init) });
  }

  get media(): Media | undefined {
    return this.connected ? this.#media : undefined;
  }

  all(): readonly LocalConversation[] {
    return [...this.#conversations.values()];
  }

  get(key: string): LocalConversation | undefined {
    return this.#conversations.get(key);
  }

  outgoing(): readonly Outgoing[] {
    return [...this.#outgoing.values()];
  }

  /** Put down by this tab, so that it is sent though all tabs be closed now. */
  send(draft: Draft): Outgoing {
    const pending: Pending = { ...draft, order: draft.createdAt };
    const outgoing = this.#learn(factsOfPending(pending));
    const put = async (): Promise<void> => {
      await this.#ports.store.write({ pending: [pending] });
      await this.#ports.asking.ask("send", { draft });
    };
    void handled(put());
    this.#ports.changed(outgoing);
    return outgoing;
  }

  call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#ports.asking.ask("call", { op, input }) as Promise<OutputOf<Op>>;
  }

  async read(conversation: ConversationRef, seq: number): Promise<void> {
    await this.#ports.asking.ask("read", { conversation, seq });
  }

  async entry(entry: ConversationEntry): Promise<void> {
    await this.#ports.asking.ask("entry", { entry });
  }

  async older(conversation: ConversationRef, limit: number): Promise<boolean> {
    if (!this.connected) return false;
    return (await this.#ports.asking.ask("older", { conversation, limit })) === true;
  }

  async local(conversation: ConversationRef, change: LocalChange): Promise<readonly MessageRecord[]> {
    return (await this.#ports.asking.ask("local", { conversation, change })) as readonly MessageRecord[];
  }

  async keep(name: string, value: unknown): Promise<void> {
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
    await this.#ports.asking.ask("keep", { name, value });
  }

  close(): void {}

  /** What the leading tab has told. Undefined: nobody else has to hear of it. */
  follow(told: TabEvent): void {
    switch (told.name) {
      case "conversation":
        this.#conversations.set(refKey(told.event.conversation), told.event);
        return;
      case "connected":
        this.connected = told.event.connected;
        return;
      case "synced":
        this.synced = told.event.synced;
        return;
    }
  }

  /** What is on its way, as the leading tab has it. What this tab knows of and that one not has left its outbox, or has not reached it. */
  outbox(all: readonly OutgoingFacts[]): readonly RemoteOutgoing[] {
    const there = new Set(all.map(({ key }) => key));
    for (const facts of all) this.#learn(facts);
    return [...this.#outgoing.values()].filter(({ key }) => !there.has(key));
  }

  outgoingChanged(facts: OutgoingFacts): Outgoing {
    return this.#learn(facts);
  }

  /** Those whose end nobody has heard of yet. */
  get unsettled(): readonly RemoteOutgoing[] {
    return [...this.#outgoing.values()];
  }

  #learn(facts: OutgoingFacts): RemoteOutgoing {
    const known = this.#outgoing.get(facts.key);
    known?.follow(facts);
    const outgoing = known ?? new RemoteOutgoing(facts, (what, key) => void handled(this.#ports.asking.ask(what, { key })));
    if (outgoing.isOver) this.#outgoing.delete(facts.key);
    else this.#outgoing.set(facts.key, outgoing);
    return outgoing;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { signal } = init;
    signal?.throwIfAborted();
    const facts = { path, method: init.method ?? "GET", headers: headersOf(new Headers(init.headers)), body: init.body };
    const answer = (await this.#ports.asking.ask("fetch", facts)) as { status: number; headers: [string, string][]; body: Blob };
    signal?.throwIfAborted();
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  }
}

function factsOfPending(pending: Pending): OutgoingFacts {
  const { key, conversation, content, ext, createdAt, file, failed } = pending;
  return {
    key,
    conversation,
    content,
    ext,
    options: mannerOf(pending),
    createdAt,
    file,
    state: failed === undefined ? "waiting" : "failed",
    progress: undefined,
    error: failed,
    message: undefined,
  };
}
