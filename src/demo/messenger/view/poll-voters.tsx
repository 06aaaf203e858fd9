import { useEffect, useState } from "preact/hooks";
import type { ChatConversation, MessageRecord } from "../../../client/chat/index.ts";
import { usePeople } from "../../../react/index.ts";
import { type Poll, type PollOption, standing } from "../poll.ts";
import { Avatar } from "./avatar.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface VotersProps {
  readonly poll: Poll;
  readonly message: MessageRecord;
  readonly handle: ChatConversation;
  close(): void;
}

/** Who has chosen what. */
export function PollVoters({ poll, message, handle, close }: VotersProps) {
  return (
    <Sheet title={poll.question} close={close}>
      {standing(poll, message.reactions).options.map((option) => (
        <Voters key={option.mark} option={option} seq={message.seq} handle={handle} />
      ))}
    </Sheet>
  );
}

/** Who has chosen an option, page by page. */
function Voters({ option: { text, mark, count }, seq, handle }: { readonly option: PollOption; readonly seq: number; readonly handle: ChatConversation }) {
  const { account, people, say, attempt } = useShared();
  const [users, setUsers] = useState<readonly string[]>([]);
  usePeople(account.chats, users);
  const more = (skip: number): void =>
    attempt(async () => {
      const page = await handle.reactors(seq, mark, { skip });
      setUsers((before) => [...new Set([...before.slice(0, skip), ...page.users.map(({ user }) => user)])]);
    });
  // Whoever votes meanwhile is shown, too.
  useEffect(() => {
    if (count > 0) more(0);
    else setUsers([]);
  }, [count]);
  return (
    <section>
      <h3 class="section">{`${text} · ${count}`}</h3>
      <ul class="people voters" aria-label={text}>
        {users.map((user) => (
          <li key={user} class="person">
            <Avatar user={user} />
            <bdi>{user === account.user ? say("you") : people.nameOf(user)}</bdi>
          </li>
        ))}
      </ul>
      {users.length > 0 && users.length < count && (
        <button type="button" class="text-button" onClick={() => more(users.length)}>
          {say("moreMembers")}
        </button>
      )}
    </section>
  );
}
