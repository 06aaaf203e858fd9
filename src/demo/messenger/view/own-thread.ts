import { type ConversationRef, isLocal, type MessageRecord } from "../../../client/chat/index.ts";
import { useThread } from "../../../react/index.ts";
import { useShared } from "./shared.tsx";

/** The thread about a message of a group; `none`: one can be opened. Undefined: this message can have none. */
export function useOwnThread(ref: ConversationRef, message: MessageRecord): ConversationRef | "none" | undefined {
  const { account } = useShared();
  const id = ref.type !== "group" || isLocal(message) ? undefined : account.chats.conversation(ref).idOf(message.seq);
  const known = useThread(account.chats, id ?? "");
  if (id === undefined || (known === undefined && message.content === undefined)) return undefined;
  return known === undefined ? "none" : { type: "thread", id };
}
