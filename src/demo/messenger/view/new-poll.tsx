import { useState } from "preact/hooks";
import type { ChatConversation } from "../../../client/chat/index.ts";
import { OPTION_CHARS, OPTIONS_MAX, OPTIONS_MIN, pollContent, QUESTION_CHARS } from "../poll.ts";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

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
