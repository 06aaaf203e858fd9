import { useEffect } from "react";
import type { Chats } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

type State = NonNullable<ReturnType<Chats["presence"]["of"]>>;

/**
 * Who of these users is there, as long as the component is; who is not in the map is not known yet.
 *
 * @example
 * const online = usePresence(chats, ["bob"]).get("bob") === "ONLINE";
 */
export function usePresence(chats: Chats, users: readonly string[]): ReadonlyMap<string, State> {
  const key = JSON.stringify(users);
  useEffect(() => chats.presence.watch(JSON.parse(key) as string[]), [chats, key]);
  return useSubscribed(
    chats,
    ["presence"],
    () => {
      const states = new Map<string, State>();
      for (const user of users) {
        const state = chats.presence.of(user);
        if (state !== undefined) states.set(user, state);
      }
      return states;
    },
    key,
  );
}
