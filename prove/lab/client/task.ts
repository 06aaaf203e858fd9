/** What a client process is started with, as JSON in its arguments. */
export interface Task {
  readonly index: number;
  /** 1, then one more each time it is started again. */
  readonly life: number;
  readonly url: string;
  readonly seed: number;
  readonly processes: number;
  readonly devices: number;
  /** Its events go here. */
  readonly file: string;
  /** Between two messages of one writer, on average. */
  readonly paceMs: number;
  /** A call may outlive the longest fault. */
  readonly timeoutMs: number;
  /** Times of the service and of clients are multiplied by it. */
  readonly timeScale: number;
}

/** What it says about itself, a line of JSON each; and its answer to `rest`, when everything it had under way has an outcome. */
export interface Status {
  readonly acked: number;
  readonly said: number;
  readonly heard: number;
  /** Logins and channels that are not connected now. */
  readonly away: number;
  /** Calls and messages without an outcome. */
  readonly underWay: number;
  readonly resting: boolean;
  /** Who is in which channel by what its own devices know, and who is logged in. */
  readonly present?: { readonly channels: Readonly<Record<string, readonly string[]>>; readonly online: readonly string[] };
}
