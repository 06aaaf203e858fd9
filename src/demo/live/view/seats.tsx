import type { RoomView } from "../../../react/index.ts";
import { useLive } from "./shared.tsx";

const SEATS = ["seat.1", "seat.2", "seat.3", "seat.4"];

/** Seats are keys of the room: free for whoever comes first, and free again when that one leaves. */
export function Seats({ view }: { readonly view: RoomView }) {
  const { user, say, attempt } = useLive();
  const { room, keys, role } = view;
  const own = SEATS.find((seat) => keys.get(seat)?.owner === user);
  return (
    <ol class="seats" aria-label={say("seats")}>
      {SEATS.map((seat) => {
        const owner = keys.get(seat)?.owner;
        const mayFree = owner !== undefined && (owner === user || role !== "member");
        const press = (): void =>
          attempt(async () => {
            if (owner !== undefined) {
              await room.removeKeys([seat], { force: owner !== user });
              return;
            }
            const { failed } = await room.setKeys({ [seat]: user });
            if (failed.length === 0 && own !== undefined) await room.removeKeys([own]);
          });
        const label = owner === undefined ? say("freeSeat") : owner === user ? say("leaveSeat") : say("freeUp", { user: owner });
        return (
          <li key={seat} data-seat={seat} data-owner={owner ?? ""}>
            <button
              type="button"
              class="seat"
              disabled={owner !== undefined && !mayFree}
              aria-label={owner !== undefined && !mayFree ? owner : label}
              onClick={press}
            >
              <span class="seat-face" aria-hidden="true">
                {owner === undefined ? "＋" : ([...owner][0] ?? "").toUpperCase()}
              </span>
              <span class="seat-name" dir="auto">
                {owner ?? say("freeSeat")}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
