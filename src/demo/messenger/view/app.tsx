import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useConversations, usePeople, useTyping } from "../../../react/index.ts";
import type { Account } from "../account.ts";
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
  const users = useMemo(() => list.conversations.map(({ conversation }) => conversation.id), [list]);
  const people = usePeople(chats, users);
  const say = useMemo(() => sayIn(language), [language]);

  const tell = useCallback((text: string) => {
    clearTimeout(timer.current);
    setToast(text);
    timer.current = setTimeout(() => setToast(""), TOAST_MS);
  }, []);
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
      language,
      say,
      setLanguage,
      tell,
      attempt: (work) => void work().catch((error: unknown) => tell(wordsOf(error))),
    }),
    [account, people, language, say, tell],
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
          <Conversation key={route.with} user={route.with} at={route.at} typing={typing} connected={list.connected} />
        )}
      </div>
      <div class="toast" role="status" data-shown={toast !== ""}>
        {toast}
      </div>
    </SharedProvider>
  );
}
