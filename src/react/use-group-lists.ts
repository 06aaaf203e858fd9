import { useMemo } from "react";
import { askingIn, type Chats, type GroupAsking, type GroupList, type GroupListed, listedIn, type PublicGroup, publicGroupsOf } from "../client/chat/index.ts";
import { type Paged, usePaged } from "./use-paged.ts";

/**
 * Who is muted, blocked or allowed in a group, a page at first; for its owner and admins. It follows what happens. Without a group it is of nothing.
 *
 * @example
 * const { rows, more, loadMore } = useGroupListed(chats, "birds", "mute");
 */
export function useGroupListed(chats: Chats, group: string | undefined, list: GroupList): Paged<GroupListed> {
  return usePaged(useMemo(() => (group === undefined ? undefined : listedIn(chats, group, list)), [chats, group, list]));
}

/**
 * Who has applied to a group, or was invited, and waits for a word; for its owner and admins. It follows what happens. Without a group it is of nothing.
 *
 * @example
 * const { rows } = useGroupAsking(chats, "birds", "application");
 */
export function useGroupAsking(chats: Chats, group: string | undefined, kind: "application" | "invitation"): Paged<GroupAsking> {
  return usePaged(useMemo(() => (group === undefined ? undefined : askingIn(chats, group, kind)), [chats, group, kind]));
}

/**
 * The app's public groups, a page at first; `reload` reads them again.
 *
 * @example
 * const { rows, more, loadMore } = usePublicGroups(chats);
 */
export function usePublicGroups(chats: Chats): Paged<PublicGroup> {
  return usePaged(useMemo(() => publicGroupsOf(chats), [chats]));
}
