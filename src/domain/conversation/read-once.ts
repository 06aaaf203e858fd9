import type { StoredMessage } from "./message.ts";
import type { Change, ConversationStore, Piece, Reaction } from "./store.ts";

/** What a reader of a conversation looks at. */
export type ReadableStore = Pick<ConversationStore, "after" | "before" | "changesAfter" | "message" | "reactions" | "pieces" | "pins" | "removed"> & {
  /** For those who are told the same: what is made under a name, once. */
  readonly shared?: <Made>(name: string, make: () => Made) => Made;
};

/** Answers that are remembered: of one state of the conversation, which many are told at once. */
const REMEMBERED = 256;

/** The store for those who are all told the same: each question is put to the database once, as long as the conversation does not change. */
export class ReadOnce implements ReadableStore {
  readonly #store: ConversationStore;
  /** Of the state that answers are of. */
  readonly #state: () => readonly unknown[];
  #of: readonly unknown[] = [];
  readonly #answers = new Map<string, unknown>();

  constructor(store: ConversationStore, state: () => readonly unknown[]) {
    this.#store = store;
    this.#state = state;
  }

  after = (seq: number, limit: number): StoredMessage[] => this.#once(`after ${seq} ${limit}`, () => this.#store.after(seq, limit));
  before = (seq: number, limit: number): StoredMessage[] => this.#store.before(seq, limit);
  changesAfter = (version: number, limit: number): Change[] => this.#once(`changes ${version} ${limit}`, () => this.#store.changesAfter(version, limit));
  message = (seq: number): StoredMessage | undefined => this.#store.message(seq);
  reactions = (seq: number): Reaction[] => this.#once(`reactions ${seq}`, () => this.#store.reactions(seq));
  pieces = (seq: number, version: number): Piece[] => this.#once(`pieces ${seq} ${version}`, () => this.#store.pieces(seq, version));
  pins = (): ReturnType<ConversationStore["pins"]> => this.#once("pins", () => this.#store.pins());
  removed = (user: string): ReturnType<ConversationStore["removed"]> => this.#store.removed(user);

  /** What is the same for all who are told it, made once: the same object for each. */
  shared = <Made>(name: string, make: () => Made): Made => this.#once(name, make);

  #once<Answer>(question: string, ask: () => Answer): Answer {
    const state = this.#state();
    if (this.#answers.size >= REMEMBERED || state.some((part, index) => part !== this.#of[index])) this.#answers.clear();
    this.#of = state;
    if (!this.#answers.has(question)) this.#answers.set(question, ask());
    return this.#answers.get(question) as Answer;
  }
}
