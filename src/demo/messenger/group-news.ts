import { useEffect } from "preact/hooks";
import { type GroupNews, groupsOf, type TabChats } from "../../client/chat/index.ts";
import type { Say } from "./words.ts";

/** Says what becomes of one's own questions to groups, wherever one is. */
export function useGroupNews(chats: TabChats, { say, tell, nameOf }: { readonly say: Say; tell(text: string): void; nameOf(user: string): string }): void {
  useEffect(
    () =>
      chats.on("group", (news) => {
        const words = newsOf(news, chats, say, nameOf);
        if (words !== undefined) tell(words);
      }),
    [chats, say, tell, nameOf],
  );
}

function newsOf({ group, event }: GroupNews, chats: TabChats, say: Say, nameOf: (user: string) => string): string | undefined {
  const called = groupsOf(chats).of(group)?.details.name || say("aGroup");
  switch (event.kind) {
    case "applied":
      return say("asksIn", { name: nameOf(event.user), group: called });
    case "applicationAccepted":
      return event.user === chats.user ? say("wasAccepted", { group: called }) : undefined;
    case "applicationDeclined":
      if (event.user !== chats.user) return undefined;
      return event.reason === "" ? say("wasDeclined", { group: called }) : say("wasDeclinedWhy", { group: called, reason: event.reason });
    case "invitationDeclined":
      return event.user === chats.user ? undefined : say("invitationDeclined", { name: nameOf(event.user), group: called });
    default:
      return undefined;
  }
}
