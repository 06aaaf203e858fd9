import type { Chats } from "../chats.ts";
import { handled } from "../port.ts";
import type { GroupNews } from "./types.ts";

/** What a screen shows of a list of the service, page by page. Each change makes another object. */
export interface PagesState<Row> {
  readonly rows: readonly Row[];
  /** There are others behind these. */
  readonly more: boolean;
  readonly loading: boolean;
  /** Why they could not be read last time. */
  readonly error: unknown;
}

export interface PageSource<Row, Cursor> {
  /** The rows behind a place; `next`: where the page after these begins. */
  page(after: Cursor | undefined): Promise<{ readonly rows: readonly Row[]; readonly next?: Cursor | undefined }>;
  /** Whether the rows are others after this. */
  concerns(news: GroupNews): boolean;
}

/** Rows as far as they were asked for: they are read again when something happens to them, and after a connect. */
export class PagedList<Row, Cursor = string> {
  readonly #chats: Chats;
  readonly #source: PageSource<Row, Cursor>;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void)[] = [];
  #state: PagesState<Row> = { rows: [], more: true, loading: false, error: undefined };
  /** So many pages are wanted. */
  #pages = 1;
  #running = false;
  /** What is read is out of date already, or not enough. */
  #stale = false;

  constructor(chats: Chats, source: PageSource<Row, Cursor>) {
    this.#chats = chats;
    this.#source = source;
  }

  /** From now on they are loaded, and follow. Returns `close`. */
  readonly open = (): (() => void) => {
    const chats = this.#chats;
    this.#stop = [
      chats.on("group", (news) => this.#source.concerns(news) && this.#load()),
      chats.on("connected", ({ connected }) => connected && this.#load()),
    ];
    this.#load();
    return () => this.close();
  };

  get state(): PagesState<Row> {
    return this.#state;
  }

  /** Called after each change. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  loadMore(): void {
    if (!this.#state.more || this.#state.loading) return;
    this.#pages += 1;
    this.#load();
  }

  /** Reads them again: of some changes nobody tells. */
  reload(): void {
    if (this.#stop.length > 0) this.#load();
  }

  close(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #load(): void {
    this.#stale = true;
    if (!this.#running) void handled(this.#read());
  }

  async #read(): Promise<void> {
    this.#running = true;
    this.#tell({ loading: true });
    try {
      while (this.#stale && this.#stop.length > 0) {
        this.#stale = false;
        const rows: Row[] = [];
        let after: Cursor | undefined;
        for (let page = 0; page < this.#pages && (page === 0 || after !== undefined); page++) {
          const read = await this.#source.page(after);
          rows.push(...read.rows);
          after = read.next;
        }
        this.#tell({ rows, more: after !== undefined, error: undefined });
      }
    } catch (error) {
      this.#tell({ error });
    } finally {
      this.#running = false;
      this.#tell({ loading: false });
    }
  }

  #tell(change: Partial<PagesState<Row>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
