import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { keyOf, type LocalConversation } from "../../../client/chat/index.ts";
import { useConversations, useGroups, usePeople, useTyping } from "../../../react/index.ts";
import type { Account } from "../account.ts";
import { useGroupNews } from "../group-news.ts";
import { useGroupTips } from "../group-tips.ts";
import { useRoute } from "../route.ts";
import { type Language, sayIn, storedLanguage, storeLanguage } from "../words.ts";
import { Conversation } from "./conversation.tsx";
import { Icon } from "./icon.tsx";
import { type Shared, SharedProvider, wordsOf } from "./shared.tsx";
import { Sidebar } from "./sidebar.tsx";

const TOAST_MS = 5_000;

export function App({ account }: { readonly account: Account }) {
  const { chats } = account;
  const route = useRoute();
  const [language, setLanguage] = useState<Language>(storedLanguage);
  const [toast, setToast] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const list = useConversations(chats);
  const typing = useTyping(chats);
  const users = useMemo(() => peopleOf(list.conversations), [list]);
  const people = usePeople(chats, users);
  const groups = useGroups(
    chats,
    useMemo(() => list.conversations.flatMap(({ conversation: { type, id } }) => (type === "group" ? [id] : [])), [list]),
  );
  useGroupTips(chats);
  const say = useMemo(() => sayIn(language), [language]);

  const tell = useCallback((text: string) => {
    clearTimeout(timer.current);
    setToast(text);
    timer.current = setTimeout(() => setToast(""), TOAST_MS);
  }, []);
  useGroupNews(chats, { say, tell, nameOf: people.nameOf });
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    storeLanguage(language);
  }, [language]);
  useEffect(() => {
    const badge = list.unread > 0 ? `(${list.unread}) ` : "";
    document.title = `${badge}${people.nameOf(account.user)} · Wigwag`;
  }, [list.unread, people]);

  const shared = useMemo<Shared>(
    () => ({
      account,
      people,
      groups,
      titleOf: ({ type, id }) => (type === "group" ? groups.nameOf(id) : people.nameOf(id)),
      language,
      say,
      setLanguage,
      tell,
      attempt: (work) => void work().catch((error: unknown) => tell(wordsOf(error))),
    }),
    [account, people, groups, language, say, tell],
  );
  const connection = list.connected ? (list.synced ? "connected" : "syncing") : "offline";
  return (
    <SharedProvider value={shared}>
      <div class="messenger" data-connection={connection} data-open={route.with !== undefined}>
        <Sidebar route={route} list={list} typing={typing} />
        {route.with === undefined ? (
          <main class="empty">
            <div class="empty-words">
              <Icon name="chats" />
              <p>{say("chooseChat")}</p>
              <p class="soft">{say("chooseChatHint")}</p>
            </div>
          </main>
        ) : (
          <Conversation key={keyOf(route.with)} with={route.with} at={route.at} typing={typing} connected={list.connected} />
        )}
      </div>
      <div class="toast" role="status" data-shown={toast !== ""}>
        {toast}
      </div>
    </SharedProvider>
  );
}

/** The other of each chat, and who has said the last word in each group. */
function peopleOf(conversations: readonly LocalConversation[]): string[] {
  return [...new Set(conversations.flatMap(({ conversation: { type, id }, last }) => (type === "single" ? [id] : last === undefined ? [] : [last.from])))];
}
