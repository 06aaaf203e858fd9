import { avatar } from "../../shared/avatar.ts";
import { el, setAttribute, setText, showList } from "../../shared/dom.ts";
import { type IconName, icon } from "../../shared/icons.ts";
import type { VoiceRoom } from "../room.ts";
import type { Seat } from "../seats.ts";

/** The eight seats: who sits there, whether they talk, and what they were given. */
export function showSeats(list: HTMLElement, room: VoiceRoom, choose: (number: number) => void): void {
  showList(
    list,
    room.state.seats,
    ({ number }) => String(number),
    ({ number }) => seatElement(number, choose),
    (element, seat) => updateSeat(element, seat, room),
  );
}

function seatElement(number: number, choose: (number: number) => void): HTMLElement {
  const button = el(
    "button",
    { type: "button", class: "seat" },
    el("span", { class: "chair" }),
    el("span", { class: "seat-name", dir: "auto" }),
    el("span", { class: "seat-line" }),
  );
  button.addEventListener("click", () => choose(number));
  return el("li", {}, button);
}

function updateSeat(element: HTMLElement, seat: Seat, room: VoiceRoom): void {
  const asked = room.invitations.asked.find(({ seat: number }) => number === seat.number);
  const talking = room.isTalking(seat);
  const host = seat.user !== undefined && seat.user === room.state.host;
  const points = seat.user === undefined ? 0 : room.tally.pointsOf(seat.user);
  const kind = seat.user !== undefined ? "taken" : seat.closed ? "closed" : asked !== undefined ? "asked" : "free";
  setAttribute(element, "data-user", seat.user);
  setAttribute(element, "data-kind", kind);
  setAttribute(element, "data-muted", seat.muted);
  setAttribute(element, "data-talking", String(talking));
  setAttribute(element, "data-mine", String(seat.user === room.user));
  const name = seat.user ?? (seat.closed ? "Closed" : asked !== undefined ? asked.user : String(seat.number));
  const line = asked !== undefined && seat.user === undefined ? "asked …" : points > 0 ? (points === 1 ? "1 pt" : `${points} pts`) : "";
  drawChair(element, seat, kind, asked?.user, host);
  setTextIn(element, ".seat-name", name);
  setTextIn(element, ".seat-line", line);
  const words = [`Seat ${seat.number}`, seat.user ?? kind, host && "host", seat.muted !== "no" && "muted", talking && "talking", line].filter(Boolean);
  const button = element.querySelector("button");
  if (button !== null) setAttribute(button, "aria-label", words.join(", "));
}

/** Drawn anew only when something else is to be seen. */
function drawChair(element: HTMLElement, { user, muted }: Seat, kind: string, asked: string | undefined, host: boolean): void {
  const chair = element.querySelector<HTMLElement>(".chair");
  const drawn = JSON.stringify([user, muted, kind, asked, host]);
  if (chair === null || chair.dataset.drawn === drawn) return;
  chair.dataset.drawn = drawn;
  const inside =
    user !== undefined
      ? avatar(user)
      : asked !== undefined && kind === "asked"
        ? avatar(asked)
        : el("span", { class: "no-one" }, icon(kind === "closed" ? "lock" : "plus"));
  const mark = (name: IconName, kind: string) => el("span", { class: `mark ${kind}` }, icon(name));
  chair.replaceChildren(
    el("span", { class: "ring" }),
    inside,
    ...(host ? [mark("crown", "crown")] : []),
    ...(muted !== "no" ? [mark("muted", `by-${muted}`)] : []),
  );
}

function setTextIn(element: HTMLElement, selector: string, text: string): void {
  const inner = element.querySelector<HTMLElement>(selector);
  if (inner !== null) setText(inner, text);
}
