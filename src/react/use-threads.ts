import { useEffect } from "react";
import { type Chats, type ThreadState, threadsOf } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

export interface ThreadsState {
  /** Those that are known here, the newest word first. */
  readonly threads: readonly ThreadState[];
  /** There may be threads of older messages. */
  readonly older: boolean;
  /** The thread about a message of the group. */
  about(seq: number): ThreadState | undefined;
}

/**
 * The threads of a group: those of the newest messages, or with `downTo` of all messages from that one on, `upTo` another if it is named; they follow what happens.
 *
 * @example
 * const { about } = useThreads(chats, "birds");
 * const { messages = 0 } = about(message.seq) ?? {};
 */
export function useThreads(
  chats: Chats,
  group: string,
  { downTo, upTo }: { readonly downTo?: number | undefined; readonly upTo?: number | undefined } = {},
): ThreadsState {
  useEffect(() => threadsOf(chats).watch(group), [chats, group]);
  useEffect(() => threadsOf(chats).want(group, downTo, upTo), [chats, group, downTo, upTo]);
  return useSubscribed(
    chats,
    ["threads"],
    () => {
      const threads = threadsOf(chats);
      const bySeq = new Map(threads.inGroup(group).map((one) => [one.seq, one]));
      return { threads: threads.inGroup(group), older: threads.hasOlder(group), about: (seq) => bySeq.get(seq) };
    },
    group,
  );
}

/**
 * One thread as this device knows it; undefined: nothing is known of it. What is said in it, `useMessages` shows.
 *
 * @example
 * const thread = useThread(chats, id);
 */
export function useThread(chats: Chats, thread: string): ThreadState | undefined {
  return useSubscribed(chats, ["threads"], () => threadsOf(chats).of(thread), thread);
}
