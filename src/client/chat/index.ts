import type { UserId } from "../../protocol/names.ts";
import { Chats } from "./chats.ts";
import type { ChatClient } from "./port.ts";
import { type ChatStore, MemoryStore } from "./store.ts";

export type { ConversationRef, ConversationType } from "../../protocol/conversation-name.ts";
export type { Content, ContentType, ConversationEntry, Ext, MessageRecord, Passing, ReactionSummary, Receipt } from "../../protocol/messages/conversation.ts";
export type { Chats, ChatsEvents } from "./chats.ts";
export type { ChatConversation, PageOptions, SendOptions } from "./conversation.ts";
export { indexedStore } from "./indexed-store.ts";
export type { Outgoing, OutgoingState, SentMessage } from "./outbox.ts";
export type { Contact, ContactNews, ContactState, ContactsPage, People, Profile } from "./people.ts";
export type { ChatClient } from "./port.ts";
export { type ChatStore, type Known, type LocalConversation, MemoryStore, type Pending, type Writes } from "./store.ts";

export interface ChatOptions {
  /** Where the chats are kept on this device; without one, as long as the program runs. */
  readonly store?: ChatStore;
}

/**
 * The chats of a user, from what is kept on this device: at once and offline. With a client, they go on over it;
 * with a user's id, `attach` does that later.
 *
 * @example
 * const chats = await openChat(me, { store: await indexedStore(`chat ${me.user}`) });
 * chats.on("message", ({ conversation, message }) => show(conversation, message));
 * const bob = chats.conversation("bob");
 * await bob.send("Hello").sent;
 */
export async function openChat(who: ChatClient | UserId, { store = new MemoryStore() }: ChatOptions = {}): Promise<Chats> {
  const user = typeof who === "string" ? who : who.user;
  const chats = new Chats(user, store, await store.load());
  if (typeof who !== "string") chats.attach(who);
  return chats;
}
