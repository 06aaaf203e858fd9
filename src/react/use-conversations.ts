import type { Chats, LocalConversation } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

export interface ConversationsState {
  /** Pinned ones first, then by their newest message. */
  readonly conversations: readonly LocalConversation[];
  /** Of those that may disturb. */
  readonly unread: number;
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
  return useSubscribed(chats, ["conversation", "synced", "connected"], () => ({
    conversations: chats.conversations,
    unread: chats.unread,
    connected: chats.connected,
    synced: chats.synced,
  }));
}
