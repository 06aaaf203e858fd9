import { useEffect, useState } from "preact/hooks";
import { keyOf, type Told } from "../../../client/chat/index.ts";
import type { ConversationsState } from "../../../react/index.ts";
import { preview, when } from "../format.ts";
import { hashOf } from "../route.ts";
import { ConversationFace } from "./avatar.tsx";
import { useShared } from "./shared.tsx";

const WAIT_MS = 120;

const nameOf = ({ conversation, message }: Told): string => `${keyOf(conversation)} ${message.seq}`;

/** People by name, then messages by their words: those on this device, and others of the service. */
export function SearchResults({ words, list }: { readonly words: string; readonly list: ConversationsState }) {
  const { account, people, titleOf, say, language } = useShared();
  const { chats } = account;
  const [found, setFound] = useState<readonly Told[] | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    const show = (hits: readonly Told[]): void => {
      if (wanted) setFound(hits);
    };
    const timer = setTimeout(async () => {
      const here = await chats.search(words).catch(() => []);
      show(here);
      // What is on the device is shown at once; what only the service has comes behind it.
      const there = chats.connected ? await chats.searchService(words).catch(() => []) : [];
      const known = new Set(here.map(nameOf));
      const more = there.filter((hit) => !known.has(nameOf(hit)));
      if (more.length > 0) show([...here, ...more].sort((a, b) => b.message.ts - a.message.ts));
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [words]);
  const sought = words.toLowerCase();
  const named = list.conversations.filter(({ conversation }) => `${titleOf(conversation)} ${conversation.id}`.toLowerCase().includes(sought));
  return (
    <div class="results" aria-busy={found === undefined}>
      {named.length > 0 && (
        <ul class="conversations" aria-label={say("chats")}>
          {named.map(({ conversation }) => (
            <li key={keyOf(conversation)} class="row">
              <a class="row-link" href={hashOf({ tab: "chats", with: conversation })}>
                <ConversationFace of={conversation} />
                <bdi class="row-name">{titleOf(conversation)}</bdi>
              </a>
            </li>
          ))}
        </ul>
      )}
      {found !== undefined && found.length > 0 && <h2 class="section">{say("hits")}</h2>}
      <ul class="conversations hits" aria-label={say("hits")}>
        {found?.map(({ conversation, message }) => (
          <li key={`${keyOf(conversation)} ${message.seq}`} class="row">
            <a class="row-link" href={hashOf({ tab: "chats", with: conversation, at: message.seq })}>
              <ConversationFace of={conversation} />
              <span class="row-words">
                <span class="row-top">
                  <bdi class="row-name">{titleOf(conversation)}</bdi>
                  <time class="row-time">{when(message.ts, language, say)}</time>
                </span>
                <span class="row-last">
                  {message.from === account.user ? `${say("you")}: ` : conversation.type !== "single" && `${people.nameOf(message.from)}: `}
                  <bdi>{preview(message.content, say)}</bdi>
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      {found !== undefined && found.length === 0 && named.length === 0 && <p class="nothing">{say("noHits")}</p>}
    </div>
  );
}
