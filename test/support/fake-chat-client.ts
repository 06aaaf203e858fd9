import type { ChatClient } from "../../src/client/chat/index.ts";

/** A client of the chats whose service is the test: it notes what is asked, answers as `answer` says, and tells what the test has it tell. */
export abstract class FakeChatClient {
  readonly asked: [op: string, input: Record<string, unknown>][] = [];
  state: "connected" | "reconnecting" = "connected";
  readonly #user: string;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  constructor(user: string) {
    this.#user = user;
  }

  protected abstract answer(op: string, input: Record<string, unknown>): object;

  readonly client = (): ChatClient => {
    const service = this;
    return {
      user: this.#user,
      get state() {
        return service.state;
      },
      on: (name: string, listener: (event: never) => void) => {
        this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
        return () => this.#listeners.get(name)?.delete(listener);
      },
      fetch: async () => new Response(),
      call: async (op: string, input: Record<string, unknown>) => this.answer(op, input),
    } as unknown as ChatClient;
  };

  say(name: string, event: object): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never);
  }

  turn(state: FakeChatClient["state"]): void {
    this.state = state;
    this.say("state", { state });
  }

  calls(op: string): unknown[] {
    return this.asked.filter(([name]) => name === op).map(([, input]) => input);
  }
}
