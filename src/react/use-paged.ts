import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { PagedList, PagesState } from "../client/chat/index.ts";

export interface Paged<Row> extends PagesState<Row> {
  loadMore(): void;
  /** Reads them again. */
  reload(): void;
}

/** A list of the service for as long as the component is shown; undefined: of nothing. */
export function usePaged<Row, Cursor>(list: PagedList<Row, Cursor> | undefined): Paged<Row> {
  useEffect(() => list?.open(), [list]);
  const state = useSyncExternalStore(list?.subscribe ?? never, read, read) as PagesState<Row>;
  return useMemo(() => ({ ...state, loadMore: () => list?.loadMore(), reload: () => list?.reload() }), [list, state]);

  function read(): PagesState<Row> {
    return list?.state ?? NOTHING;
  }
}

const NOTHING: PagesState<never> = { rows: [], more: false, loading: false, error: undefined };
const never = () => () => {};
