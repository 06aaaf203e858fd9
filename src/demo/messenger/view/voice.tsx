import { useEffect, useRef, useState } from "preact/hooks";
import type { Content } from "../../../client/chat/index.ts";
import { fileUrl } from "../files.ts";
import { duration } from "../format.ts";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";

type Audio = Extract<Content, { type: "audio" }>;

export function Voice({ content, file }: { readonly content: Audio; readonly file?: Blob | undefined }) {
  const { account, say, attempt } = useShared();
  const audio = useRef<HTMLAudioElement | undefined>(undefined);
  const [playing, setPlaying] = useState(false);
  const [heard, setHeard] = useState(0);
  const totalMs = content.durationMs ?? 0;
  useEffect(() => () => audio.current?.pause(), []);

  const toggle = async (): Promise<void> => {
    if (playing) return void audio.current?.pause();
    audio.current ??= prepared(file === undefined ? await fileUrl(account.chats, content.media) : URL.createObjectURL(file));
    await audio.current.play();
  };
  const prepared = (url: string): HTMLAudioElement => {
    const made = new Audio(url);
    made.onplay = () => setPlaying(true);
    made.onpause = () => setPlaying(false);
    made.onended = () => setHeard(0);
    made.ontimeupdate = () => setHeard(made.ended ? 0 : made.currentTime * 1000);
    return made;
  };
  return (
    <div class="voice">
      <IconButton name={playing ? "pause" : "play"} label={say(playing ? "pause" : "play")} press={() => attempt(toggle)} kind="play" />
      <progress class="voice-bar" aria-label={say("audio")} max={Math.max(1, totalMs)} value={heard} />
      <span class="voice-time">{duration(heard > 0 ? heard : totalMs)}</span>
    </div>
  );
}
