import { useRef, useState } from "preact/hooks";
import { downloadShared, type FileUpload, type GroupRole, groupsOf, type SharedFile } from "../../../../client/chat/index.ts";
import { useGroupFiles, usePeople } from "../../../../react/index.ts";
import { day, size } from "../../format.ts";
import { Icon, IconButton } from "../icon.tsx";
import { useShared, wordsOf } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";
import { More } from "./more.tsx";
import type { PageProps } from "./page.ts";

interface FilesProps extends PageProps {
  /** What one is in the group. */
  readonly role: GroupRole | undefined;
}

/** Files that all members see: shared, loaded and taken off the list. They go on to be uploaded when nobody looks. */
export function Files({ group, role, close, back }: FilesProps) {
  const { account, say, attempt } = useShared();
  const { files, uploads, calls, ...list } = useGroupFiles(account.chats, group);
  usePeople(account.chats, [...new Set(files.map(({ owner }) => owner))]);
  const chooser = useRef<HTMLInputElement>(null);
  const leads = role === "owner" || role === "admin";
  return (
    <Sheet title={say("sharedFiles")} close={close} back={back}>
      <p class="soft small-print">{say("filesNote")}</p>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          const chosen = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          for (const file of chosen) attempt(async () => calls.share(group, file));
        }}
      />
      <button type="button" class="primary small" onClick={() => chooser.current?.click()}>
        {say("shareFile")}
      </button>
      <ul class="people files">
        {uploads.map((upload) => (
          <Upload key={upload.id} upload={upload} retry={() => calls.retry(upload.id)} discard={() => calls.discard(upload.id)} />
        ))}
        {files.map((file) => (
          <Shared key={file.file} group={group} shared={file} mayDrop={leads || file.owner === account.user} />
        ))}
      </ul>
      {files.length === 0 && uploads.length === 0 && !list.loading && <p class="nothing small">{list.error ? wordsOf(list.error) : say("noFiles")}</p>}
      <More list={list} />
    </Sheet>
  );
}

function Upload({ upload: { name, bytes, progress, error }, retry, discard }: { readonly upload: FileUpload; retry(): void; discard(): void }) {
  const { say } = useShared();
  return (
    <li class="shared-file" data-uploading={error === undefined}>
      <Icon name="file" />
      <span class="person-words">
        <bdi>{name}</bdi>
        {error === undefined ? (
          <>
            <span class="soft">{progress === undefined ? say("uploading") : `${size(progress.bytes)} / ${size(progress.total)}`}</span>
            <progress class="progress" aria-label={say("uploading")} max={bytes} {...(progress !== undefined && { value: progress.bytes })} />
          </>
        ) : (
          <span class="failed" role="alert">
            {say("notShared", { reason: wordsOf(error) })}
            <button type="button" class="text-button" onClick={retry}>
              {say("retry")}
            </button>
          </span>
        )}
      </span>
      <IconButton name="cross" label={error === undefined ? say("cancel") : say("discard")} press={discard} />
    </li>
  );
}

function Shared({ group, shared, mayDrop }: { readonly group: string; readonly shared: SharedFile; readonly mayDrop: boolean }) {
  const { account, people, say, language, attempt } = useShared();
  const [loaded, setLoaded] = useState<number | undefined>(undefined);
  const [sure, setSure] = useState(false);
  const calling = useRef<AbortController | undefined>(undefined);
  const load = (): void =>
    attempt(async () => {
      calling.current = new AbortController();
      setLoaded(0);
      try {
        const { signal } = calling.current;
        save(await downloadShared(account.chats, shared, { signal, onProgress: ({ bytes }) => setLoaded(bytes) }), shared.name);
      } catch (error) {
        if (!calling.current.signal.aborted) throw error;
      } finally {
        setLoaded(undefined);
      }
    });
  const under = { size: size(shared.bytes), name: people.nameOf(shared.owner), day: day(shared.at, language, say) };
  return (
    <li class="shared-file" data-file={shared.file}>
      <button type="button" class="file-link" disabled={loaded !== undefined} onClick={load} title={say("download")}>
        <Icon name="file" />
        <span class="person-words">
          <bdi>{shared.name}</bdi>
          <span class="soft">{say("sharedBy", under)}</span>
          {loaded !== undefined && <progress class="progress" aria-label={say("download")} max={shared.bytes} value={loaded} />}
        </span>
      </button>
      {loaded !== undefined ? (
        <IconButton name="cross" label={say("cancel")} press={() => calling.current?.abort()} />
      ) : (
        mayDrop && <IconButton name="bin" label={say("dropFile")} press={() => setSure(!sure)} />
      )}
      {sure && (
        <div class="sure" role="alert">
          <p>{say("dropSure", { file: shared.name })}</p>
          <button type="button" class="text-button grave" onClick={() => attempt(() => groupsOf(account.chats).dropFile(group, shared.file))}>
            {say("dropFile")}
          </button>
          <button type="button" class="text-button" onClick={() => setSure(false)}>
            {say("cancel")}
          </button>
        </div>
      )}
    </li>
  );
}

/** A browser may still read the address for a while after the click. */
const READ_MS = 60_000;

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_MS);
}
