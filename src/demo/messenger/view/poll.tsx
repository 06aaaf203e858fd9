import { useState } from "preact/hooks";
import type { ChatConversation, MessageRecord } from "../../../client/chat/index.ts";
import { type Poll, standing, vote } from "../poll.ts";
import { Icon } from "./icon.tsx";
import { later } from "./later.tsx";
import { useShared } from "./shared.tsx";

const PollVoters = later(async () => (await import("./rare.ts")).PollVoters);

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
      {votersShown && isLive && <PollVoters poll={poll} message={message} handle={handle} close={() => setVotersShown(false)} />}
    </div>
  );
}
