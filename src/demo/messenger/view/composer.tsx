import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type ChatConversation, keyOf } from "../../../client/chat/index.ts";
import { draftOf, keepDraft } from "../drafts.ts";
import { preparePicture } from "../files.ts";
import { duration, preview } from "../format.ts";
import { mentionsIn, type Pick, soughtAt } from "../mention-text.ts";
import { replyExt } from "../quote.ts";
import { Recorder, VOICE_MS_MAX } from "../recorder.ts";
import type { Purpose } from "./conversation.tsx";
import { Icon, IconButton } from "./icon.tsx";
import { MentionChoice } from "./mentions.tsx";
import { useShared, wordsOf } from "./shared.tsx";

/** Said again while one goes on writing: it is over 6 s after the last time. */
const TYPING_AGAIN_MS = 4_000;
const HEIGHT_MAX_PX = 160;
/** More the service does not take. */
const MENTIONED_MAX = 20;

interface ComposerProps {
  readonly handle: ChatConversation;
  readonly purpose: Purpose | undefined;
  /** Why nothing may be said now. */
  readonly silenced: string | undefined;
  done(): void;
  sent(): void;
}

export function Composer({ handle, purpose, silenced, done, sent }: ComposerProps) {
  const { account, people, say, attempt, tell } = useShared();
  const key = keyOf(handle.ref);
  const [text, setText] = useState(() => draftOf(account.user, key));
  const [recorder, setRecorder] = useState<Recorder | undefined>(undefined);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const typedAt = useRef(0);
  const [picks, setPicks] = useState<readonly Pick[]>([]);
  const [cursor, setCursor] = useState(0);
  const sought = handle.ref.type === "group" ? soughtAt(text, cursor) : undefined;
  const editing = purpose?.kind === "edit";
  const isGroup = handle.ref.type === "group";
  /** Readers are asked to confirm the next message. */
  const [confirm, setConfirm] = useState(false);

  useEffect(() => {
    if (purpose === undefined) return;
    if (purpose.kind === "edit" && purpose.message.content?.type === "text") setText(purpose.message.content.text);
    field.current?.focus();
  }, [purpose]);
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, HEIGHT_MAX_PX)}px`;
  }, [text]);

  const typed = (words: string): void => {
    setText(words);
    if (editing) return;
    keepDraft(account.user, key, words);
    const now = Date.now();
    if (words === "" || !account.chats.connected || now - typedAt.current < TYPING_AGAIN_MS) return;
    typedAt.current = now;
    // To somebody who has no chat with one yet there is nobody to tell.
    handle.typing().catch(() => {});
  };
  const choose = (pick: Pick): void => {
    if (sought === undefined) return;
    const before = `${text.slice(0, sought.from)}@${pick.name} `;
    setPicks([...picks, pick]);
    typed(before + text.slice(cursor));
    setCursor(before.length);
    field.current?.focus();
  };
  const cleared = (): void => {
    setPicks([]);
    setText("");
    keepDraft(account.user, key, "");
    typedAt.current = 0;
    done();
  };
  const leaveEdit = (): void => {
    if (editing) setText(draftOf(account.user, key));
    done();
  };
  const ext =
    purpose?.kind === "reply" ? replyExt({ seq: purpose.message.seq, from: purpose.message.from, text: preview(purpose.message.content, say) }) : undefined;
  const options = ext === undefined ? {} : { ext };
  const submit = (): void => {
    const words = text.trim();
    if (words === "") return;
    if (editing) {
      const { seq, version } = purpose.message;
      attempt(() => handle.edit(seq, { content: words, ifVersion: version }));
      setText(draftOf(account.user, key));
      return done();
    }
    const mentions = mentionsIn(words, picks, MENTIONED_MAX);
    handle.send(words, { ...options, ...(mentions !== undefined && { mentions }), ...(isGroup && confirm && { confirm }) });
    setConfirm(false);
    cleared();
    sent();
    field.current?.focus();
  };
  const attach = async (chosen: readonly File[]): Promise<void> => {
    for (const file of chosen) {
      const picture = await preparePicture(file);
      if (picture !== undefined) handle.sendFile(picture.file, { type: "image", name: file.name, width: picture.width, height: picture.height }, options);
      else if (file.type.startsWith("video/")) handle.sendFile(file, { type: "video", name: file.name || say("video") }, options);
      else handle.sendFile(file, { type: "file", name: file.name || say("file") }, options);
    }
    done();
    sent();
  };
  const record = async (): Promise<void> => {
    try {
      setRecorder(await Recorder.start());
    } catch (error) {
      tell(say("noMicrophone", { reason: wordsOf(error) }));
    }
  };

  if (silenced !== undefined)
    return (
      <p class="silenced" role="status">
        {silenced}
      </p>
    );
  if (recorder !== undefined)
    return (
      <Recording
        recorder={recorder}
        over={(send) => {
          setRecorder(undefined);
          attempt(async () => {
            const { file, durationMs } = await recorder.finish();
            if (send) handle.sendFile(file, { type: "audio", durationMs }, options);
            if (send) sent();
          });
        }}
      />
    );
  return (
    <form
      class="writer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {purpose !== undefined && (
        <div class="purpose">
          <span class="purpose-words">
            <span class="quote-name">{editing ? say("editing") : say("replyTo", { name: people.nameOf(purpose.message.from) })}</span>
            <bdi class="quote-text">{preview(purpose.message.content, say)}</bdi>
          </span>
          <IconButton name="cross" label={say("cancel")} press={leaveEdit} />
        </div>
      )}
      {sought !== undefined && <MentionChoice group={handle.ref.id} words={sought.words} choose={choose} />}
      <div class="composer">
        <IconButton name="plus" label={say("attach")} press={() => files.current?.click()} />
        <input
          ref={files}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            const chosen = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            attempt(() => attach(chosen));
          }}
        />
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          enterkeyhint="send"
          aria-label={say("write")}
          placeholder={say("write")}
          value={text}
          onInput={(event) => {
            typed(event.currentTarget.value);
            setCursor(event.currentTarget.selectionStart);
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
          onPaste={(event) => {
            const pasted = [...(event.clipboardData?.files ?? [])];
            if (pasted.length === 0) return;
            event.preventDefault();
            attempt(() => attach(pasted));
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && purpose !== undefined) leaveEdit();
            // While a Chinese word is being chosen, Enter chooses it.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            submit();
          }}
        />
        {isGroup && text.trim() !== "" && !editing && (
          <button
            type="button"
            class="icon-button"
            aria-label={say("askConfirm")}
            title={say("askConfirm")}
            aria-pressed={confirm}
            onClick={() => setConfirm(!confirm)}
          >
            <Icon name="checks" />
          </button>
        )}
        {text.trim() === "" && !editing ? (
          <IconButton name="microphone" label={say("record")} press={() => void record()} />
        ) : (
          <button type="submit" class="icon-button send" aria-label={say("send")}>
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M12 19V5m-6 6 6-6 6 6" />
            </svg>
          </button>
        )}
      </div>
    </form>
  );
}

function Recording({ recorder, over }: { readonly recorder: Recorder; over(send: boolean): void }) {
  const { say } = useShared();
  const [now, setNow] = useState(Date.now());
  const elapsed = now - recorder.startedAt;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (elapsed >= VOICE_MS_MAX) over(true);
  }, [elapsed >= VOICE_MS_MAX]);
  return (
    <div class="writer">
      <div class="composer recording">
        <IconButton name="cross" label={say("cancel")} press={() => over(false)} />
        <span class="recording-dot" aria-hidden="true" />
        <span class="recording-words" role="status">
          {say("recording")}
        </span>
        <time class="recording-time">{duration(elapsed)}</time>
        <IconButton name="send" label={say("stopAndSend")} press={() => over(true)} kind="send" />
      </div>
    </div>
  );
}
