import { useShared } from "../shared.tsx";

/** At the end of a list that has another page. */
export function More({ list: { more, loading, loadMore } }: { readonly list: { readonly more: boolean; readonly loading: boolean; loadMore(): void } }) {
  const { say } = useShared();
  if (!more) return null;
  return (
    <button type="button" class="text-button" disabled={loading} onClick={loadMore}>
      {say("morePeople")}
    </button>
  );
}
