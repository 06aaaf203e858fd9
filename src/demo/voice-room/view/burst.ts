import { el } from "../../shared/dom.ts";
import { icon } from "../../shared/icons.ts";
import { EVERYBODY, type Given } from "../gifts.ts";

/** In the air at once: a storm of applause is a picture, not a load. */
const FLYING_MAX = 24;
const SHOWN_MAX = 6;

/** Gifts that rise from who got them; applause rises from the whole stage. */
export class Burst {
  readonly #sky: HTMLElement;
  readonly #seats: HTMLElement;

  constructor(sky: HTMLElement, seats: HTMLElement) {
    this.#sky = sky;
    this.#seats = seats;
    sky.addEventListener("animationend", ({ target }) => target instanceof HTMLElement && target.remove());
  }

  show({ to, gift }: Given, more: number): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const sky = this.#sky.getBoundingClientRect();
    const seat = to === EVERYBODY ? undefined : this.#seatOf(to)?.getBoundingClientRect();
    for (let n = 0; n < Math.min(more, SHOWN_MAX) && this.#sky.childElementCount < FLYING_MAX; n++) {
      const spread = Math.random() - 0.5;
      const x = seat === undefined ? sky.width * (0.5 + spread * 0.8) : seat.left - sky.left + seat.width / 2 + spread * 30;
      const y = seat === undefined ? sky.height - 20 : seat.top - sky.top + seat.height / 3;
      const flying = el("span", { class: `flying ${gift}` }, icon(gift));
      flying.style.left = `${Math.round(x)}px`;
      flying.style.top = `${Math.round(y)}px`;
      flying.style.animationDelay = `${n * 90}ms`;
      this.#sky.append(flying);
    }
  }

  #seatOf(user: string): HTMLElement | undefined {
    return [...this.#seats.children].filter((seat) => seat instanceof HTMLElement).find(({ dataset }) => dataset.user === user);
  }
}
