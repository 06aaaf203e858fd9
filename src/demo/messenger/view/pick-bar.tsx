import { useState } from "preact/hooks";
import type { ConversationRef, MessageRecord } from "../../../client/chat/index.ts";
import { ForwardSheet } from "./forward-sheet.tsx";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";

/** In place of the line one writes in: what is done with the messages that were picked. */
export function PickBar({ of, messages, end }: { readonly of: ConversationRef; readonly messages: readonly MessageRecord[]; end(): void }) {
  const { account, people, titleOf, say } = useShared();
  const [asked, setAsked] = useState<"one" | "each" | undefined>(undefined);
  const title = of.type === "single" ? say("combinedOfTwo", { a: people.nameOf(account.user), b: titleOf(of) }) : say("combinedOf", { name: titleOf(of) });
  const none = messages.length === 0;
  return (
    <div class="pick-bar" role="toolbar" aria-label={say("selected", { count: messages.length })}>
      <IconButton name="cross" label={say("cancel")} press={end} />
      <span class="pick-count" role="status">
        {say("selected", { count: messages.length })}
      </span>
      <span class="pick-acts">
        <button type="button" class="text-button" disabled={none} onClick={() => setAsked("each")}>
          {say("forwardEach")}
        </button>
        <button type="button" class="primary small" disabled={none} onClick={() => setAsked("one")}>
          {say("forwardAsOne")}
        </button>
      </span>
      {asked !== undefined && <ForwardSheet messages={messages} asOne={asked === "one" ? title : undefined} close={() => setAsked(undefined)} done={end} />}
    </div>
  );
}
