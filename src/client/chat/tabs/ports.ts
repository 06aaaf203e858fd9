/** What tabs need of the browser to share one connection. */
export interface TabPorts {
  /** Runs once this tab is the only one that holds the lock, and holds it until the returned function is called, or the tab goes. */
  lock(name: string, held: () => void): () => void;
  channel(name: string): TabChannel;
}

export interface TabChannel {
  post(message: unknown): void;
  /** Told of what other tabs post. */
  listen(listener: (message: unknown) => void): void;
  close(): void;
}

/** Undefined where the browser lacks something: pages of plain HTTP have no locks. */
export function browserTabs(): TabPorts | undefined {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (locks === undefined || typeof BroadcastChannel === "undefined") return undefined;
  return {
    lock(name, held) {
      const waiting = new AbortController();
      let release: (() => void) | undefined;
      locks
        .request(name, { signal: waiting.signal }, () => {
          if (waiting.signal.aborted) return;
          return new Promise<void>((resolve) => {
            release = resolve;
            held();
          });
        })
        // Given up while it waited.
        .catch(() => {});
      return () => {
        waiting.abort();
        release?.();
      };
    },
    channel(name) {
      const channel = new BroadcastChannel(name);
      return {
        post: (message) => channel.postMessage(message),
        listen(listener) {
          channel.onmessage = ({ data }) => listener(data);
        },
        close: () => channel.close(),
      };
    },
  };
}
