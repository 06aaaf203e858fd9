import { type Outgoing, type SentMessage, settling } from "../outbox.ts";
import { errorOf, type OutgoingFacts } from "./wire.ts";

/** A message that another tab sends, or did at first: whoever holds it hears to the end what becomes of it. */
export class RemoteOutgoing implements Outgoing {
  #facts: OutgoingFacts;
  #settled = settling();
  readonly #ask: (what: "retry" | "discard", key: string) => void;

  constructor(facts: OutgoingFacts, ask: (what: "retry" | "discard", key: string) => void) {
    this.#facts = facts;
    this.#ask = ask;
    this.follow(facts);
  }

  get key() {
    return this.#facts.key;
  }
  get conversation() {
    return this.#facts.conversation;
  }
  get content() {
    return this.#facts.content;
  }
  get ext() {
    return this.#facts.ext;
  }
  get options() {
    return this.#facts.options;
  }
  get createdAt() {
    return this.#facts.createdAt;
  }
  get state() {
    return this.#facts.state;
  }
  get file() {
    return this.#facts.file;
  }
  get progress() {
    return this.#facts.progress;
  }
  get error() {
    return this.#facts.error;
  }
  get message() {
    return this.#facts.message;
  }
  get sent(): Promise<SentMessage> {
    return this.#settled.promise;
  }

  get isOver(): boolean {
    return this.state === "sent" || this.state === "discarded";
  }

  retry(): void {
    this.#ask("retry", this.key);
  }

  discard(): void {
    this.#ask("discard", this.key);
  }

  follow(facts: OutgoingFacts): void {
    if (this.#facts.state === "failed" && facts.state !== "failed") this.#settled = settling();
    this.#facts = facts;
    if (facts.state === "sent" && facts.message !== undefined) this.#settled.resolve(facts.message);
    else if (facts.state === "failed") this.#settled.reject(errorOf(facts.error ?? { message: "it was refused" }));
    else if (facts.state === "discarded") this.#settled.reject(new Error("the message was discarded"));
  }
}
