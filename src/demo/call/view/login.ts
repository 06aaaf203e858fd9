import { byId, setText } from "../../shared/dom.ts";
import { wordsOf } from "../words.ts";

const NAME_KEY = "wigwag-call:name";
/** The service's bound for names. */
const NAME_BYTES_MAX = 64;

/** Asks who one is. The name is kept per tab, so two windows are two people and a reload is the same one. */
export class Login {
  readonly #form = byId("login-form", HTMLFormElement);
  readonly #name = byId("login-name", HTMLInputElement);
  readonly #enter: (user: string) => Promise<void>;

  constructor(enter: (user: string) => Promise<void>) {
    this.#enter = enter;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    const name = sessionStorage.getItem(NAME_KEY);
    this.#name.value = name ?? "";
    if (name === null) this.#name.focus();
    else void this.#submit();
  }

  forget(): void {
    sessionStorage.removeItem(NAME_KEY);
  }

  async #submit(): Promise<void> {
    const user = this.#name.value.trim();
    const error = byId("login-error", HTMLElement);
    const problem = problemOf(user);
    setText(error, problem ?? "");
    if (problem !== undefined) return;
    this.#busy(true);
    try {
      await this.#enter(user);
      sessionStorage.setItem(NAME_KEY, user);
    } catch (thrown) {
      setText(error, wordsOf(thrown));
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    const button = byId("login-button", HTMLButtonElement);
    button.disabled = busy;
    setText(button, busy ? "Connecting …" : "Sign in");
  }
}

function problemOf(name: string): string | undefined {
  if (name === "") return "Your name is missing.";
  if (name.includes(",")) return "Names have no commas here: they stand between names.";
  return new TextEncoder().encode(name).byteLength > NAME_BYTES_MAX ? "Your name is too long." : undefined;
}
