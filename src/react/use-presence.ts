import { useEffect } from "react";
import type { Chats, UserPresence } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

type State = NonNullable<ReturnType<Chats["presence"]["of"]>>;

/**
 * Who of these users is there, as long as the component is; who is not in the map is not known yet.
 *
 * @example
 * const online = usePresence(chats, ["bob"]).get("bob") === "ONLINE";
 */
export function usePresence(chats: Chats, users: readonly string[]): ReadonlyMap<string, State> {
  return useWatched(chats, users, (user) => chats.presence.of(user));
}

/**
 * The same with each device of these users, and what was published.
 *
 * @example
 * const { devices = [], ext } = usePresenceDetails(chats, ["bob"]).get("bob") ?? {};
 */
export function usePresenceDetails(chats: Chats, users: readonly string[]): ReadonlyMap<string, UserPresence> {
  return useWatched(chats, users, (user) => chats.presence.details(user));
}

function useWatched<T>(chats: Chats, users: readonly string[], read: (user: string) => T | undefined): ReadonlyMap<string, T> {
  const key = JSON.stringify(users);
  useEffect(() => chats.presence.watch(JSON.parse(key) as string[]), [chats, key]);
  return useSubscribed(
    chats,
    ["presence"],
    () => {
      const known = new Map<string, T>();
      for (const user of users) {
        const one = read(user);
        if (one !== undefined) known.set(user, one);
      }
      return known;
    },
    key,
  );
}
