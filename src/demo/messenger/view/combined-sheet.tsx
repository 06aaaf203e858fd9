import { useEffect, useState } from "preact/hooks";
import { type CombinedContent, type CombinedMessage, openCombined } from "../../../client/chat/index.ts";
import { clock, day, sameDay } from "../format.ts";
import { Inside } from "./bubble.tsx";
import { CombinedCard } from "./combined.tsx";
import { IconButton } from "./icon.tsx";
import { useShared, wordsOf } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface Level {
  readonly title: string;
  readonly messages: readonly CombinedMessage[];
}

/** What a combined message holds, level by level. */
export function CombinedSheet({ content, close }: { readonly content: CombinedContent; close(): void }) {
  const { account, say } = useShared();
  const [levels, setLevels] = useState<readonly Level[]>([]);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    let wanted = content.media !== "";
    if (wanted)
      openCombined(account.chats, content).then(
        (messages) => wanted && setLevels([{ title: content.title, messages }]),
        (error: unknown) => wanted && setFailed(wordsOf(error)),
      );
    return () => {
      wanted = false;
    };
  }, [content.media]);
  const shown = levels.at(-1);
  return (
    <Sheet title={shown?.title ?? content.title} close={close}>
      <div class="combined-view">
        {levels.length > 1 && <IconButton name="back" label={say("back")} press={() => setLevels(levels.slice(0, -1))} />}
        {failed !== "" && <p class="nothing">{`${say("loadError")}: ${failed}`}</p>}
        {shown === undefined && failed === "" && <progress class="progress" aria-label={say("syncing")} />}
        {shown !== undefined && <Held level={shown} open={(level) => setLevels([...levels, level])} />}
      </div>
    </Sheet>
  );
}

function Held({ level: { messages }, open }: { readonly level: Level; open(level: Level): void }) {
  const { people, say, language } = useShared();
  return (
    <ol class="messages held">
      {messages.map(({ from, name, ts, content, messages: inner }, index) => {
        const before = messages[index - 1];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: what is held does not change
          <li key={index} class="held-line">
            {(before === undefined || !sameDay(before.ts, ts)) && <p class="held-day">{day(ts, language, say)}</p>}
            <p class="held-head">
              <bdi class="quote-name">{name ?? people.nameOf(from)}</bdi>
              <time dateTime={new Date(ts).toISOString()}>{clock(ts, language)}</time>
            </p>
            {content.type === "combined" ? (
              <CombinedCard content={content} open={() => open({ title: content.title, messages: inner ?? [] })} />
            ) : (
              <Inside content={content} />
            )}
          </li>
        );
      })}
    </ol>
  );
}
