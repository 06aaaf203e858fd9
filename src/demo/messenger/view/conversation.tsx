import { useEffect, useState } from "preact/hooks";
import { keyOf, type MessageRecord } from "../../../client/chat/index.ts";
import { useConversation, useMessages, usePeople, usePresence } from "../../../react/index.ts";
import { go } from "../route.ts";
import { Avatar } from "./avatar.tsx";
import { ChatMenu } from "./chat-menu.tsx";
import { Composer } from "./composer.tsx";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { Timeline } from "./timeline.tsx";

/** What the next message is about: an answer to another, or another wording of it. */
export type Purpose = { readonly kind: "reply" | "edit"; readonly message: MessageRecord };

const FRESH_MS = 30_000;

export interface ConversationProps {
  readonly user: string;
  readonly at: number | undefined;
  readonly typing: ReadonlyMap<string, readonly string[]>;
  readonly connected: boolean;
}

export function Conversation({ user, at, typing, connected }: ConversationProps) {
  const { account, say } = useShared();
  const { chats } = account;
  const shown = useMessages(chats, user);
  const state = useConversation(chats, user);
  const presence = usePresence(chats, [user]).get(user);
  const people = usePeople(chats, [user]);
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const [menu, setMenu] = useState(false);
  const types = typing.has(keyOf(shown.handle.ref));
  const status = types
    ? say("typing")
    : presence === "ONLINE"
      ? say("online")
      : presence === "UNREACHABLE"
        ? say("away")
        : presence === undefined
          ? ""
          : say("lastOffline");

  // Whom one writes to one wants to see as they are now.
  useEffect(() => chats.directory.want([user], FRESH_MS), [user]);
  useEffect(() => {
    if (at !== undefined) void shown.to(at);
  }, [at]);

  return (
    <main class="conversation" aria-label={people.nameOf(user)}>
      <header class="conversation-head">
        <IconButton name="back" label={say("back")} press={() => go({ tab: "chats" })} kind="only-phone" />
        <button type="button" class="who" onClick={() => setMenu(true)}>
          <Avatar user={user} presence={presence} />
          <span class="who-words">
            <bdi class="who-name">{people.nameOf(user)}</bdi>
            <span class={`who-status ${types ? "types" : ""}`} role="status">
              {status}
            </span>
          </span>
        </button>
        <IconButton name="more" label={say("chatMenu")} press={() => setMenu(true)} />
      </header>
      {!connected && (
        <p class="banner" role="status">
          {say("offlineBanner")}
        </p>
      )}
      {people.blocked.has(user) && <p class="banner">{say("blockedNote")}</p>}
      <Timeline user={user} shown={shown} sought={at} decide={setPurpose} />
      <Composer key={user} handle={shown.handle} purpose={purpose} done={() => setPurpose(undefined)} sent={() => void (shown.newer && shown.toNewest())} />
      {menu && <ChatMenu user={user} state={state} close={() => setMenu(false)} />}
    </main>
  );
}
