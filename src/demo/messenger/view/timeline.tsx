import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isLocal, type MessageRecord } from "../../../client/chat/index.ts";
import { type MessagesState, useReceipts } from "../../../react/index.ts";
import { day, sameDay } from "../format.ts";
import { Avatar } from "./avatar.tsx";
import { Bubble, OutgoingBubble } from "./bubble.tsx";
import type { Purpose } from "./conversation.tsx";
import { IconButton } from "./icon.tsx";
import { MessageMenu } from "./message-menu.tsx";
import { useShared } from "./shared.tsx";

/** So near the end one is at the end. */
const NEAR_PX = 80;
/** So near the top older ones are loaded. */
const AHEAD_PX = 400;
/** Of one person within this time one message belongs to the other. */
const TOGETHER_MS = 5 * 60_000;

interface TimelineProps {
  readonly title: string;
  readonly shown: MessagesState;
  /** The message that was looked for. */
  readonly sought: number | undefined;
  decide(purpose: Purpose): void;
}

export function Timeline({ title, shown, sought, decide }: TimelineProps) {
  const { account, say, language } = useShared();
  const { messages, outgoing, older, newer, conversation, handle } = shown;
  useReceipts(account.chats, handle.ref, messages);
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(sought === undefined);
  const before = useRef<{ first: number | undefined; height: number }>({ first: undefined, height: 0 });
  const [menu, setMenu] = useState<number | undefined>(undefined);
  const [away, setAway] = useState(false);

  // What one looks at stays where it is when older ones come above it; at the end one stays at the end.
  useLayoutEffect(() => {
    const view = scroller.current;
    if (view === null) return;
    const first = messages[0]?.seq;
    const was = before.current;
    if (was.first !== undefined && first !== undefined && first < was.first && !atEnd.current) view.scrollTop += view.scrollHeight - was.height;
    else if (atEnd.current && !newer) view.scrollTop = view.scrollHeight;
    before.current = { first, height: view.scrollHeight };
  }, [messages, outgoing, newer]);

  // Pictures have their height late, and a keyboard takes some.
  useEffect(() => {
    const view = scroller.current;
    if (view === null) return;
    const inside = new ResizeObserver(() => {
      if (atEnd.current) view.scrollTop = view.scrollHeight;
    });
    inside.observe(view);
    if (view.firstElementChild !== null) inside.observe(view.firstElementChild);
    return () => inside.disconnect();
  }, []);

  const soughtHere = sought !== undefined && messages.some(({ seq }) => seq === sought);
  useLayoutEffect(() => {
    if (!soughtHere) return;
    atEnd.current = false;
    const element = scroller.current?.querySelector(`[data-seq="${sought}"]`);
    element?.scrollIntoView({ block: "center" });
    element?.animate?.([{ backgroundColor: "var(--chosen)" }, { backgroundColor: "transparent" }], 2_000);
  }, [soughtHere, sought]);

  const unread = conversation?.unread ?? 0;
  const readIt = (): void => {
    if (atEnd.current && !newer && document.visibilityState === "visible" && document.hasFocus()) void handle.read();
  };
  useEffect(readIt, [unread, messages, newer]);
  useEffect(() => {
    addEventListener("focus", readIt);
    document.addEventListener("visibilitychange", readIt);
    return () => {
      removeEventListener("focus", readIt);
      document.removeEventListener("visibilitychange", readIt);
    };
  });

  const scrolled = (): void => {
    const view = scroller.current;
    if (view === null) return;
    const toEnd = view.scrollHeight - view.scrollTop - view.clientHeight;
    atEnd.current = toEnd < NEAR_PX && !newer;
    setAway(!atEnd.current);
    if (view.scrollTop < AHEAD_PX && older) void shown.loadOlder();
    if (toEnd < AHEAD_PX && newer) void shown.loadNewer();
    readIt();
  };
  const toEnd = (): void => {
    atEnd.current = true;
    setAway(false);
    if (newer) void shown.toNewest();
    else if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  };
  const open = messages.find(({ seq }) => seq === menu);

  return (
    <div class="timeline">
      <div
        class="scroller"
        ref={scroller}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: not every browser lets the keyboard scroll what cannot be focused
        tabIndex={0}
        role="log"
        aria-label={title}
        aria-live="polite"
        aria-relevant="additions"
      >
        <ol class="messages">
          {messages.map((message, index) => {
            const previous = messages[index - 1];
            return (
              <Line key={message.key} message={message} previous={previous} today={day(message.ts, language, say)} group={handle.ref.type === "group"}>
                <Bubble message={message} handle={handle} more={() => setMenu(message.seq)} find={(seq) => void shown.to(seq).then(() => jump(seq))} />
              </Line>
            );
          })}
          {outgoing.map((one) => (
            <li key={one.key} class="line mine">
              <OutgoingBubble outgoing={one} />
            </li>
          ))}
        </ol>
      </div>
      {(away || newer) && (
        <div class="to-end">
          <IconButton name="down" label={say("newest")} press={toEnd} />
          {unread > 0 && <span class="badge">{unread > 99 ? "99+" : unread}</span>}
        </div>
      )}
      {open !== undefined && <MessageMenu message={open} handle={handle} close={() => setMenu(undefined)} decide={decide} />}
    </div>
  );

  function jump(seq: number): void {
    requestAnimationFrame(() => {
      atEnd.current = false;
      const element = scroller.current?.querySelector(`[data-seq="${seq}"]`);
      element?.scrollIntoView({ block: "center" });
      element?.animate?.([{ backgroundColor: "var(--chosen)" }, { backgroundColor: "transparent" }], 2_000);
    });
  }
}

interface LineProps {
  readonly message: MessageRecord;
  readonly previous: MessageRecord | undefined;
  readonly today: string;
  readonly group: boolean;
  readonly children: preact.ComponentChildren;
}

function Line({ message, previous, today, group, children }: LineProps) {
  const { account, people } = useShared();
  const newDay = previous === undefined || !sameDay(previous.ts, message.ts);
  const together = !newDay && previous.from === message.from && isLocal(previous) === isLocal(message) && message.ts - previous.ts < TOGETHER_MS;
  const own = message.from === account.user;
  const named = group && !own && message.recalled === undefined && !isLocal(message);
  return (
    <>
      {newDay && (
        <li class="day">
          <span>{today}</span>
        </li>
      )}
      <li class={`line ${own ? "mine" : "theirs"} ${together ? "together" : ""} ${named ? "named" : ""}`} data-seq={message.seq}>
        {named && !together && <Avatar user={message.from} />}
        {named && !together && <bdi class="sender">{people.nameOf(message.from)}</bdi>}
        {children}
      </li>
    </>
  );
}
