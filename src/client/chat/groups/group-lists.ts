import type { UserId } from "../../../protocol/names.ts";
import type { Chats } from "../chats.ts";
import { groupsOf } from "./groups.ts";
import { PagedList } from "./paged-list.ts";
import type { GroupAsking, GroupEvent, GroupList, GroupListed, GroupPage, PublicGroup } from "./types.ts";

/**
 * Who is muted, blocked or allowed in a group, page by page; for the owner and admins. It follows what happens.
 *
 * @example
 * const muted = listedIn(chats, "birds", "mute");
 * const close = muted.open();
 */
export function listedIn(chats: Chats, group: UserId, list: GroupList): PagedList<GroupListed> {
  return new PagedList(chats, {
    // Of who is blocked the others hear that it has left.
    concerns: ({ group: where, event }) =>
      where === group && (event.kind === "listed" || event.kind === "unlisted" ? event.list === list : event.kind === "left" && list === "block"),
    async page(after) {
      const { users, next } = await groupsOf(chats).listed(group, list, from(after));
      return { rows: users, next };
    },
  });
}

/** What makes somebody wait, or no longer. */
const ASKING: Readonly<Record<"application" | "invitation", ReadonlySet<GroupEvent["kind"]>>> = {
  application: new Set(["applied", "applicationAccepted", "applicationDeclined", "joined"]),
  invitation: new Set(["invited", "invitationAccepted", "invitationDeclined", "joined"]),
};

/** Who has applied, or was invited, and waits for a word; for the owner and admins. It follows what happens, as far as they hear of it. */
export function askingIn(chats: Chats, group: UserId, kind: "application" | "invitation"): PagedList<GroupAsking> {
  return new PagedList(chats, {
    concerns: ({ group: where, event }) => where === group && ASKING[kind].has(event.kind),
    async page(after) {
      const { users, next } = await groupsOf(chats).asking(group, kind, from(after));
      return { rows: users, next };
    },
  });
}

/** The app's public groups by id, page by page. Nobody tells of what becomes of them: `reload` reads them again. */
export function publicGroupsOf(chats: Chats): PagedList<PublicGroup> {
  return new PagedList(chats, {
    concerns: () => false,
    async page(after) {
      const { groups, next } = await groupsOf(chats).publicGroups(from(after));
      return { rows: groups, next };
    },
  });
}

const from = (after: UserId | undefined): GroupPage => (after === undefined ? {} : { after });
