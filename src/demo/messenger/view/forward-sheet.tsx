import { keyOf, type MessageRecord } from "../../../client/chat/index.ts";
import { type Combining, forwardCombined, forwardEach } from "../forward.ts";
import { ConversationFace } from "./avatar.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface ForwardProps {
  /** Oldest first. */
  readonly messages: readonly MessageRecord[];
  /** As one that holds them, with this title; else one after the other. */
  readonly asOne?: string | undefined;
  close(): void;
  /** It is on its way. */
  done?(): void;
}

/** To whom messages go. */
export function ForwardSheet({ messages, asOne, close, done }: ForwardProps) {
  const { account, people, titleOf, say, attempt, tell } = useShared();
  const { chats } = account;
  const combining = (title: string): Combining => ({ title, say, nameOf: people.nameOf });
  return (
    <Sheet title={say("forwardTo")} close={close}>
      <ul class="people">
        {chats.conversations.map(({ conversation }) => (
          <li key={keyOf(conversation)}>
            <button
              type="button"
              class="person"
              onClick={() => {
                close();
                attempt(async () => {
                  await (asOne === undefined ? forwardEach(chats, messages, conversation) : forwardCombined(chats, messages, conversation, combining(asOne)));
                  done?.();
                  tell(say("forwardDone", { name: titleOf(conversation) }));
                });
              }}
            >
              <ConversationFace of={conversation} />
              <bdi>{titleOf(conversation)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
