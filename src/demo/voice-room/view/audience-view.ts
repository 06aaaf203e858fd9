import { avatar } from "../../shared/avatar.ts";
import { el, setAttribute, showList } from "../../shared/dom.ts";
import { icon } from "../../shared/icons.ts";
import type { VoiceRoom } from "../room.ts";
import { seatOf } from "../seats.ts";

/** Faces that are drawn; the list of members has the rest. */
const FACES_MAX = 60;

/** Who is here without a seat: who has a hand up first, in the order in which they raised it. */
export function listenersOf({ people, state }: VoiceRoom): string[] {
  const hands = people.hands.filter((name) => seatOf(state, name) === undefined);
  const others = [...people.members].filter((name) => seatOf(state, name) === undefined && !hands.includes(name));
  return [...hands, ...others.sort((a, b) => a.localeCompare(b))];
}

export function showAudience(list: HTMLElement, room: VoiceRoom, choose: (name: string) => void): void {
  const hands = new Set(room.people.hands);
  showList(
    list,
    listenersOf(room).slice(0, FACES_MAX),
    (name) => name,
    (name) => {
      const button = el(
        "button",
        { type: "button", class: "listener" },
        el("span", { class: "face" }, avatar(name), el("span", { class: "mark hand" }, icon("hand"))),
        el("span", { class: "listener-name", dir: "auto", text: name === room.user ? "You" : name }),
      );
      button.addEventListener("click", () => choose(name));
      return el("li", { "data-person": name }, button);
    },
    (element, name) => {
      setAttribute(element, "data-hand", String(hands.has(name)));
      const button = element.querySelector("button");
      if (button !== null) setAttribute(button, "aria-label", hands.has(name) ? `${name}, hand raised` : name);
    },
  );
}
