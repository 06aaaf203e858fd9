import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { SharedFile } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { Media } from "../../media/media.ts";
import type { Progress, TransferOptions } from "../../media/options.ts";
import type { Chats } from "../chats.ts";
import { refusal } from "../local-messages.ts";
import { handled } from "../port.ts";
import { groupsOf } from "./groups.ts";
import { PagedList } from "./paged-list.ts";

export type { SharedFile };

export interface ShareOptions extends TransferOptions {
  /** Default: the file's own, or `file`. */
  readonly name?: string | undefined;
}

/**
 * Uploads a file of up to 10 MB and puts it on a group's list, for as long as files are kept: seven days.
 * Who is muted is refused; what was uploaded for nothing is removed.
 *
 * @example
 * const { file, media } = await shareFile(chats, "birds", photo, { onProgress: ({ bytes, total }) => show(bytes / total) });
 */
export async function shareFile(chats: Chats, group: UserId, file: Blob, { name = nameOf(file), signal, onProgress }: ShareOptions = {}): Promise<SharedFile> {
  if (file.size > GROUP_LIMITS.sharedFileBytes) throw refusal("too_large", `a shared file has at most ${GROUP_LIMITS.sharedFileBytes} bytes`);
  const files = mediaOf(chats);
  const up = await files.upload(file, { name, signal, onProgress });
  try {
    const media = await files.addressed(up.media, { group });
    signal?.throwIfAborted();
    return (await chats.call("group.share-file", { group, media, name })).file;
  } catch (error) {
    void handled(files.remove(up.media));
    throw error;
  }
}

/** The bytes of a file of a group's list. */
export const downloadShared = (chats: Chats, { media }: SharedFile, options: TransferOptions = {}): Promise<Blob> => mediaOf(chats).download(media, options);

function mediaOf({ media }: Chats): Media {
  if (media === undefined)
    throw Object.assign(new Error("there is no connection, or `media` was not given to the chats"), { code: "unavailable", retry: "later" });
  return media;
}

const nameOf = (file: Blob): string => (file instanceof File && file.name !== "" ? file.name : "file");

/** Files of a group's list, the newest first, page by page; they follow what is shared and taken off. */
export function filesIn(chats: Chats, group: UserId): PagedList<SharedFile, number> {
  return new PagedList<SharedFile, number>(chats, {
    concerns: ({ group: where, event }) => where === group && (event.kind === "fileShared" || event.kind === "fileDropped"),
    async page(before) {
      const { files, next } = await groupsOf(chats).files(group, before === undefined ? {} : { before });
      return { rows: files, next };
    },
  });
}

/** A file on its way to a group's list. Each change makes another object. */
export interface FileUpload {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly progress: Progress | undefined;
  /** Why it is not shared: `retry` or `discard` it. */
  readonly error: unknown;
}

/** Files of all groups that go up at the same time: more would share the same line. */
const UPLOADS_AT_ONCE = 2;
/** Files that wait or have failed: each is held in memory. */
const UPLOADS_MAX = 20;

interface Way {
  readonly group: UserId;
  readonly file: Blob;
  readonly abort: AbortController;
  going: boolean;
  upload: FileUpload;
}

/** Files on their way to the lists of groups: always the same object for the same chats, so that they go on while nobody looks. */
export function fileUploadsOf(chats: Chats): FileUploads {
  return chats.part("file uploads", () => new FileUploads(chats));
}

export class FileUploads {
  readonly #chats: Chats;
  readonly #ways = new Map<number, Way>();
  readonly #listeners = new Set<() => void>();
  readonly #lists = new Map<UserId, readonly FileUpload[]>();
  #last = 0;

  /** @internal */
  constructor(chats: Chats) {
    this.#chats = chats;
  }

  /** Those of a group, in the order in which they were begun; the same array until one changes. */
  of(group: UserId): readonly FileUpload[] {
    const known = this.#lists.get(group);
    if (known !== undefined) return known;
    const list = [...this.#ways.values()].flatMap((way) => (way.group === group ? [way.upload] : []));
    this.#lists.set(group, list);
    return list;
  }

  /** Called after each change. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  /** Begins one, or has it wait for its turn. */
  share(group: UserId, file: Blob, { name = nameOf(file) }: { readonly name?: string } = {}): void {
    if (file.size > GROUP_LIMITS.sharedFileBytes) throw refusal("too_large", `a shared file has at most ${GROUP_LIMITS.sharedFileBytes} bytes`);
    if (this.#ways.size >= UPLOADS_MAX) throw refusal("limit_exceeded", `at most ${UPLOADS_MAX} files wait to be shared`);
    this.#last += 1;
    const upload = { id: this.#last, name, bytes: file.size, progress: undefined, error: undefined };
    this.#ways.set(upload.id, { group, file, abort: new AbortController(), going: false, upload });
    this.#tell(group);
    this.#pump();
  }

  /** Tries one that has failed again. */
  retry(id: number): void {
    const way = this.#ways.get(id);
    if (way === undefined || way.upload.error === undefined) return;
    this.#change(way, { error: undefined });
    this.#pump();
  }

  /** Calls one off, or forgets that it has failed. */
  discard(id: number): void {
    const way = this.#ways.get(id);
    if (way === undefined) return;
    this.#ways.delete(id);
    way.abort.abort();
    this.#tell(way.group);
  }

  #pump(): void {
    let going = [...this.#ways.values()].filter((way) => way.going).length;
    for (const way of this.#ways.values()) {
      if (going >= UPLOADS_AT_ONCE) return;
      if (way.going || way.upload.error !== undefined) continue;
      going += 1;
      way.going = true;
      void this.#go(way);
    }
  }

  async #go(way: Way): Promise<void> {
    const { group, file, abort, upload } = way;
    try {
      const onProgress = (progress: Progress): void => this.#change(way, { progress });
      await shareFile(this.#chats, group, file, { name: upload.name, signal: abort.signal, onProgress });
      this.#ways.delete(upload.id);
      this.#tell(group);
    } catch (error) {
      if (!abort.signal.aborted) this.#change(way, { progress: undefined, error });
    } finally {
      way.going = false;
      this.#pump();
    }
  }

  #change(way: Way, change: Partial<FileUpload>): void {
    way.upload = { ...way.upload, ...change };
    this.#tell(way.group);
  }

  #tell(group: UserId): void {
    this.#lists.delete(group);
    for (const listener of this.#listeners) listener();
  }
}
