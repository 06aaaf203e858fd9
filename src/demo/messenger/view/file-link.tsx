import { useState } from "preact/hooks";
import { fileUrl } from "../files.ts";
import { size } from "../format.ts";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";

/** Loaded when it is asked for, and saved under its name. */
export function FileLink({ media, name, bytes }: { readonly media: string; readonly name: string; readonly bytes: number | undefined }) {
  const { account, say, attempt } = useShared();
  const [busy, setBusy] = useState(false);
  const load = (): void => {
    setBusy(true);
    attempt(async () => {
      try {
        const link = document.createElement("a");
        link.href = await fileUrl(account.chats, media);
        link.download = name;
        link.click();
      } finally {
        setBusy(false);
      }
    });
  };
  return (
    <button type="button" class="file-link" disabled={busy || media === ""} onClick={load} title={say("download")}>
      <Icon name="file" />
      <span class="file-words">
        <bdi>{name}</bdi>
        {bytes !== undefined && <span class="soft">{size(bytes)}</span>}
      </span>
    </button>
  );
}
