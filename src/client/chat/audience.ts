import type { ConversationRef } from "../../protocol/conversation-name.ts";
import type { MediaAudience } from "../media/media.ts";

/** Whom a file in a conversation is for: both people of a chat, or who is in the group or the thread when it is read. */
export function audienceOf({ type, id }: ConversationRef): MediaAudience {
  switch (type) {
    case "single":
      return { chat: id };
    case "group":
      return { group: id };
    case "thread":
      return { thread: id };
  }
}
