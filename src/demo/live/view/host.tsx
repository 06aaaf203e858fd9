import type { RoomView } from "../../../react/index.ts";
import { useLive } from "./shared.tsx";

const PAUSES_MS = [0, 5_000, 30_000];

/** What the host does with the whole room. */
export function Host({ view: { room, details } }: { readonly view: RoomView }) {
  const { say, attempt } = useLive();
  return (
    <details class="panel" open>
      <summary>{say("host")}</summary>
      <label class="row">
        <span>{say("slowMode")}</span>
        <select value={details.slowMs} onChange={(event) => attempt(() => room.call("room.update", { slowMs: Number(event.currentTarget.value) }))}>
          {PAUSES_MS.map((ms) => (
            <option key={ms} value={ms}>
              {ms === 0 ? say("off") : say("everySeconds", { seconds: ms / 1_000 })}
            </option>
          ))}
        </select>
      </label>
      <label class="row">
        <span>{say("muteAll")}</span>
        <input
          type="checkbox"
          checked={details.allMuted}
          onChange={(event) => attempt(() => room.call("room.mute-all", { on: event.currentTarget.checked }))}
        />
      </label>
    </details>
  );
}
