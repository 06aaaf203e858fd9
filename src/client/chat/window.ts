import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Chats } from "./chats.ts";
import type { ChatConversation } from "./conversation.ts";
import type { MessageRecord } from "./message.ts";
import type { Outgoing } from "./outbox.ts";
import { handled } from "./port.ts";
import { isShown } from "./records.ts";
import type { LocalConversation } from "./store.ts";

/** What a screen shows of a conversation. Each change makes another object, so that what has not changed can be seen by `===`. */
export interface WindowState {
  /** Oldest first. */
  readonly messages: readonly MessageRecord[];
  /** On their way, oldest first; none while newer messages are not shown. */
  readonly outgoing: readonly Outgoing[];
  readonly conversation: LocalConversation | undefined;
  /** Older ones can be loaded, newer ones can. */
  readonly older: boolean;
  readonly newer: boolean;
  readonly loading: boolean;
}

const PAGE = 30;

/** A stretch of a conversation's messages that follows what happens, and grows at either end. */
export class MessageWindow {
  readonly conversation: ChatConversation;
  readonly #key: string;
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  readonly #chats: Chats;
  #stop: (() => void)[] = [];
  #messages: readonly MessageRecord[] = [];
  #older = true;
  #newer = false;
  #loading = 0;
  /** From where on this device had all when it was last looked at. */
  #oldest = 0;
  #state: WindowState | undefined;
  /** Rises when the stretch is another: what is loaded for an earlier one is of no use. */
  #turn = 0;

  constructor(chats: Chats, to: string | ConversationRef, { limit = PAGE }: { readonly limit?: number } = {}) {
    this.conversation = chats.conversation(to);
    this.#key = refKey(this.conversation.ref);
    this.#limit = limit;
    this.#chats = chats;
  }

  /** From now on it is loaded, and follows. Returns `close`. */
  readonly open = (): (() => void) => {
    const chats = this.#chats;
    const mine = ({ conversation }: { readonly conversation: ConversationRef }) => refKey(conversation) === this.#key;
    this.#stop = [
      chats.on("message", (told) => mine(told) && this.#arrived(told.message)),
      chats.on("changed", (told) => mine(told) && this.#changed(told.message)),
      chats.on("conversation", (state) => mine(state) && this.#follow(state)),
      chats.on("outgoing", (outgoing) => mine(outgoing) && this.#tell()),
      chats.on("synced", ({ synced }) => synced && this.#messages.length === 0 && void handled(this.toNewest())),
    ];
    this.#oldest = this.#oldestHere();
    void handled(this.toNewest());
    return () => this.close();
  };

  get state(): WindowState {
    this.#state ??= {
      messages: this.#messages,
      outgoing: this.#newer ? [] : this.conversation.outgoing,
      conversation: this.conversation.state,
      older: this.#older,
      newer: this.#newer,
      loading: this.#loading > 0,
    };
    return this.#state;
  }

  /** Called after each change. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
    this.#turn += 1;
  }

  /** The newest messages, whatever was shown. */
  toNewest(): Promise<void> {
    return this.#load(true, async (show) => {
      const page = await this.conversation.messages({ limit: this.#limit });
      show(page.reverse(), { older: page.length >= this.#limit || this.#oldestHere() > 1, newer: false });
    });
  }

  /** A message among its neighbours. False: it is not to be had. */
  async to(seq: number): Promise<boolean> {
    if (this.#messages.some((message) => message.seq === seq)) return true;
    let found = false;
    await this.#load(true, async (show) => {
      const stretch = await this.conversation.around(seq, { limit: Math.ceil(this.#limit / 2) });
      if (stretch === undefined) return;
      found = true;
      show(stretch.messages, stretch);
    });
    return found;
  }

  async loadOlder(): Promise<void> {
    const first = this.#messages[0];
    if (first === undefined || !this.#older || this.#loading > 0) return;
    await this.#load(false, async (show) => {
      const page = await this.conversation.messages({ before: first.seq, limit: this.#limit });
      show([...page.reverse(), ...this.#messages], { older: page.length >= this.#limit || this.#oldestHere() > 1, newer: this.#newer });
    });
  }

  async loadNewer(): Promise<void> {
    const last = this.#messages.at(-1);
    if (last === undefined || !this.#newer || this.#loading > 0) return;
    await this.#load(false, async (show) => {
      const page = await this.conversation.newer(last.seq, this.#limit + 1);
      show([...this.#messages, ...page.slice(0, this.#limit)], { older: this.#older, newer: page.length > this.#limit });
    });
  }

  async #load(
    anew: boolean,
    work: (show: (messages: readonly MessageRecord[], ends: { readonly older: boolean; readonly newer: boolean }) => void) => Promise<void>,
  ): Promise<void> {
    if (anew) this.#turn += 1;
    const turn = this.#turn;
    /** What has come, or changed, while this was loaded is newer than it. */
    const shownBefore = this.#messages;
    this.#loading += 1;
    this.#tell();
    try {
      await work((messages, { older, newer }) => {
        if (turn !== this.#turn) return;
        const meanwhile = this.#messages === shownBefore ? [] : this.#messages;
        this.#messages = joined(messages, newer ? meanwhile.filter(({ seq }) => seq <= (messages.at(-1)?.seq ?? 0)) : meanwhile, messages[0]?.seq ?? 0);
        this.#older = older;
        this.#newer = newer;
      });
    } finally {
      this.#loading -= 1;
      this.#tell();
    }
  }

  #arrived(message: MessageRecord): void {
    if (this.#newer || !isShown(message)) return;
    this.#messages = joined(this.#messages, [message], 0);
    this.#tell();
  }

  #changed(message: MessageRecord): void {
    const at = this.#messages.findIndex(({ seq }) => seq === message.seq);
    if (at < 0) return;
    this.#messages = isShown(message) ? this.#messages.with(at, message) : this.#messages.toSpliced(at, 1);
    this.#tell();
  }

  #follow(state: LocalConversation): void {
    const [first] = this.#messages;
    const before = this.#oldest;
    this.#oldest = state.oldest;
    // Cleared, or begun anew: what is shown is no longer here.
    if (first !== undefined && first.seq < state.oldest && state.oldest > before) {
      this.#messages = this.#messages.filter(({ seq }) => seq >= state.oldest);
      if (this.#messages.length === 0 || this.#newer) void handled(this.toNewest());
    }
    this.#tell();
  }

  #oldestHere(): number {
    return this.conversation.state?.oldest ?? 1;
  }

  #tell(): void {
    this.#state = undefined;
    for (const listener of this.#listeners) listener();
  }
}

/** Both, by seq, each message in its newest state; of `others` none that is older than `from`. */
function joined(messages: readonly MessageRecord[], others: readonly MessageRecord[], from: number): readonly MessageRecord[] {
  const all = new Map(messages.map((message) => [message.seq, message]));
  for (const other of others) if (other.seq >= from && other.version >= (all.get(other.seq)?.version ?? 0)) all.set(other.seq, other);
  return [...all.values()].sort((a, b) => a.seq - b.seq);
}
