import { type Chats, keyOf, type LocalConversation, type Outgoing } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

export interface ConversationsState {
  /** Pinned ones first, then by their newest message. */
  readonly conversations: readonly LocalConversation[];
  /** Of those that may disturb. */
  readonly unread: number;
  /** The newest message on its way, by the conversation's key (`keyOf`). */
  readonly outgoing: ReadonlyMap<string, Outgoing>;
  readonly connected: boolean;
  /** Whether all is here that the service has. */
  readonly synced: boolean;
}

/**
 * The list of conversations, as it is now.
 *
 * @example
 * const { conversations, unread } = useConversations(chats);
 */
export function useConversations(chats: Chats): ConversationsState {
  return useSubscribed(chats, ["conversation", "outgoing", "synced", "connected"], () => ({
    conversations: chats.conversations,
    unread: chats.unread,
    outgoing: new Map(chats.outgoing.map((one) => [keyOf(one.conversation), one])),
    connected: chats.connected,
    synced: chats.synced,
  }));
}
