import type { UserId } from "../../protocol/names.ts";
import { Chats } from "./chats.ts";
import { LocalEngine } from "./local-engine.ts";
import type { ChatClient, MediaMaker } from "./port.ts";
import type { ChatStore, Known } from "./store.ts";

/** Chats over a client of the program's own, or for now over none. Made by `openChat`. */
export class OwnChats extends Chats {
  readonly #engine: LocalEngine;

  /** @internal */
  constructor(user: UserId, store: ChatStore, known: Known, media: MediaMaker | undefined) {
    let made: LocalEngine | undefined;
    super(user, store, (emit) => {
      const engine = new LocalEngine({ user, store, known, emit, media });
      made = engine;
      return { engine: () => engine, close: () => engine.close() };
    });
    if (made === undefined) throw new Error("nothing does the work");
    this.#engine = made;
  }

  /** Goes on over this client: what waits is sent, and what is missing comes. */
  attach(client: ChatClient): void {
    this.#engine.attach(client);
  }

  /** Goes on without a client: what is here stays here, and what is sent waits. */
  detach(): void {
    this.#engine.detach();
  }
}
