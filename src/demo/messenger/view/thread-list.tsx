import { useState } from "preact/hooks";
import { threadsOf } from "../../../client/chat/index.ts";
import { usePeople, useThreads } from "../../../react/index.ts";
import { go } from "../route.ts";
import { GroupNames } from "./group/names.tsx";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { ThreadLine } from "./thread-line.tsx";

/** The threads of a group beside it, the newest word first. */
export function ThreadList({ group }: { readonly group: string }) {
  return (
    <GroupNames group={group}>
      <List group={group} />
    </GroupNames>
  );
}

function List({ group }: { readonly group: string }) {
  const { account, groups, say } = useShared();
  const { threads, older } = useThreads(account.chats, group);
  const [asked, setAsked] = useState(0);
  usePeople(account.chats, [...new Set(threads.flatMap(({ last }) => (last === undefined ? [] : [last.from])))]);
  const oldest = Math.min(...threads.map(({ seq }) => seq));
  const close = () => go({ tab: "chats", with: { type: "group", id: group } });
  return (
    <aside class="beside conversation" aria-label={say("threadsOf", { name: groups.nameOf(group) })}>
      <header class="conversation-head">
        <IconButton name="back" label={say("back")} press={close} kind="only-phone" />
        <span class="who-words beside-title">
          <span class="who-name">{say("threads")}</span>
          <bdi class="who-status">{groups.nameOf(group)}</bdi>
        </span>
        <IconButton name="cross" label={say("close")} press={close} kind="only-desk" />
      </header>
      <div class="side-body padded thread-list">
        {threads.length === 0 && <p class="nothing">{say("noThreads")}</p>}
        {threads.map((thread) => (
          <ThreadLine key={thread.thread} thread={thread} />
        ))}
        {threads.length > 0 && older && asked !== oldest && (
          <button
            type="button"
            class="text-button"
            onClick={() => {
              setAsked(oldest);
              threadsOf(account.chats).want(group, oldest - 1);
            }}
          >
            {say("moreThreads")}
          </button>
        )}
      </div>
    </aside>
  );
}
