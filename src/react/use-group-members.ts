import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type Chats, MemberList, type MembersState } from "../client/chat/index.ts";

export interface GroupMembersState extends MembersState {
  loadMore(): void;
}

/**
 * The members of a group with their roles, a page at first; they follow what happens.
 *
 * @example
 * const { members, more, loadMore } = useGroupMembers(chats, "birds");
 */
export function useGroupMembers(chats: Chats, group: string): GroupMembersState {
  const list = useMemo(() => new MemberList(chats, group), [chats, group]);
  useEffect(() => list.open(), [list]);
  const state = useSyncExternalStore(list.subscribe, read, read);
  return useMemo(() => ({ ...state, loadMore: () => list.loadMore() }), [list, state]);

  function read(): MembersState {
    return list.state;
  }
}
