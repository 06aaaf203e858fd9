import { useState } from "preact/hooks";
import type { Content } from "../../../client/chat/index.ts";
import { size } from "../format.ts";
import { Icon } from "./icon.tsx";
import { useFileUrl } from "./picture.tsx";
import { useShared } from "./shared.tsx";

type Video = Extract<Content, { type: "video" }>;

/** Loaded when it is asked for, and played where it stands. */
export function Film({ content, file }: { readonly content: Video; readonly file?: Blob | undefined }) {
  const { account, say } = useShared();
  const [wanted, setWanted] = useState(false);
  const url = useFileUrl(account.chats.connected, wanted ? content.media : "", wanted ? file : undefined);
  if (url.at === "there")
    return (
      // biome-ignore lint/a11y/useMediaCaption: what people film has no captions
      <video class="film" src={url.url} controls autoplay playsInline aria-label={content.name ?? say("video")} />
    );
  return (
    <button type="button" class="file-link" disabled={wanted && url.at === "none"} onClick={() => setWanted(true)} title={say("play")}>
      <Icon name="play" />
      <span class="file-words">
        <bdi>{content.name ?? say("video")}</bdi>
        <span class="soft">{url.at === "failed" ? say("loadError") : content.bytes === undefined ? "" : size(content.bytes)}</span>
      </span>
    </button>
  );
}
