import { useMemo, useSyncExternalStore } from "react";
import { type Chats, type FileUpload, type FileUploads, filesIn, fileUploadsOf, type SharedFile } from "../client/chat/index.ts";
import { type Paged, usePaged } from "./use-paged.ts";

export interface GroupFilesState extends Omit<Paged<SharedFile>, "rows"> {
  /** The newest first. */
  readonly files: readonly SharedFile[];
  /** On their way, also from before this component was shown. */
  readonly uploads: readonly FileUpload[];
  /** `share`, `retry` and `discard` them. */
  readonly calls: FileUploads;
}

/**
 * Files that are shared in a group, a page at first, and those on their way there; they follow what happens.
 *
 * @example
 * const { files, uploads, calls } = useGroupFiles(chats, "birds");
 * return <input type="file" onChange={(event) => calls.share("birds", event.target.files[0])} />;
 */
export function useGroupFiles(chats: Chats, group: string): GroupFilesState {
  const { rows: files, ...list } = usePaged(useMemo(() => filesIn(chats, group), [chats, group]));
  const calls = fileUploadsOf(chats);
  const read = () => calls.of(group);
  const uploads = useSyncExternalStore(calls.subscribe, read, read);
  return { ...list, files, uploads, calls };
}
