const SHOWN_MS = 6_000;

/** Something said once, in passing. */
export class Toast {
  readonly #element: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  say(text: string): void {
    clearTimeout(this.#timer);
    this.#element.textContent = text;
    this.#element.dataset.shown = "true";
    this.#timer = setTimeout(() => {
      this.#element.dataset.shown = "false";
    }, SHOWN_MS);
  }
}
