import type { UserId } from "../../../protocol/names.ts";
import type { Chats } from "../chats.ts";
import { handled } from "../port.ts";
import { groupsOf } from "./groups.ts";
import type { GroupEvent, GroupMember } from "./types.ts";

/** What a screen shows of a group's members. Each change makes another object. */
export interface MembersState {
  /** By name. */
  readonly members: readonly GroupMember[];
  /** There are others behind these. */
  readonly more: boolean;
  readonly loading: boolean;
  /** Why they could not be read last time. */
  readonly error: unknown;
}

/** What changes who is in a group, or as what. */
const CHANGES: ReadonlySet<GroupEvent["kind"]> = new Set(["joined", "left", "removed", "added", "ownerChanged", "appointed", "deposed", "attributesChanged"]);

/** The members of a group, page by page, as far as they were asked for: they follow what happens. */
export class MemberList {
  readonly #chats: Chats;
  readonly #group: UserId;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void)[] = [];
  #state: MembersState = { members: [], more: true, loading: false, error: undefined };
  /** So many pages are wanted. */
  #pages = 1;
  #running = false;
  /** What is read is out of date already, or not enough. */
  #stale = false;

  constructor(chats: Chats, group: UserId) {
    this.#chats = chats;
    this.#group = group;
  }

  /** From now on they are loaded, and follow. Returns `close`. */
  readonly open = (): (() => void) => {
    const chats = this.#chats;
    this.#stop = [
      chats.on("group", ({ group, event }) => group === this.#group && CHANGES.has(event.kind) && this.#load()),
      chats.on("connected", ({ connected }) => connected && this.#load()),
    ];
    this.#load();
    return () => this.close();
  };

  get state(): MembersState {
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
        const members: GroupMember[] = [];
        let after: UserId | undefined;
        for (let page = 0; page < this.#pages && (page === 0 || after !== undefined); page++) {
          const read = await groupsOf(this.#chats).members(this.#group, after === undefined ? {} : { after });
          members.push(...read.members);
          after = read.next;
        }
        this.#tell({ members, more: after !== undefined, error: undefined });
      }
    } catch (error) {
      this.#tell({ error });
    } finally {
      this.#running = false;
      this.#tell({ loading: false });
    }
  }

  #tell(change: Partial<MembersState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
