import { useEffect } from "react";
import { type Chats, type ConversationRef, keyOf, type MessageRecord, type Reached, type ReceiptNumbers, receiptCountsOf } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

export interface ReceiptsState {
  /** Where a message of one's own has got to; in a group, with all whom it was for. */
  reached(message: MessageRecord): Reached;
  /** In a group: how many have it, and have read it, as far as it is known. */
  numbersOf(message: MessageRecord): ReceiptNumbers | undefined;
}

/**
 * How far one's own of these messages have got. In a group it is asked for as long as the component is shown, for the 30 newest, more and more seldom.
 *
 * @example
 * const { reached, numbersOf } = useReceipts(chats, { type: "group", id: "birds" }, messages);
 */
export function useReceipts(chats: Chats, to: string | ConversationRef, messages: readonly MessageRecord[]): ReceiptsState {
  const handle = chats.conversation(to);
  const isGroup = handle.ref.type !== "single";
  const own = isGroup ? messages.filter(({ from }) => from === chats.user) : [];
  const key = keyOf(handle.ref);
  useEffect(() => (isGroup ? receiptCountsOf(chats).watch(handle.ref, own) : undefined), [chats, key, own.map(({ seq }) => seq).join(" ")]);
  return useSubscribed(
    chats,
    ["receipts", "conversation"],
    () => ({ reached: (message) => handle.receiptOf(message), numbersOf: (message) => handle.countsOf(message) }),
    key,
  );
}
