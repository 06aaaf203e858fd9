import { useState } from "preact/hooks";
import { type ChatConversation, isLocal, keyOf, type MessageRecord } from "../../../client/chat/index.ts";
import { preview } from "../format.ts";
import { forward } from "../forward.ts";
import { ConversationFace } from "./avatar.tsx";
import type { Purpose } from "./conversation.tsx";
import { MessageDetails } from "./details.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface MessageMenuProps {
  readonly message: MessageRecord;
  readonly handle: ChatConversation;
  close(): void;
  decide(purpose: Purpose): void;
}

export function MessageMenu({ message, handle, close, decide }: MessageMenuProps) {
  const { account, groups, titleOf, say, attempt, tell } = useShared();
  const [detailed, setDetailed] = useState(false);
  const [forwarding, setForwarding] = useState(false);
  const own = message.from === account.user;
  const { seq, content } = message;
  const role = handle.ref.type === "group" ? groups.stateOf(handle.ref.id)?.role : undefined;
  const mayRecall = own || role === "owner" || role === "admin";
  const mine = new Set(message.reactions?.filter(({ mine }) => mine).map(({ reaction }) => reaction));
  const run = (work: () => Promise<unknown>) => () => {
    close();
    attempt(work);
  };
  const choose = (kind: Purpose["kind"]) => () => {
    close();
    decide({ kind, message });
  };
  if (detailed) return <MessageDetails message={message} handle={handle} close={close} />;
  if (isLocal(message))
    return (
      <Sheet title={preview(content, say).slice(0, 60)} close={close}>
        <div class="choices">
          <Choice words={say("remove")} press={run(() => handle.remove(seq))} grave />
        </div>
      </Sheet>
    );
  if (forwarding)
    return (
      <Sheet title={say("forwardTo")} close={close}>
        <ul class="people">
          {account.chats.conversations.map(({ conversation }) => (
            <li key={keyOf(conversation)}>
              <button
                type="button"
                class="person"
                onClick={run(async () => {
                  await forward(account.chats, message, conversation);
                  tell(say("forwardDone", { name: titleOf(conversation) }));
                })}
              >
                <ConversationFace of={conversation} />
                <bdi>{titleOf(conversation)}</bdi>
              </button>
            </li>
          ))}
        </ul>
      </Sheet>
    );
  return (
    <Sheet title={preview(content, say).slice(0, 60)} close={close}>
      <p class="reaction-row">
        {REACTIONS.map((reaction) => (
          <button
            key={reaction}
            type="button"
            class="reaction-choice"
            aria-label={say("react", { reaction })}
            aria-pressed={mine.has(reaction)}
            onClick={run(() => handle.react(seq, reaction, !mine.has(reaction)))}
          >
            {reaction}
          </button>
        ))}
      </p>
      <div class="choices">
        <Choice words={say("reply")} press={choose("reply")} />
        {content?.type === "text" && (
          <Choice
            words={say("copy")}
            press={run(async () => {
              await navigator.clipboard.writeText(content.text);
              tell(say("copied"));
            })}
          />
        )}
        <Choice words={say("forward")} press={() => setForwarding(true)} />
        {own && content?.type === "text" && <Choice words={say("edit")} press={choose("edit")} />}
        <Choice words={message.pinned === undefined ? say("pin") : say("unpin")} press={run(() => handle.pin(seq, message.pinned === undefined))} />
        <Choice words={say("details")} press={() => setDetailed(true)} />
        {mayRecall && <Choice words={say("recall")} press={run(() => handle.recall(seq))} grave />}
        <Choice words={say("remove")} press={run(() => handle.remove(seq))} grave />
      </div>
    </Sheet>
  );
}

interface ChoiceProps {
  readonly words: string;
  press(): void;
  readonly grave?: boolean;
  /** So many wait behind it. */
  readonly count?: number;
}

export function Choice({ words, press, grave = false, count = 0 }: ChoiceProps) {
  return (
    <button type="button" class={`choice ${grave ? "grave" : ""}`} onClick={press}>
      {words}
      {count > 0 && <span class="badge">{count > 99 ? "99+" : count}</span>}
    </button>
  );
}
