import { useEffect, useRef, useState } from "preact/hooks";
import type { RoomMessage } from "../../../client/chat/index.ts";
import type { RoomView } from "../../../react/index.ts";
import { GIFTS, giftIn } from "../gifts.ts";
import { useLive } from "./shared.tsx";

/** Lines that are shown: more nobody reads while a crowd talks. */
const LINES = 60;

/** What is said, newest below, and what may be done about it. */
export function Feed({ view }: { readonly view: RoomView }) {
  const { say } = useLive();
  const [chosen, setChosen] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const lines = view.messages.filter((message) => message.content.type === "text" || giftIn(message) !== undefined).slice(-LINES);
  const last = lines.at(-1)?.id;
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [last]);
  return (
    <div ref={scroller} class="scroller" role="log" aria-label={say("messages")}>
      <ol class="feed">
        {lines.map((message) => (
          <Line
            key={message.id}
            message={message}
            view={view}
            chosen={chosen === message.id}
            choose={() => setChosen(chosen === message.id ? undefined : message.id)}
          />
        ))}
      </ol>
    </div>
  );
}

interface LineProps {
  readonly message: RoomMessage;
  readonly view: RoomView;
  readonly chosen: boolean;
  choose(): void;
}

function Line({ message, view: { room, role }, chosen, choose }: LineProps) {
  const { user, say, attempt } = useLive();
  const { content, from, id } = message;
  const gift = giftIn(message);
  const manages = role !== "member" && from !== user;
  const text = content.type === "text" ? content.text : gift === undefined ? "" : say("gave", { user: from, gift: GIFTS[gift] });
  return (
    <li class={gift === undefined ? "line" : "line gift"}>
      <button type="button" class="line-words" disabled={!manages && from !== user} aria-expanded={chosen} onClick={choose}>
        {gift === undefined && <bdi class="from">{from}</bdi>} <bdi>{text}</bdi>
      </button>
      {chosen && (
        <span class="line-acts">
          <button type="button" class="chip" onClick={() => attempt(() => room.recall(id))}>
            {say("takeBack")}
          </button>
          {manages && (
            <button type="button" class="chip" onClick={() => attempt(() => room.call("room.mute", { users: [from], on: true }))}>
              {say("mute", { user: from })}
            </button>
          )}
          {manages && (
            <button type="button" class="chip" onClick={() => attempt(() => room.call("room.remove", { users: [from] }))}>
              {say("sendOut", { user: from })}
            </button>
          )}
        </span>
      )}
    </li>
  );
}
