import { useState } from "preact/hooks";
import type { ConversationsState } from "../../../react/index.ts";
import { go, type Route, type Tab } from "../route.ts";
import { Contacts } from "./contacts.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { PublicGroups } from "./group/public-groups.tsx";
import { Icon, IconButton } from "./icon.tsx";
import { Me } from "./me.tsx";
import { NewChat } from "./new-chat.tsx";
import { NewGroup } from "./new-group.tsx";
import { SearchResults } from "./search-results.tsx";
import { useShared } from "./shared.tsx";

const TABS: readonly Tab[] = ["chats", "contacts", "me"];

export function Sidebar({
  route,
  list,
  typing,
}: {
  readonly route: Route;
  readonly list: ConversationsState;
  readonly typing: ReadonlyMap<string, readonly string[]>;
}) {
  const { say, people, groups } = useShared();
  const [words, setWords] = useState("");
  const [starting, setStarting] = useState<"chat" | "group" | "public" | undefined>(undefined);
  const asked = people.contacts.filter(({ state }) => state === "asked").length + groups.invitations.length;
  const counts: Readonly<Record<Tab, number>> = { chats: list.unread, contacts: asked, me: 0 };
  return (
    <div class="side">
      <header class="side-head">
        <h1>{say(route.tab)}</h1>
        <span class="connection" role="status">
          {list.connected ? (list.synced ? "" : say("syncing")) : say("offline")}
        </span>
        {route.tab === "chats" && <IconButton name="plus" label={say("newChat")} press={() => setStarting("chat")} />}
      </header>
      {route.tab === "chats" && (
        <div class="side-body">
          <div class="search">
            <Icon name="search" />
            <input
              type="search"
              aria-label={say("searchHint")}
              placeholder={say("searchHint")}
              value={words}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </div>
          {words.trim() === "" ? <ConversationList list={list} typing={typing} chosen={route.with} /> : <SearchResults words={words.trim()} list={list} />}
        </div>
      )}
      {route.tab === "contacts" && <Contacts />}
      {route.tab === "me" && <Me />}
      <nav class="tabs" aria-label={say("title")}>
        {TABS.map((tab) => (
          <button
            key={tab}
            type="button"
            class="tab"
            aria-current={route.tab === tab ? "page" : undefined}
            aria-label={counts[tab] > 0 ? `${say(tab)} (${counts[tab]})` : say(tab)}
            onClick={() => go({ tab })}
          >
            <span class="tab-icon">
              <Icon name={tab} />
              {counts[tab] > 0 && <span class="badge">{counts[tab] > 99 ? "99+" : counts[tab]}</span>}
            </span>
            {say(tab)}
          </button>
        ))}
      </nav>
      {starting === "chat" && <NewChat close={() => setStarting(undefined)} group={() => setStarting("group")} browse={() => setStarting("public")} />}
      {starting === "public" && <PublicGroups close={() => setStarting(undefined)} back={() => setStarting("chat")} />}
      {starting === "group" && <NewGroup close={() => setStarting(undefined)} />}
    </div>
  );
}
