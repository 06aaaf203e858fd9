import type { Word } from "../../words.ts";
import { Choice } from "../message-menu.tsx";
import { useShared } from "../shared.tsx";

const MINUTE_MS = 60_000;
const PERIODS: readonly (readonly [Word, number | undefined])[] = [
  ["for10Minutes", 10 * MINUTE_MS],
  ["for1Hour", 60 * MINUTE_MS],
  ["for1Day", 24 * 60 * MINUTE_MS],
  ["for7Days", 7 * 24 * 60 * MINUTE_MS],
  ["forEver", undefined],
];

/** How long somebody is to say nothing. */
export function MutePeriods({ choose }: { choose(until: { readonly until?: number }): void }) {
  const { say } = useShared();
  return (
    <div class="choices">
      {PERIODS.map(([word, ms]) => (
        <Choice key={word} words={say(word)} press={() => choose(ms === undefined ? {} : { until: Date.now() + ms })} />
      ))}
    </div>
  );
}
