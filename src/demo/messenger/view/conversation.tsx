import { useEffect, useState } from "preact/hooks";
import { type ConversationRef, keyOf, type MessageRecord } from "../../../client/chat/index.ts";
import { useConversation, useGroup, useGroupAsking, useMemberAttributes, useMessages, usePeople, usePresence } from "../../../react/index.ts";
import { membersOf } from "../format.ts";
import { go } from "../route.ts";
import { ConversationFace } from "./avatar.tsx";
import { ChatMenu } from "./chat-menu.tsx";
import { Composer } from "./composer.tsx";
import { GroupCard, Joining } from "./group/card.tsx";
import { GroupNames } from "./group/names.tsx";
import { Requests } from "./group/requests.tsx";
import { GroupMenu } from "./group-menu.tsx";
import { IconButton } from "./icon.tsx";
import { PinnedBar } from "./pins.tsx";
import { useShared } from "./shared.tsx";
import { Timeline } from "./timeline.tsx";

/** What the next message is about: an answer to another, or another wording of it. */
export type Purpose = { readonly kind: "reply" | "edit"; readonly message: MessageRecord };

const FRESH_MS = 30_000;

export interface ConversationProps {
  readonly with: ConversationRef;
  readonly at: number | undefined;
  readonly typing: ReadonlyMap<string, readonly string[]>;
  readonly connected: boolean;
}

export function Conversation(props: ConversationProps) {
  if (props.with.type !== "group") return <Talk {...props} />;
  return (
    <GroupNames group={props.with.id}>
      <Talk {...props} />
    </GroupNames>
  );
}

function Talk({ with: ref, at, typing, connected }: ConversationProps) {
  const { account, people, titleOf, say } = useShared();
  const { chats } = account;
  const isGroup = ref.type === "group";
  const shown = useMessages(chats, ref);
  const state = useConversation(chats, ref);
  const presence = usePresence(chats, isGroup ? [] : [ref.id]).get(ref.id);
  const speakers = isGroup ? [...new Set(shown.messages.map(({ from }) => from))] : [ref.id];
  usePeople(chats, speakers);
  useMemberAttributes(chats, isGroup ? ref.id : undefined, speakers);
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const [menu, setMenu] = useState<"menu" | "requests" | undefined>(undefined);
  const known = useGroup(chats, isGroup ? ref.id : undefined);
  const group = isGroup ? known : undefined;
  const leads = group?.role === "owner" || group?.role === "admin";
  const asking = useGroupAsking(chats, leads ? ref.id : undefined, "application").rows.length;
  /** Nothing of it is here, and one is not in it. */
  const outside = isGroup && group?.role === undefined && shown.messages.length === 0 && shown.outgoing.length === 0 && state?.entry === undefined;
  const types = typing.get(keyOf(ref)) ?? [];

  // Whom one writes to one wants to see as they are now.
  useEffect(() => {
    if (!isGroup) chats.directory.want([ref.id], FRESH_MS);
  }, [ref.id]);
  useEffect(() => {
    if (at !== undefined) void shown.to(at);
  }, [at]);

  const status = (): string => {
    if (types.length > 0) return isGroup ? say("typingNames", { names: types.map(people.nameOf).join(", ") }) : say("typing");
    if (isGroup) return group === undefined ? "" : membersOf(group.members, say);
    if (presence === undefined) return "";
    return presence === "ONLINE" ? say("online") : presence === "UNREACHABLE" ? say("away") : say("lastOffline");
  };
  const silenced = (): string | undefined => {
    if (group === undefined) return undefined;
    if (group.role === undefined) return say("notInGroup");
    if (group.details.disabled) return say("groupDisabled");
    if (group.muted) return say("youAreMuted");
    return group.details.allMuted && group.role === "member" && !group.allowed ? say("allAreMuted") : undefined;
  };
  return (
    <main class="conversation" aria-label={titleOf(ref)}>
      <header class="conversation-head">
        <IconButton name="back" label={say("back")} press={() => go({ tab: "chats" })} kind="only-phone" />
        <button type="button" class="who" onClick={() => setMenu("menu")}>
          <ConversationFace of={ref} presence={presence} />
          <span class="who-words">
            <bdi class="who-name">{titleOf(ref)}</bdi>
            <span class={`who-status ${types.length > 0 ? "types" : ""}`} role="status">
              {status()}
            </span>
          </span>
        </button>
        <IconButton name="more" label={say("chatMenu")} press={() => setMenu("menu")} />
      </header>
      {!connected && (
        <p class="banner" role="status">
          {say("offlineBanner")}
        </p>
      )}
      {!isGroup && people.blocked.has(ref.id) && <p class="banner">{say("blockedNote")}</p>}
      {group?.shielded && <p class="banner">{say("shielded")}</p>}
      {group !== undefined && group.details.announcement !== "" && (
        <button type="button" class="notice-bar" onClick={() => setMenu("menu")}>
          <span class="quote-name">{say("announcement")}</span>
          <bdi class="quote-text">{group.details.announcement}</bdi>
        </button>
      )}
      {asking > 0 && (
        <button type="button" class="notice-bar asking-bar" onClick={() => setMenu("requests")}>
          <span class="quote-name">{asking === 1 ? say("oneAsks") : say("peopleAsk", { count: asking })}</span>
        </button>
      )}
      {outside ? (
        <GroupCard group={ref.id} state={group} connected={connected} />
      ) : (
        <>
          <PinnedBar shown={shown} connected={connected} />
          <Timeline title={titleOf(ref)} shown={shown} sought={at} decide={setPurpose} />
          <Composer
            key={keyOf(ref)}
            handle={shown.handle}
            purpose={purpose}
            silenced={silenced()}
            done={() => setPurpose(undefined)}
            sent={() => void (shown.newer && shown.toNewest())}
          />
          {group !== undefined && group.role === undefined && group.details.public && (
            <div class="joining">
              <Joining group={ref.id} state={group} />
            </div>
          )}
        </>
      )}
      {menu === "requests" && <Requests group={ref.id} close={() => setMenu(undefined)} back={undefined} />}
      {menu === "menu" &&
        (isGroup ? (
          <GroupMenu group={ref.id} state={state} close={() => setMenu(undefined)} />
        ) : (
          <ChatMenu user={ref.id} state={state} close={() => setMenu(undefined)} />
        ))}
    </main>
  );
}
