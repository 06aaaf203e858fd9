import { useState } from "preact/hooks";
import { type MessageRecord, threadsOf } from "../../../client/chat/index.ts";
import { preview } from "../format.ts";
import { pollIn } from "../poll.ts";
import { go } from "../route.ts";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

const NAME_CHARS = 64;

/** Opens a thread about a message, and goes there. */
export function NewThread({ group, message, close }: { readonly group: string; readonly message: MessageRecord; close(): void }) {
  const { account, say, attempt } = useShared();
  const [name, setName] = useState(() => nameFor(message, (content) => preview(content, say)));
  const open = (event: Event): void => {
    event.preventDefault();
    const given = cut(name);
    if (given === "") return;
    close();
    attempt(async () => {
      const threads = threadsOf(account.chats);
      const { thread } = await threads.create(group, message.seq, given);
      go({ tab: "chats", with: threads.ref(thread) });
    });
  };
  return (
    <Sheet title={say("startThread")} close={close}>
      <form class="stack" onSubmit={open}>
        <p class="quote-text">{preview(message.content, say)}</p>
        <label>
          {say("threadName")}
          <input class="field" maxLength={NAME_CHARS} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary" disabled={name.trim() === ""}>
          {say("openIt")}
        </button>
      </form>
    </Sheet>
  );
}

const cut = (text: string): string => [...text.replace(/\s+/g, " ").trim()].slice(0, NAME_CHARS).join("");

/** What it says, to begin with. */
const nameFor = ({ content }: MessageRecord, words: (content: MessageRecord["content"]) => string): string => cut(pollIn(content)?.question ?? words(content));
