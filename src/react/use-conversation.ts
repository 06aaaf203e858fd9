import { type Chats, type ConversationRef, keyOf, type LocalConversation } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

/** One conversation as it stands here; undefined: nothing of it is known. */
export function useConversation(chats: Chats, to: string | ConversationRef): LocalConversation | undefined {
  const conversation = chats.conversation(to);
  return useSubscribed(chats, ["conversation"], () => conversation.state, keyOf(conversation.ref));
}
