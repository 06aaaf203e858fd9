import { byId, setText } from "./dom.ts";
import { wordsOf } from "./words.ts";

/** A line that turns into a field when it is clicked: the topic of the room, one's own status. */
export class LineEditor {
  readonly #button: HTMLButtonElement;
  readonly #input: HTMLInputElement;
  readonly #empty: string;
  #value = "";

  constructor(id: string, empty: string, save: (value: string) => Promise<void>, told: (text: string) => void) {
    this.#button = byId(id, HTMLButtonElement);
    this.#input = byId(`${id}-input`, HTMLInputElement);
    this.#empty = empty;
    this.#button.addEventListener("click", () => this.#edit());
    const done = (keep: boolean) => {
      if (this.#input.hidden) return;
      const value = this.#input.value.trim();
      this.#input.hidden = true;
      this.#button.hidden = false;
      if (keep && value !== this.#value) save(value).catch((error: unknown) => told(wordsOf(error)));
    };
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      done(event.key === "Enter");
      this.#button.focus();
    });
    this.#input.addEventListener("blur", () => done(true));
  }

  show(value: string, visible = true): void {
    this.#value = value;
    setText(this.#button, value || this.#empty);
    this.#button.classList.toggle("empty", value === "");
    if (!visible) this.#input.hidden = true;
    this.#button.hidden = !visible || !this.#input.hidden;
  }

  #edit(): void {
    this.#input.value = this.#value;
    this.#button.hidden = true;
    this.#input.hidden = false;
    this.#input.select();
  }
}
