import { useEffect } from "react";
import { type Chats, type GroupInvitation, type GroupState, groupsOf } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

/**
 * A group as this device knows it: its details, how many are in it, and what the user is in it. Undefined: nothing is known of it yet.
 *
 * @example
 * const group = useGroup(chats, "birds");
 */
export function useGroup(chats: Chats, group: string | undefined): GroupState | undefined {
  useEffect(() => {
    if (group !== undefined) groupsOf(chats).want([group]);
  }, [chats, group]);
  return useSubscribed(chats, ["groups"], () => (group === undefined ? undefined : groupsOf(chats).of(group)), group);
}

export interface GroupsState {
  /** That the user has not answered. */
  readonly invitations: readonly GroupInvitation[];
  /** A group's name, or its id. */
  nameOf(group: string): string;
  stateOf(group: string): GroupState | undefined;
}

/** Groups by their names, as this device knows them; `wanted` are those that are asked for. */
export function useGroups(chats: Chats, wanted: readonly string[] = []): GroupsState {
  const key = JSON.stringify(wanted);
  useEffect(() => groupsOf(chats).want(JSON.parse(key) as string[]), [chats, key]);
  return useSubscribed(chats, ["groups"], () => {
    const groups = groupsOf(chats);
    return { invitations: groups.invitations, nameOf: (group) => groups.nameOf(group), stateOf: (group) => groups.of(group) };
  });
}
