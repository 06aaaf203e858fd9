import { useCallback, useRef, useSyncExternalStore } from "react";
import type { Chats, ChatsEvents } from "../client/chat/index.ts";

/** What `read` gives, made anew only after one of these events. `key` names what is read: with another, it is another. */
export function useSubscribed<T>(chats: Chats, events: readonly (keyof ChatsEvents)[], read: () => T, key = ""): T {
  const kept = useRef<{ readonly chats: Chats; readonly key: string; readonly value: T } | undefined>(undefined);
  const subscribe = useCallback(
    (changed: () => void) => {
      const stops = events.map((event) =>
        chats.on(event, () => {
          kept.current = undefined;
          changed();
        }),
      );
      // What happened between the first reading and now was heard by nobody.
      kept.current = undefined;
      changed();
      return () => {
        for (const stop of stops) stop();
      };
    },
    [chats, key],
  );
  return useSyncExternalStore(subscribe, snapshot, snapshot);

  function snapshot(): T {
    if (kept.current?.chats !== chats || kept.current.key !== key) kept.current = { chats, key, value: read() };
    return kept.current.value;
  }
}
