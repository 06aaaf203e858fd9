import type { ThreadState } from "../../../client/chat/index.ts";
import { preview } from "../format.ts";
import { hashOf } from "../route.ts";
import type { Say } from "../words.ts";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";

export const repliesIn = (say: Say, messages = 0): string =>
  messages === 0 ? say("noReplies") : messages === 1 ? say("reply1") : say("replies", { count: messages >= 1000 ? "999+" : messages });

/** Under a message that has a thread: its name, how much was said in it, and the last word. */
export function ThreadLine({ thread: { thread, name, messages, last, unread } }: { readonly thread: ThreadState }) {
  const { people, say } = useShared();
  return (
    <a class="thread-line" href={hashOf({ tab: "chats", with: { type: "thread", id: thread } })} data-thread={thread} data-unread={unread > 0}>
      <Icon name="threads" />
      <span class="thread-words">
        <span class="thread-top">
          <bdi class="thread-name">{name}</bdi>
          <span class="thread-count">{repliesIn(say, messages)}</span>
        </span>
        {last !== undefined && (
          <span class="thread-last">
            {last.recalled === undefined && <bdi>{people.nameOf(last.from)}: </bdi>}
            <bdi>{last.recalled === undefined ? preview(last.content, say) : say("recalledByOther", { name: people.nameOf(last.recalled.by) })}</bdi>
          </span>
        )}
      </span>
      {unread > 0 && (
        <span class="badge">
          {unread > 99 ? "99+" : unread}
          <span class="unseen"> {say("unread", { count: "" })}</span>
        </span>
      )}
    </a>
  );
}
