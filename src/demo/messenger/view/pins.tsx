import { useEffect, useState } from "preact/hooks";
import type { MessageRecord } from "../../../client/chat/index.ts";
import type { MessagesState } from "../../../react/index.ts";
import { preview, when } from "../format.ts";
import { go } from "../route.ts";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

/** The pinned messages of a conversation: the newest above the others, all of them behind it. */
export function PinnedBar({ shown, connected }: { readonly shown: MessagesState; readonly connected: boolean }) {
  const { account, people, say, language } = useShared();
  const { handle } = shown;
  const [pins, setPins] = useState<readonly MessageRecord[]>([]);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let wanted = true;
    const read = (): void => {
      handle
        .pins()
        .then((records) => wanted && setPins(records))
        // Without a connection, or not in it any more: what was shown stays.
        .catch(() => {});
    };
    if (connected) read();
    // What was pinned and is not, or the other way round, has another look now.
    const stop = account.chats.on("changed", ({ conversation: { type, id } }) => type === handle.ref.type && id === handle.ref.id && read());
    return () => {
      wanted = false;
      stop();
    };
  }, [handle, connected]);
  const [newest] = pins;
  if (newest === undefined) return null;
  const find = (seq: number): void => {
    setOpen(false);
    go({ tab: "chats", with: handle.ref, at: seq });
  };
  return (
    <>
      <button type="button" class="notice-bar pinned-bar" onClick={() => (pins.length === 1 ? find(newest.seq) : setOpen(true))}>
        <Icon name="pin" />
        <span class="quote-name">{pins.length === 1 ? say("pinned") : say("pinnedCount", { count: pins.length })}</span>
        <bdi class="quote-text">{preview(newest.content, say)}</bdi>
      </button>
      {open && (
        <Sheet title={say("pinnedMessages")} close={() => setOpen(false)}>
          <ul class="people pins">
            {pins.map((message) => (
              <li key={message.seq}>
                <button type="button" class="person" onClick={() => find(message.seq)}>
                  <span class="person-words">
                    <span class="row-top">
                      <bdi class="row-name">{message.from === account.user ? say("you") : people.nameOf(message.from)}</bdi>
                      <time class="row-time">{when(message.ts, language, say)}</time>
                    </span>
                    <bdi class="soft">{preview(message.content, say)}</bdi>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Sheet>
      )}
    </>
  );
}
