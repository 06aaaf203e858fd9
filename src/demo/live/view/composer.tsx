import { useEffect, useMemo, useState } from "preact/hooks";
import type { RoomView } from "../../../react/index.ts";
import { GIFTS, give } from "../gifts.ts";
import { Liker, likesIn } from "../likes.ts";
import { useLive } from "./shared.tsx";

/** What one may do oneself: write, like, give. */
export function Composer({ view }: { readonly view: RoomView }) {
  const { say, attempt } = useLive();
  const { room, details, role, muted } = view;
  const [text, setText] = useState("");
  const [likes, setLikes] = useState(0);
  const liker = useMemo(() => new Liker(room), [room]);
  useEffect(() => room.on("message", (message) => setLikes((before) => before + likesIn(message))), [room]);
  const silenced = muted ? say("mutedYou") : details.allMuted && role === "member" && !room.allowed ? say("mutedAll") : undefined;
  const submit = (event: Event): void => {
    event.preventDefault();
    const words = text.trim();
    if (words === "") return;
    attempt(async () => {
      await room.send(words);
      setText("");
    });
  };
  return (
    <div class="composer">
      {silenced !== undefined && (
        <p class="silenced" role="status">
          {silenced}
        </p>
      )}
      <form class="write" onSubmit={submit}>
        <input
          class="words"
          maxLength={200}
          enterkeyhint="send"
          autocomplete="off"
          dir="auto"
          aria-label={say("write")}
          placeholder={say("write")}
          disabled={silenced !== undefined}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary send" disabled={silenced !== undefined}>
          {say("send")}
        </button>
      </form>
      <div class="acts" role="toolbar">
        <button type="button" class="act like" aria-label={say("like")} onClick={() => liker.like((error) => attempt(() => Promise.reject(error)))}>
          ❤️ <span class="count">{likes}</span>
        </button>
        <button type="button" class="act" aria-label={say("rose")} onClick={() => attempt(() => give(room, "rose"))}>
          {GIFTS.rose}
        </button>
        <button type="button" class="act" aria-label={say("rocket")} onClick={() => attempt(() => give(room, "rocket"))}>
          {GIFTS.rocket}
        </button>
      </div>
    </div>
  );
}
