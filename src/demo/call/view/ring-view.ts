import { avatar } from "../../shared/avatar.ts";
import { byId, setText } from "../../shared/dom.ts";
import type { Phone } from "../phone.ts";
import type { Talk } from "../talk.ts";
import { listOf, ringWords } from "../words.ts";

/** A call that nobody has answered yet: who it is, in waves instead of a sound, and what can be done. */
export class RingView {
  readonly #root = byId("ring", HTMLElement);
  readonly #self = byId("ring-self", HTMLVideoElement);
  #shown: Talk | undefined;

  constructor(phone: Phone) {
    byId("accept", HTMLButtonElement).addEventListener("click", () => phone.accept());
    byId("refuse", HTMLButtonElement).addEventListener("click", () => phone.hangUp());
  }

  show(talk: Talk | undefined): void {
    const stream = talk?.local?.stream ?? null;
    if (this.#self.srcObject !== stream) this.#self.srcObject = stream;
    if (talk === undefined) {
      this.#shown = undefined;
      return;
    }
    const { call } = talk;
    const incoming = call.direction === "incoming";
    const others = talk.others.map(({ user }) => user);
    const name = incoming ? call.from : listOf(others);
    if (this.#shown !== talk) byId("ring-avatar", HTMLElement).replaceChildren(avatar(incoming ? call.from : (others[0] ?? "")));
    this.#shown = talk;
    this.#root.dataset.direction = call.direction;
    setText(byId("ring-name", HTMLElement), name);
    setText(byId("ring-words", HTMLElement), incoming && !call.rings ? "Connecting …" : ringWords(call));
    for (const id of ["refuse-label", "refuse-words"]) setText(byId(id, HTMLElement), incoming ? "Decline" : "Cancel");
    byId("accept-part", HTMLElement).hidden = !call.rings;
  }
}
