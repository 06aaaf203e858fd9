import { useEffect, useState } from "react";
import { CHAT_TYPING_MS, type Chats, type ConversationRef, keyOf } from "../client/chat/index.ts";

/** Who is typing in which conversation, by its key (`keyOf`). */
export function useTyping(chats: Chats): ReadonlyMap<string, readonly string[]> {
  const [typing, setTyping] = useState<ReadonlyMap<string, readonly string[]>>(new Map());
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const set = (conversation: ConversationRef, user: string, on: boolean): void => {
      const key = keyOf(conversation);
      const name = JSON.stringify([key, user]);
      clearTimeout(timers.get(name));
      timers.delete(name);
      // It is over if it is not said again: who has closed the page says nothing more.
      if (on)
        timers.set(
          name,
          setTimeout(() => set(conversation, user, false), CHAT_TYPING_MS),
        );
      setTyping((before) => {
        const others = (before.get(key) ?? []).filter((other) => other !== user);
        const now = on ? [...others, user] : others;
        if (now.length === (before.get(key)?.length ?? 0)) return before;
        const next = new Map(before);
        if (now.length === 0) next.delete(key);
        else next.set(key, now);
        return next;
      });
    };
    const stops = [
      chats.on("typing", ({ conversation, user, on }) => set(conversation, user, on)),
      chats.on("message", ({ conversation, message }) => set(conversation, message.from, false)),
    ];
    return () => {
      for (const stop of stops) stop();
      for (const timer of timers.values()) clearTimeout(timer);
    };
  }, [chats]);
  return typing;
}
