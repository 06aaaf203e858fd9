import { useState } from "preact/hooks";
import { type ChatConversation, isLocal, type MessageRecord } from "../../../client/chat/index.ts";
import { preview } from "../format.ts";
import { go } from "../route.ts";
import type { Purpose } from "./conversation.tsx";
import { later } from "./later.tsx";
import { useOwnThread } from "./own-thread.ts";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

const MessageDetails = later(async () => (await import("./rare.ts")).MessageDetails);
const ForwardSheet = later(async () => (await import("./rare.ts")).ForwardSheet);
const NewThread = later(async () => (await import("./rare.ts")).NewThread);

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface MessageMenuProps {
  readonly message: MessageRecord;
  readonly handle: ChatConversation;
  /** In which it was said, also in a thread of it. */
  readonly group: string | undefined;
  close(): void;
  decide(purpose: Purpose): void;
  pick(seq: number): void;
}

export function MessageMenu({ message, handle, group, close, decide, pick }: MessageMenuProps) {
  const { account, groups, say, attempt, tell } = useShared();
  const [detailed, setDetailed] = useState(false);
  const [forwarding, setForwarding] = useState(false);
  const [naming, setNaming] = useState(false);
  const thread = useOwnThread(handle.ref, message);
  const own = message.from === account.user;
  const { seq, content } = message;
  const role = group === undefined ? undefined : groups.stateOf(group)?.role;
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
  if (forwarding) return <ForwardSheet messages={[message]} close={close} />;
  if (naming && group !== undefined) return <NewThread group={group} message={message} close={close} />;
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
        <Choice
          words={say("select")}
          press={() => {
            close();
            pick(seq);
          }}
        />
        {thread === "none" && <Choice words={say("startThread")} press={() => setNaming(true)} />}
        {typeof thread === "object" && (
          <Choice
            words={say("openThread")}
            press={() => {
              close();
              go({ tab: "chats", with: thread });
            }}
          />
        )}
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
