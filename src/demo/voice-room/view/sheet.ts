import { byId, el, setText } from "../../shared/dom.ts";
import { type IconName, icon } from "../../shared/icons.ts";

export interface Action {
  readonly label: string;
  readonly icon: IconName;
  readonly detail?: string;
  readonly run: () => void;
}

/** What one can do about something: from below on a phone, in the middle elsewhere. */
export class Sheet {
  readonly #dialog = byId("sheet", HTMLDialogElement);
  readonly #body = byId("sheet-body", HTMLElement);

  constructor() {
    byId("sheet-close", HTMLButtonElement).addEventListener("click", () => this.close());
    // A click beside it lands on the dialog itself.
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.close());
  }

  open(title: string, ...content: HTMLElement[]): void {
    setText(byId("sheet-title", HTMLElement), title);
    this.#body.replaceChildren(...content);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#body.querySelector<HTMLElement>("input, button")?.focus();
  }

  close(): void {
    this.#dialog.close();
  }

  actions(title: string, actions: readonly Action[], ...before: HTMLElement[]): void {
    this.open(title, ...before, this.#list(actions));
  }

  #list(actions: readonly Action[]): HTMLElement {
    const rows = actions.map((action) => {
      const words = el("span", { class: "row-words" }, el("span", { dir: "auto", text: action.label }));
      if (action.detail !== undefined) words.append(el("span", { class: "detail", text: action.detail }));
      const button = el("button", { type: "button", class: "action", "aria-label": action.label, "aria-description": action.detail }, icon(action.icon), words);
      button.addEventListener("click", () => {
        this.close();
        action.run();
      });
      return el("li", {}, button);
    });
    return el("ul", { class: "actions" }, ...rows);
  }
}
