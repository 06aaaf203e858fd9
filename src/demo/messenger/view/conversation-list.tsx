import { memo } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { type ConversationRef, isLocal, keyOf, type LocalConversation, type MessageRecord, type Outgoing } from "../../../client/chat/index.ts";
import { type ConversationsState, usePresence, useReceipts } from "../../../react/index.ts";
import { draftOf } from "../drafts.ts";
import { preview, when } from "../format.ts";
import { tipOf } from "../group-tips.ts";
import { hashOf } from "../route.ts";
import { ConversationFace } from "./avatar.tsx";
import { nameIn } from "./group/names.tsx";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { OutgoingTick, ReceiptTick } from "./ticks.tsx";

/** Those at the top are watched: more would be more than a person looks at. */
const WATCHED = 50;

/** Of one's own messages in groups: each is a call to a group. */
const COUNTED = 8;

/** As many as a large screen has room for. */
const FIRST = 20;

interface Listed {
  readonly list: ConversationsState;
  readonly typing: ReadonlyMap<string, readonly string[]>;
  readonly chosen: ConversationRef | undefined;
}

export function ConversationList({ list, typing, chosen }: Listed) {
  const { account, say } = useShared();
  const presence = usePresence(
    account.chats,
    list.conversations.slice(0, WATCHED).flatMap(({ conversation: { type, id } }) => (type === "single" ? [id] : [])),
  );
  // What is on the screen first: the rest a moment later.
  const [shown, setShown] = useState(FIRST);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setShown(Number.POSITIVE_INFINITY), 0);
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  if (list.conversations.length === 0) return <p class="nothing">{say("noChats")}</p>;
  return (
    <ul class="conversations" aria-label={say("chats")}>
      {list.conversations.slice(0, shown).map((one, index) => {
        const { type, id } = one.conversation;
        const key = keyOf(one.conversation);
        const watched = type === "single" ? presence.get(id) : undefined;
        const isChosen = chosen !== undefined && keyOf(chosen) === key;
        const waiting = list.outgoing.get(key);
        return <Row key={key} one={one} chosen={isChosen} types={typing.has(key)} presence={watched} waiting={waiting} counted={index < COUNTED} />;
      })}
    </ul>
  );
}

interface RowProps {
  readonly one: LocalConversation;
  readonly chosen: boolean;
  readonly types: boolean;
  readonly presence: string | undefined;
  /** The newest that is on its way. */
  readonly waiting: Outgoing | undefined;
  /** It is looked up how many have one's own last message in a group. */
  readonly counted: boolean;
}

const NOTHING: readonly MessageRecord[] = [];

function LastTick({ conversation, last, counted }: { readonly conversation: ConversationRef; readonly last: MessageRecord; readonly counted: boolean }) {
  const { reached, numbersOf } = useReceipts(useShared().account.chats, conversation, counted ? [last] : NOTHING);
  return <ReceiptTick state={reached(last)} numbers={numbersOf(last)} />;
}

const Row = memo(function Row({ one, chosen, types, presence, waiting, counted }: RowProps) {
  const { account, people, titleOf, say, language } = useShared();
  const { conversation, entry, last, unread, mentioned } = one;
  const { type, id } = conversation;
  const silent = entry?.mutedUntil !== undefined && (entry.mutedUntil === 0 || entry.mutedUntil > Date.now());
  const draft = chosen ? "" : draftOf(account.user, keyOf(conversation));
  const at = waiting?.createdAt ?? last?.ts;
  const own = last?.from === account.user;
  const tip = tipOf(last?.content, say, people.nameOf);
  return (
    <li class="row" data-user={id} data-kind={type} data-pinned={entry?.pinnedAt !== undefined} data-unread={unread > 0}>
      <a class="row-link" href={hashOf({ tab: "chats", with: conversation })} aria-current={chosen ? "true" : undefined}>
        <ConversationFace of={conversation} presence={presence} />
        <span class="row-words">
          <span class="row-top">
            <bdi class="row-name">{titleOf(conversation)}</bdi>
            {entry?.pinnedAt !== undefined && <Icon name="pin" />}
            {silent && <Icon name="mute" />}
            {at !== undefined && <time class="row-time">{when(at, language, say)}</time>}
          </span>
          <span class="row-bottom">
            {types ? (
              <span class="row-last types">{say("typing")}</span>
            ) : draft !== "" ? (
              <span class="row-last">
                <span class="draft">{say("draft")}</span> <bdi>{draft}</bdi>
              </span>
            ) : waiting !== undefined ? (
              <span class="row-last">
                <OutgoingTick outgoing={waiting} />
                <bdi>{preview(waiting.content, say)}</bdi>
              </span>
            ) : (
              <span class="row-last">
                {mentioned !== undefined && unread > 0 && <span class="mentioned">{say("mentionsYou")} </span>}
                {own && last !== undefined && last.recalled === undefined && !isLocal(last) && (
                  <LastTick conversation={conversation} last={last} counted={counted} />
                )}
                {type === "group" && last !== undefined && last.recalled === undefined && !own && tip === undefined && (
                  <bdi>{nameIn(account.chats, id, last.from, people)}: </bdi>
                )}
                <bdi>
                  {last?.recalled === undefined
                    ? (tip ?? preview(last?.content, say))
                    : last.recalled.by === account.user
                      ? say("recalledByMe")
                      : say("recalledByOther", { name: people.nameOf(last.recalled.by) })}
                </bdi>
              </span>
            )}
            {unread > 0 && (
              <span class={`badge ${silent ? "quiet" : ""}`}>
                {unread > 99 ? "99+" : unread}
                <span class="unseen"> {say("unread", { count: "" })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
});
