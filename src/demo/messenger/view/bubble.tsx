import { type ChatConversation, type Content, type Ext, isLocal, type Mentions, type MessageRecord, type Outgoing } from "../../../client/chat/index.ts";
import { seedFile } from "../files.ts";
import { clock, size } from "../format.ts";
import { tipOf } from "../group-tips.ts";
import { replyIn } from "../quote.ts";
import { FileLink } from "./file-link.tsx";
import { Film } from "./film.tsx";
import { Confirming } from "./group/confirming.tsx";
import { Icon, IconButton } from "./icon.tsx";
import { Mentioning } from "./mentions.tsx";
import { Picture, THUMBNAIL_WIDTH } from "./picture.tsx";
import { useShared } from "./shared.tsx";
import { OutgoingTick, ReceiptTick } from "./ticks.tsx";
import { Voice } from "./voice.tsx";

interface BubbleProps {
  readonly message: MessageRecord;
  readonly handle: ChatConversation;
  more(): void;
  find(seq: number): void;
}

export function Bubble({ message, handle, more, find }: BubbleProps) {
  const { account, people, say, language, attempt } = useShared();
  const own = message.from === account.user;
  if (message.recalled !== undefined)
    return (
      <p class="gone">{message.recalled.by === account.user ? say("recalledByMe") : say("recalledByOther", { name: people.nameOf(message.recalled.by) })}</p>
    );
  const { content, ext, reactions = [] } = message;
  const tip = tipOf(content, say, people.nameOf);
  if (tip !== undefined) return <p class="gone tip">{tip}</p>;
  if (content === undefined) return null;
  return (
    <div class="bubble-row">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a short cut to what the button beside it does */}
      <div
        class={`bubble ${content.type}`}
        onContextMenu={(event) => {
          event.preventDefault();
          more();
        }}
      >
        {ext?.forwarded === true && <p class="forwarded">{say("forwarded")}</p>}
        <Quote ext={ext} find={find} />
        <Inside content={content} mentions={message.mentions} growing={message.growing} />
        {message.confirm && <Confirming message={message} handle={handle} />}
        <p class="facts">
          {message.pinned !== undefined && <Icon name="pin" />}
          {message.growing && <span>{say("growing")}</span>}
          {message.edited !== undefined && <span>{say("edited")}</span>}
          <time dateTime={new Date(message.ts).toISOString()}>{clock(message.ts, language)}</time>
          {message.cut && <span>{say("cut")}</span>}
          {own && !isLocal(message) && <ReceiptTick state={handle.receiptOf(message)} numbers={handle.countsOf(message)} />}
        </p>
        {reactions.length > 0 && (
          <p class="reactions">
            {reactions.map(({ reaction, count, users, mine }) => (
              <button
                key={reaction}
                type="button"
                class="reaction"
                aria-pressed={mine === true}
                aria-label={say("reactedBy", { reaction, names: users.map(people.nameOf).join(", ") })}
                onClick={() => attempt(() => handle.react(message.seq, reaction, mine !== true))}
              >
                {reaction}
                {count > 1 && <span> {count}</span>}
              </button>
            ))}
          </p>
        )}
      </div>
      <IconButton name="more" label={say("more")} press={more} kind="bubble-more" />
    </div>
  );
}

/** On its way: what can be said of it, and what can be done where it does not get there. */
export function OutgoingBubble({ outgoing }: { readonly outgoing: Outgoing }) {
  const { say, language } = useShared();
  const { content, state, file, progress, ext } = outgoing;
  // Once it is sent it is shown as any other message, and not loaded for that.
  if (file !== undefined && "media" in content && content.media !== "") {
    seedFile(content.media, file);
    if (content.type === "image") seedFile(content.media, file, THUMBNAIL_WIDTH);
  }
  const part = progress === undefined || progress.total === 0 ? undefined : progress.bytes / progress.total;
  return (
    <div class="bubble-row" data-state={state}>
      <div class={`bubble pending ${content.type}`}>
        {ext?.forwarded === true && <p class="forwarded">{say("forwarded")}</p>}
        <Quote ext={ext} />
        <Inside content={content} file={file} />
        {state === "uploading" && <progress class="progress" aria-label={say("uploading")} max={1} {...(part !== undefined && { value: part })} />}
        <p class="facts">
          {state === "uploading" && progress !== undefined && (
            <span>
              {size(progress.bytes)} / {size(progress.total)}
            </span>
          )}
          <time>{clock(outgoing.createdAt, language)}</time>
          <OutgoingTick outgoing={outgoing} />
        </p>
        {state === "failed" && (
          <p class="failed" role="alert">
            <span>{say("failed", { reason: outgoing.error?.message ?? "" })}</span>
            <button type="button" class="text-button" onClick={() => outgoing.retry()}>
              {say("retry")}
            </button>
            <button type="button" class="text-button" onClick={() => outgoing.discard()}>
              {say("discard")}
            </button>
          </p>
        )}
        {state === "uploading" && (
          <button type="button" class="text-button cancel" onClick={() => outgoing.discard()}>
            {say("cancel")}
          </button>
        )}
      </div>
    </div>
  );
}

function Quote({ ext, find }: { readonly ext: Ext | undefined; find?(seq: number): void }) {
  const { account, people, say } = useShared();
  const reply = replyIn(ext);
  if (reply === undefined) return null;
  return (
    <button type="button" class="quote" onClick={() => find?.(reply.seq)}>
      <bdi class="quote-name">{reply.from === account.user ? say("you") : people.nameOf(reply.from)}</bdi>
      <bdi class="quote-text">{reply.text}</bdi>
    </button>
  );
}

interface InsideProps {
  readonly content: Content;
  readonly file?: Blob | undefined;
  readonly mentions?: Mentions | undefined;
  readonly growing?: boolean | undefined;
}

function Inside({ content, file, mentions, growing = false }: InsideProps) {
  const { say } = useShared();
  switch (content.type) {
    case "text":
      return (
        <p class="text" dir="auto" aria-busy={growing}>
          {mentions === undefined ? content.text : <Mentioning text={content.text} mentions={mentions} />}
          {growing && <span class="caret" aria-hidden="true" />}
        </p>
      );
    case "image":
      return <Picture content={content} file={file} />;
    case "audio":
      return <Voice content={content} file={file} />;
    case "video":
      return <Film content={content} file={file} />;
    case "file":
      return <FileLink media={content.media} name={content.name ?? say(content.type)} bytes={content.bytes} />;
    case "location":
      return <p class="text">📍 {content.address}</p>;
    case "combined":
      return <p class="text">{`${content.title}\n${content.summary}`}</p>;
    case "custom":
    case "command":
      return <p class="text soft">{say("custom")}</p>;
  }
}
