import type { UserId } from "../../../protocol/names.ts";
import { Chats } from "../chats.ts";
import type { ChatOptions } from "../index.ts";
import type { ChatStore } from "../store.ts";
import { browserTabs, type TabPorts } from "./ports.ts";
import { type HubOptions, type TabClient, TabHub } from "./tab-hub.ts";

export interface TabsOptions extends ChatOptions {
  /** One for each user and app: tabs that name the same share a connection, and a store. */
  readonly name: string;
  /** The one that all tabs have. */
  readonly store: ChatStore;
  /** Logs in; asked of the tab that leads, and again while it fails. */
  connect(): Promise<TabClient>;
  /** @internal */
  readonly ports?: TabPorts;
}

/** Chats of a tab that shares its connection with the other tabs of the user. Made by `openTabs`. */
export class TabChats extends Chats {
  readonly #hub: TabHub;

  /** @internal */
  constructor(user: UserId, options: Omit<HubOptions, "emit">) {
    let made: TabHub | undefined;
    super(user, options.store, (emit) => {
      const hub = new TabHub({ ...options, connect: () => options.connect(), emit });
      made = hub;
      return { engine: () => hub.engine(), close: () => hub.close() };
    });
    if (made === undefined) throw new Error("nothing does the work");
    this.#hub = made;
  }

  /** Whether this tab has the connection, and does the work for the others. */
  get leads(): boolean {
    return this.#hub.leads;
  }

  /** Ends the login of all tabs: each of them is told `over`. */
  logout(): Promise<void> {
    return this.#hub.logout();
  }
}

/**
 * The chats of a user in several tabs over one connection: one tab has it, the others have their part done by that one,
 * and when it goes another takes over. Each shows at once what the store has.
 *
 * @example
 * const chats = await openTabs("ann", { name: "chat ann", store: await indexedStore("chat ann"), connect: () => connect({ app, user: "ann", token }) });
 */
export async function openTabs(user: UserId, options: TabsOptions): Promise<TabChats> {
  const { name, store, connect, media, ports = browserTabs() ?? ALONE } = options;
  return new TabChats(user, { user, name, store, connect, media, ports, known: await store.load() });
}

/** Where tabs cannot find each other, each leads itself. */
const ALONE: TabPorts = {
  lock(_name, held) {
    queueMicrotask(held);
    return () => {};
  },
  channel: () => ({ post: () => {}, listen: () => {}, close: () => {} }),
};
