import { useEffect, useState } from "preact/hooks";
import { type ChatConversation, type ConversationRef, type MessageRecord, type ThreadState, threadsOf } from "../../../client/chat/index.ts";
import { useMemberAttributes, useMessages, usePeople, useThread } from "../../../react/index.ts";
import { preview } from "../format.ts";
import { go } from "../route.ts";
import { Composer } from "./composer.tsx";
import type { Purpose } from "./conversation.tsx";
import { GroupNames } from "./group/names.tsx";
import { IconButton } from "./icon.tsx";
import { usePicking } from "./picking.tsx";
import { PinnedBar } from "./pins.tsx";
import { useShared } from "./shared.tsx";
import { silencedIn } from "./silenced.ts";
import { repliesIn } from "./thread-line.tsx";
import { ThreadMenu } from "./thread-menu.tsx";
import { Timeline } from "./timeline.tsx";

interface PanelProps {
  readonly group: string;
  readonly thread: string;
  readonly at: number | undefined;
  readonly types: readonly string[];
  readonly connected: boolean;
}

/** A thread beside its group; on a phone, in its place. */
export function ThreadPanel(props: PanelProps) {
  return (
    <GroupNames group={props.group}>
      <Panel {...props} />
    </GroupNames>
  );
}

function Panel({ group, thread, at, types, connected }: PanelProps) {
  const { account, groups, people, say, attempt } = useShared();
  const threads = threadsOf(account.chats);
  const known = useThread(account.chats, thread);
  const [menu, setMenu] = useState(false);
  const [gone, setGone] = useState(false);
  useEffect(() => {
    // Opened by its address alone, or ended meanwhile.
    threads.get(group, thread).then(
      () => setGone(false),
      (error: unknown) => setGone(codeOf(error) === "not_found" || codeOf(error) === "gone"),
    );
  }, [thread, known === undefined]);
  const close = () => go({ tab: "chats", with: { type: "group", id: group } });
  const status =
    types.length > 0 ? say("typingNames", { names: types.map(people.nameOf).join(", ") }) : `${groups.nameOf(group)} · ${repliesIn(say, known?.messages)}`;
  return (
    <aside class="beside conversation" aria-label={`${say("thread")}: ${known?.name ?? ""}`}>
      <header class="conversation-head">
        <IconButton name="back" label={say("back")} press={close} kind="only-phone" />
        <span class="who-words beside-title">
          <bdi class="who-name">{known?.name ?? say("thread")}</bdi>
          <bdi class={`who-status ${types.length > 0 ? "types" : ""}`}>{status}</bdi>
        </span>
        {known !== undefined && <IconButton name="more" label={say("threadMenu")} press={() => setMenu(true)} />}
        <IconButton name="cross" label={say("closeThread")} press={close} kind="only-desk" />
      </header>
      {known !== undefined && <Parent thread={known} />}
      {known === undefined && gone && <p class="nothing">{say("threadGone")}</p>}
      {known?.joined === true && <Talk thread={known} at={at} connected={connected} />}
      {known?.joined === false && (
        <div class="thread-door">
          {known.last?.content !== undefined && (
            <p class="quote">
              <bdi class="quote-name">{people.nameOf(known.last.from)}</bdi>
              <bdi class="quote-text">{preview(known.last.content, say)}</bdi>
            </p>
          )}
          <p class="soft">{say("joinHint")}</p>
          <button type="button" class="primary" onClick={() => attempt(() => threads.join(group, thread))}>
            {say("joinThread")}
          </button>
        </div>
      )}
      {menu && known !== undefined && <ThreadMenu thread={known} close={() => setMenu(false)} />}
    </aside>
  );
}

/** The message that the thread is about. */
function Parent({ thread: { group, seq } }: { readonly thread: ThreadState }) {
  const { account, people, say } = useShared();
  const [message, setMessage] = useState<MessageRecord | undefined>(undefined);
  const ref: ConversationRef = { type: "group", id: group };
  useEffect(() => {
    let wanted = true;
    const handle = account.chats.conversation(ref);
    const read = (): void => {
      messageOf(handle, seq)
        .then((found) => wanted && setMessage(found))
        .catch(() => {});
    };
    read();
    const stop = account.chats.on("changed", (told) => told.conversation.id === group && told.message.seq === seq && read());
    return () => {
      wanted = false;
      stop();
    };
  }, [group, seq]);
  usePeople(account.chats, message === undefined ? [] : [message.from]);
  return (
    <button type="button" class="notice-bar thread-parent" aria-label={say("aboutMessage")} onClick={() => go({ tab: "chats", with: ref, at: seq })}>
      <span class="quote-name">{message === undefined ? "" : people.nameOf(message.from)}</span>
      <bdi class="quote-text">
        {message === undefined
          ? "…"
          : message.recalled === undefined
            ? preview(message.content, say)
            : say("recalledByOther", { name: people.nameOf(message.recalled.by) })}
      </bdi>
    </button>
  );
}

/** From the device, else from the service: what lies between is not fetched for it. */
async function messageOf(handle: ChatConversation, seq: number): Promise<MessageRecord | undefined> {
  const here = await handle.message(seq);
  if (here !== undefined) return here;
  const { messages } = await handle.history({ before: seq + 1, limit: 1 });
  return messages.find((one) => one.seq === seq);
}

/** What is said in it, by who has joined. */
function Talk({
  thread: { group, thread, name },
  at,
  connected,
}: {
  readonly thread: ThreadState;
  readonly at: number | undefined;
  readonly connected: boolean;
}) {
  const { account, groups, say } = useShared();
  const ref: ConversationRef = { type: "thread", id: thread };
  const shown = useMessages(account.chats, ref);
  const speakers = [...new Set(shown.messages.map(({ from }) => from))];
  usePeople(account.chats, speakers);
  useMemberAttributes(account.chats, group, speakers);
  const [purpose, setPurpose] = useState<Purpose | undefined>(undefined);
  const picking = usePicking(shown);
  useEffect(() => {
    if (at !== undefined) void shown.to(at);
  }, [at]);
  return (
    <>
      <PinnedBar shown={shown} connected={connected} />
      <Timeline title={name} shown={shown} sought={at} group={group} picked={picking.picked} decide={setPurpose} pick={picking.pick} />
      {picking.bar ?? (
        <Composer
          handle={shown.handle}
          purpose={purpose}
          silenced={silencedIn(groups.stateOf(group), say)}
          done={() => setPurpose(undefined)}
          sent={() => void (shown.newer && shown.toNewest())}
        />
      )}
    </>
  );
}

const codeOf = (error: unknown): unknown => (typeof error === "object" && error !== null && "code" in error ? error.code : undefined);
