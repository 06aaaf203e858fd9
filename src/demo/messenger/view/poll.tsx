import { useEffect, useState } from "preact/hooks";
import type { ChatConversation, MessageRecord } from "../../../client/chat/index.ts";
import { usePeople } from "../../../react/index.ts";
import { OPTION_CHARS, OPTIONS_MAX, OPTIONS_MIN, type Poll, type PollOption, pollContent, QUESTION_CHARS, standing, vote } from "../poll.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface PollCardProps {
  readonly poll: Poll;
  /** Absent: it is on its way, or only shown. */
  readonly message?: MessageRecord | undefined;
  readonly handle?: ChatConversation | undefined;
}

/** A question, and bars for what was chosen. */
export function PollCard({ poll, message, handle }: PollCardProps) {
  const { say, attempt } = useShared();
  const [busy, setBusy] = useState(false);
  const [votersShown, setVotersShown] = useState(false);
  const { options, votes } = standing(poll, message?.reactions);
  const isLive = message !== undefined && handle !== undefined;
  const counted = votes === 1 ? say("pollVote1") : say("pollVotes", { count: votes });
  const choose = (mark: string): void => {
    if (!isLive) return;
    setBusy(true);
    attempt(() => vote(handle, message, poll, mark).finally(() => setBusy(false)));
  };
  return (
    <div class="poll">
      <p class="poll-question" dir="auto">
        <Icon name="poll" />
        <span>{poll.question}</span>
      </p>
      <ul class="poll-options">
        {options.map(({ text, mark, count, part, mine }) => (
          <li key={mark}>
            <button
              type="button"
              class="poll-option"
              aria-pressed={mine}
              aria-label={`${text}, ${count === 1 ? say("pollVote1") : say("pollVotes", { count })}`}
              disabled={busy || !isLive}
              onClick={() => choose(mark)}
            >
              <span class="poll-words">
                <bdi>{text}</bdi>
                {isLive && <span class="poll-count">{count}</span>}
              </span>
              {isLive && <progress class="poll-bar" max={1} value={part} aria-hidden="true" />}
            </button>
          </li>
        ))}
      </ul>
      {isLive && (
        <p class="poll-foot">
          {votes === 0 ? (
            <span class="soft">{counted}</span>
          ) : (
            <button type="button" class="text-button" onClick={() => setVotersShown(true)}>
              {counted}
            </button>
          )}
        </p>
      )}
      {votersShown && isLive && (
        <Sheet title={poll.question} close={() => setVotersShown(false)}>
          {options.map((option) => (
            <Voters key={option.mark} option={option} seq={message.seq} handle={handle} />
          ))}
        </Sheet>
      )}
    </div>
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

/** A question and two to six options. */
export function NewPoll({ handle, close, sent }: { readonly handle: ChatConversation; close(): void; sent(): void }) {
  const { say } = useShared();
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly string[]>(Array.from({ length: OPTIONS_MIN }, () => ""));
  const content = pollContent({ question, options });
  const set = (index: number, text: string): void => setOptions(options.map((one, at) => (at === index ? text : one)));
  return (
    <Sheet title={say("newPoll")} close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (content === undefined) return;
          handle.send(content);
          close();
          sent();
        }}
      >
        <input
          class="field"
          aria-label={say("pollQuestion")}
          placeholder={say("pollQuestion")}
          maxLength={QUESTION_CHARS}
          value={question}
          onInput={(event) => setQuestion(event.currentTarget.value)}
        />
        {options.map((option, index) => (
          <input
            // biome-ignore lint/suspicious/noArrayIndexKey: an option is its place
            key={index}
            class="field"
            aria-label={say("pollChoice", { number: index + 1 })}
            placeholder={say("pollChoice", { number: index + 1 })}
            maxLength={OPTION_CHARS}
            value={option}
            onInput={(event) => set(index, event.currentTarget.value)}
          />
        ))}
        {options.length < OPTIONS_MAX && (
          <button type="button" class="text-button" onClick={() => setOptions([...options, ""])}>
            {say("pollMore")}
          </button>
        )}
        <button type="submit" class="primary" disabled={content === undefined}>
          {say("send")}
        </button>
      </form>
    </Sheet>
  );
}
