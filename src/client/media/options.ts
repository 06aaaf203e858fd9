export interface Progress {
  readonly bytes: number;
  readonly total: number;
}

export interface TransferOptions {
  /** Ends it; what is there of an upload is removed. */
  readonly signal?: AbortSignal | undefined;
  /** About once a second, and at the end. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Upload extends TransferOptions {
  readonly name?: string | undefined;
  /** Default: the Blob's own. */
  readonly type?: string | undefined;
  /** Told when a file of several parts has begun: with it the upload can be gone on with, even by another program. */
  readonly onBegin?: ((upload: string) => void) | undefined;
  /** An upload of the same file that was begun before: only the parts that are not there are sent. */
  readonly resume?: string | undefined;
}

export interface Download extends TransferOptions {
  /** `end` is the first byte that is not wanted any more. */
  readonly range?: { readonly start: number; readonly end?: number } | undefined;
}
