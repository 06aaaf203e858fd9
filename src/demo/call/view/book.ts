import { avatar } from "../../shared/avatar.ts";
import { byId, el, setAttribute, setText, showList } from "../../shared/dom.ts";
import type { Phone } from "../phone.ts";
import type { Entry } from "../phone-book.ts";

/** Whom one can call: by a name that is typed, or from the list. */
export class Book {
  readonly #phone: Phone;
  readonly #list = byId("book", HTMLUListElement);

  constructor(phone: Phone) {
    this.#phone = phone;
    const names = byId("dial-names", HTMLInputElement);
    byId("dial", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const given = names.value
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
      if (given.length === 0) return names.focus();
      names.value = "";
      phone.call(given);
    });
  }

  show(): void {
    showList(
      this.#list,
      this.#phone.book.entries,
      ({ name }) => name,
      ({ name }) => this.#row(name),
      (element, entry) => this.#update(element, entry),
    );
  }

  #row(name: string): HTMLElement {
    const button = el(
      "button",
      { type: "button", class: "row", "aria-label": `Call ${name}` },
      el("span", { class: "face" }, avatar(name), el("span", { class: "dot" })),
      el("span", { class: "row-words" }, el("span", { class: "row-name", dir: "auto", text: name }), el("span", { class: "row-line" })),
      el("span", { class: "row-call", "aria-hidden": "true", text: "Call" }),
    );
    button.addEventListener("click", () => this.#phone.call([name]));
    return el("li", { "data-person": name }, button);
  }

  #update(element: HTMLElement, entry: Entry): void {
    setAttribute(element, "data-presence", entry.state ?? "OFFLINE");
    setAttribute(element, "data-last", entry.last?.kind);
    const line = element.querySelector<HTMLElement>(".row-line");
    if (line !== null) setText(line, lineOf(entry));
  }
}

const STATES = { ONLINE: "online", UNREACHABLE: "connection lost", OFFLINE: "offline" } as const;
const KINDS = { out: "you called", in: "called you", missed: "missed call" } as const;

function lineOf({ state, last }: Entry): string {
  const there = STATES[state ?? "OFFLINE"];
  if (last === undefined) return there;
  const time = new Date(last.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `${there} · ${KINDS[last.kind]} ${time}`;
}
