import type { UserId } from "../../../protocol/names.ts";
import type { Chats } from "../chats.ts";
import { groupsOf } from "./groups.ts";
import { PagedList, type PagesState } from "./paged-list.ts";
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
  readonly #list: PagedList<GroupMember>;
  #shown: { readonly of: PagesState<GroupMember>; readonly state: MembersState } | undefined;

  constructor(chats: Chats, group: UserId) {
    this.#list = new PagedList(chats, {
      concerns: (news) => news.group === group && CHANGES.has(news.event.kind),
      async page(after) {
        const { members, next } = await groupsOf(chats).members(group, after === undefined ? {} : { after });
        return { rows: members, next };
      },
    });
  }

  /** From now on they are loaded, and follow. Returns `close`. */
  readonly open = (): (() => void) => this.#list.open();

  get state(): MembersState {
    const of = this.#list.state;
    if (this.#shown?.of !== of) {
      const { rows, ...rest } = of;
      this.#shown = { of, state: { members: rows, ...rest } };
    }
    return this.#shown.state;
  }

  /** Called after each change. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => this.#list.subscribe(listener);

  loadMore(): void {
    this.#list.loadMore();
  }

  close(): void {
    this.#list.close();
  }
}
