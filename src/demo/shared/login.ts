import { byId, setText } from "./dom.ts";
import { wordsOf } from "./words.ts";

const NAME_KEY = "wigwag-demo:name";
const DEFAULT_ROOM = "lobby";
/** The service's bound for names. */
const NAME_BYTES_MAX = 64;

/** Asks who one is. The name is kept per tab, so two windows are two people and a reload is the same one. */
export class Login {
  readonly #form = byId("login-form", HTMLFormElement);
  readonly #name = byId("login-name", HTMLInputElement);
  readonly #room = byId("login-room", HTMLInputElement);
  readonly #button = byId("login-button", HTMLButtonElement);
  readonly #invitation = this.#button.textContent;
  readonly #enter: (user: string, room: string) => Promise<void>;
  readonly #problemWith: (name: string) => string | undefined;

  /** `problemWith` says what else a page does not take for a name. */
  constructor(enter: (user: string, room: string) => Promise<void>, problemWith: (name: string) => string | undefined = () => undefined) {
    this.#enter = enter;
    this.#problemWith = problemWith;
    this.#room.value = new URLSearchParams(location.search).get("room") ?? "";
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
    const room = this.#room.value.trim().replace(/^#/, "") || DEFAULT_ROOM;
    const error = byId("login-error", HTMLElement);
    const problem = problemOf(user, "Your name") ?? problemOf(room, "The room's name") ?? this.#problemWith(user) ?? this.#problemWith(room);
    setText(error, problem ?? "");
    if (problem !== undefined) return;
    this.#busy(true);
    try {
      await this.#enter(user, room);
      sessionStorage.setItem(NAME_KEY, user);
      history.replaceState(null, "", `?${new URLSearchParams({ room })}`);
    } catch (thrown) {
      setText(error, wordsOf(thrown));
    } finally {
      this.#busy(false);
    }
  }

  #busy(busy: boolean): void {
    this.#button.disabled = busy;
    setText(this.#button, busy ? "Connecting …" : this.#invitation);
  }
}

function problemOf(name: string, what: string): string | undefined {
  if (name === "") return `${what} is missing.`;
  return new TextEncoder().encode(name).byteLength > NAME_BYTES_MAX ? `${what} is too long.` : undefined;
}
