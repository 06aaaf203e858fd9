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
      this.#call(given);
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
      { type: "button", class: "row" },
      el("span", { class: "face" }, avatar(name), el("span", { class: "dot" })),
      el("span", { class: "row-words" }, el("span", { class: "row-name", dir: "auto", text: name }), el("span", { class: "row-line" })),
      el("span", { class: "row-call", "aria-hidden": "true" }),
    );
    button.addEventListener("click", () => this.#call([name]));
    return el("li", { "data-person": name }, button);
  }

  /** In a call one adds people to it. */
  #call(names: readonly string[]): void {
    if (this.#phone.talk?.call.phase === "active") for (const name of names) this.#phone.add(name);
    else this.#phone.call(names);
  }

  #update(element: HTMLElement, entry: Entry): void {
    const { talk } = this.#phone;
    const member = talk?.others.find(({ user }) => user === entry.name)?.state;
    const inCall = member === "joined" || member === "calling" || member === "ringing";
    const verb = inCall ? "In call" : talk?.call.phase === "active" ? "Add" : "Call";
    const state = entry.state ?? "OFFLINE";
    setAttribute(element, "data-presence", state);
    setAttribute(element, "data-last", entry.last?.kind);
    const button = element.querySelector("button");
    if (button === null) return;
    button.disabled = inCall;
    setAttribute(button, "aria-label", `${verb}: ${entry.name}, ${STATES[state]}`);
    for (const [part, text] of [
      [".row-line", lineOf(entry)],
      [".row-call", verb],
    ] as const) {
      const line = element.querySelector<HTMLElement>(part);
      if (line !== null) setText(line, text);
    }
  }
}

const STATES = { ONLINE: "online", UNREACHABLE: "connection lost", OFFLINE: "offline" } as const;
const KINDS = { out: "You called", in: "Called you", missed: "Missed call" } as const;

function lineOf({ state, last }: Entry): string {
  if (last === undefined) return STATES[state ?? "OFFLINE"];
  const time = new Date(last.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `${KINDS[last.kind]} · ${time}`;
}
