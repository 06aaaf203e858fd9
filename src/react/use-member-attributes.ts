import { useEffect } from "react";
import { type Chats, groupsOf, type MemberAttributes } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

/**
 * What members have as attributes in a group, as this device knows them; `users` are those that are asked for. Without a group nothing is known.
 *
 * @example
 * const attributesOf = useMemberAttributes(chats, "birds", ["bob"]);
 * const name = attributesOf("bob")?.nickname;
 */
export function useMemberAttributes(chats: Chats, group: string | undefined, users: readonly string[]): (user: string) => MemberAttributes | undefined {
  const key = JSON.stringify(users);
  useEffect(() => {
    if (group !== undefined) groupsOf(chats).wantAttributes(group, JSON.parse(key) as string[]);
  }, [chats, group, key]);
  return useSubscribed(chats, ["groups"], () => (user: string) => (group === undefined ? undefined : groupsOf(chats).attributesOf(group, user)), group);
}
