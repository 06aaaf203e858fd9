import { byId, setAttribute } from "../../shared/dom.ts";
import { wordsOf } from "../../shared/words.ts";
import type { Chat } from "../chat.ts";
import type { Conversation } from "../conversation.ts";
import { ACCEPTED } from "../image-wire.ts";

/** Where one writes: Enter sends, Shift+Enter makes a line; pictures by button, paste or drop. */
export class Composer {
  readonly #form = byId("composer", HTMLFormElement);
  readonly #input = byId("words", HTMLTextAreaElement);
  readonly #file = byId("picture", HTMLInputElement);
  readonly #chat: Chat;
  readonly #told: (text: string) => void;
  #conversation: Conversation | undefined;

  constructor(chat: Chat, drop: HTMLElement, told: (text: string) => void) {
    this.#chat = chat;
    this.#told = told;
    this.#file.accept = ACCEPTED;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => {
      this.#fit();
      if (this.#conversation !== undefined && this.#input.value !== "") chat.typing(this.#conversation);
    });
    byId("attach", HTMLButtonElement).addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      this.#pictures(this.#file.files);
      this.#file.value = "";
    });
    this.#input.addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length) this.#pictures(event.clipboardData.files);
    });
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#pictures(event.dataTransfer?.files);
    });
  }

  show(conversation: Conversation): void {
    const to = conversation.kind === "room" ? `#${conversation.name}` : conversation.name;
    setAttribute(this.#input, "placeholder", `Message ${to}`);
    setAttribute(this.#input, "aria-label", `Message ${to}`);
    if (conversation === this.#conversation) return;
    if (this.#conversation !== undefined) this.#conversation.draft = this.#input.value;
    this.#conversation = conversation;
    this.#input.value = conversation.draft;
    this.#fit();
  }

  focus(): void {
    this.#input.focus();
  }

  #submit(): void {
    const text = this.#input.value.trim();
    if (text === "" || this.#conversation === undefined) return;
    this.#input.value = "";
    this.#fit();
    this.#chat.say(this.#conversation, text);
    this.#input.focus();
  }

  #pictures(files: FileList | null | undefined): void {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    for (const file of files ?? []) this.#chat.showPicture(conversation, file).catch((error: unknown) => this.#told(wordsOf(error)));
  }

  /** As high as what was written, within bounds that the style sheet sets. */
  #fit(): void {
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }
}
