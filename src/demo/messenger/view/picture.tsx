import { useEffect, useState } from "preact/hooks";
import type { Content } from "../../../client/chat/index.ts";
import { fileUrl } from "../files.ts";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

const SIDE_MAX = 280;
const SIDE_MIN = 80;
/** The service makes small forms in steps of 64. */
export const THUMBNAIL_WIDTH = 512;

type Image = Extract<Content, { type: "image" }>;

/** The place for it is there before the picture is. */
function sizeOf({ width, height }: Image): { width: number; height: number } {
  if (width === undefined || height === undefined) return { width: SIDE_MAX, height: SIDE_MAX * 0.75 };
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  return { width: Math.max(SIDE_MIN, Math.round(width * scale)), height: Math.max(SIDE_MIN, Math.round(height * scale)) };
}

export function Picture({ content, file }: { readonly content: Image; readonly file?: Blob | undefined }) {
  const { account, say } = useShared();
  const [open, setOpen] = useState(false);
  const url = useFileUrl(account.chats.connected, content.media, file, THUMBNAIL_WIDTH);
  const whole = useFileUrl(account.chats.connected, open ? content.media : "", file, undefined);
  const { width, height } = sizeOf(content);
  return (
    <>
      <button type="button" class="picture" aria-label={content.name ?? say("image")} onClick={() => setOpen(true)}>
        {url.at === "there" ? (
          <img src={url.url} alt="" width={width} height={height} />
        ) : (
          <svg class="picture-place" width={width} height={height} aria-hidden="true">
            <title>{say("image")}</title>
          </svg>
        )}
        {url.at === "failed" && <span class="picture-failed">{say("loadError")}</span>}
      </button>
      {open && (
        <Sheet title={content.name ?? say("image")} close={() => setOpen(false)}>
          <div class="whole">
            {whole.at === "there" ? (
              <img src={whole.url} alt={content.name ?? say("image")} />
            ) : (
              url.at === "there" && <img src={url.url} alt={content.name ?? ""} />
            )}
          </div>
        </Sheet>
      )}
    </>
  );
}

type FileUrl = { readonly at: "none" | "failed" } | { readonly at: "there"; readonly url: string };

/** `again`: tries anew when this is another. */
export function useFileUrl(again: unknown, media: string, local: Blob | undefined, width?: number): FileUrl {
  const { account } = useShared();
  const [state, setState] = useState<FileUrl>({ at: "none" });
  useEffect(() => {
    if (local !== undefined) {
      const url = URL.createObjectURL(local);
      setState({ at: "there", url });
      return () => URL.revokeObjectURL(url);
    }
    if (media === "" || state.at === "there") return;
    let wanted = true;
    fileUrl(account.chats, media, width).then(
      (url) => wanted && setState({ at: "there", url }),
      () => wanted && setState({ at: "failed" }),
    );
    return () => {
      wanted = false;
    };
  }, [media, local, width, again]);
  return state;
}
