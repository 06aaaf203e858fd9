import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type ChatConversation, type Chats, type ConversationRef, keyOf, MessageWindow, type WindowState } from "../client/chat/index.ts";

export interface MessagesState extends WindowState {
  readonly handle: ChatConversation;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** The newest messages again. */
  toNewest(): Promise<void>;
  /** A message among its neighbours. False: it is not to be had. */
  to(seq: number): Promise<boolean>;
}

/**
 * The newest messages of a conversation, and whatever is loaded beside them; each in its present state.
 *
 * @example
 * const { messages, outgoing, loadOlder } = useMessages(chats, "bob");
 */
export function useMessages(chats: Chats, to: string | ConversationRef, { limit }: { readonly limit?: number } = {}): MessagesState {
  const key = keyOf(chats.conversation(to).ref);
  const window = useMemo(() => new MessageWindow(chats, to, limit === undefined ? {} : { limit }), [chats, key, limit]);
  useEffect(() => window.open(), [window]);
  const state = useSyncExternalStore(window.subscribe, read, read);
  return useMemo(
    () => ({
      ...state,
      handle: window.conversation,
      loadOlder: () => window.loadOlder(),
      loadNewer: () => window.loadNewer(),
      toNewest: () => window.toNewest(),
      to: (seq: number) => window.to(seq),
    }),
    [window, state],
  );

  function read(): WindowState {
    return window.state;
  }
}
