import { avatar } from "../../shared/avatar.ts";
import { byId, setAttribute, setText } from "../../shared/dom.ts";
import { LineEditor } from "../../shared/line-editor.ts";
import type { Toast } from "../../shared/toast.ts";
import type { Chat } from "../chat.ts";
import type { Conversation } from "../conversation.ts";
import { Composer } from "./composer.ts";
import { showPeople, updateBadge, WORDS } from "./people-list.ts";
import { Timeline } from "./timeline.ts";

/** The page of somebody who is logged in. Whatever changes, `show` makes it visible; it touches only what differs. */
export class Page {
  readonly #chat: Chat;
  readonly #root = byId("chat", HTMLElement);
  readonly #timeline: Timeline;
  readonly #composer: Composer;
  readonly #topic: LineEditor;
  readonly #status: LineEditor;
  readonly #toast: Toast;

  constructor(chat: Chat, toast: Toast, leave: () => void) {
    this.#chat = chat;
    this.#toast = toast;
    const told = (text: string) => toast.say(text);
    this.#timeline = new Timeline(byId("timeline", HTMLOListElement), byId("scroller", HTMLElement), byId("to-end", HTMLButtonElement), {
      retry: (entry) => chat.retry(chat.current, entry),
    });
    this.#composer = new Composer(chat, byId("talk", HTMLElement), told);
    this.#topic = new LineEditor("topic", "Set a topic", (topic) => chat.setTopic(topic), told);
    this.#status = new LineEditor("status", "Set a status", (status) => chat.setStatus(status), told);
    byId("room", HTMLButtonElement).addEventListener("click", () => this.#open(chat.room));
    byId("back", HTMLButtonElement).addEventListener("click", () => this.#look("list"));
    byId("online", HTMLButtonElement).addEventListener("click", () => chat.setOnline(!chat.network.isOn));
    byId("leave", HTMLButtonElement).addEventListener("click", leave);
    byId("again", HTMLButtonElement).addEventListener("click", () => location.reload());
    byId("invite", HTMLButtonElement).addEventListener("click", () => void this.#invite());
    byId("find", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#find();
    });
    byId("me-face", HTMLElement).prepend(avatar(chat.user));
    setText(byId("me-name", HTMLElement), chat.user);
    setText(byId("room-name", HTMLElement), chat.room.name);
    document.addEventListener("visibilitychange", () => chat.read());
    this.#root.dataset.device = chat.device;
    this.#look("talk");
    this.#composer.focus();
  }

  show(): void {
    const chat = this.#chat;
    const { current, people } = chat;
    showPeople(byId("people", HTMLElement), chat, (name) => this.#open(chat.talkWith(name)));
    const room = byId("room", HTMLButtonElement);
    setAttribute(room, "aria-current", current === chat.room ? "true" : undefined);
    updateBadge(room, chat.room);
    const members = people.list().filter(({ inRoom }) => inRoom).length + 1;
    setText(byId("room-line", HTMLElement), `${members} ${members === 1 ? "member" : "members"}`);
    this.#status.show(people.get(chat.user)?.status ?? "");
    this.#showConnection();
    this.#showHeader(current);
    this.#composer.show(current);
    this.#timeline.show(current);
    const unread = chat.conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
    document.title = unread > 0 ? `(${unread}) Wigwag chat` : "Wigwag chat";
  }

  #showHeader(current: Conversation): void {
    const person = current.kind === "peer" ? this.#chat.people.get(current.name) : undefined;
    const isRoom = current.kind === "room";
    setText(byId("title", HTMLElement), isRoom ? `#${current.name}` : current.name);
    this.#topic.show(this.#chat.topic, isRoom);
    const line = byId("subtitle", HTMLElement);
    const typing = current.typingUntil > Date.now();
    const state = person?.state === undefined ? "" : WORDS[person.state];
    line.hidden = isRoom;
    setText(line, typing ? "writing …" : [state, person?.status].filter(Boolean).join(" · "));
    line.classList.toggle("typing", typing);
  }

  #showConnection(): void {
    const chat = this.#chat;
    const on = chat.network.isOn;
    const state = chat.ended !== undefined ? "ended" : !on ? "off" : chat.connected ? "connected" : "reconnecting";
    this.#root.dataset.connection = state;
    const toggle = byId("online", HTMLButtonElement);
    setAttribute(toggle, "aria-checked", String(on));
    setText(byId("connection", HTMLElement), { ended: "Signed out", off: "Offline", connected: "Connected", reconnecting: "Reconnecting …" }[state]);
    const banner = byId("banner", HTMLElement);
    banner.hidden = state === "connected";
    setText(byId("banner-text", HTMLElement), bannerOf(state, chat.ended));
    byId("again", HTMLButtonElement).hidden = state !== "ended";
  }

  #open(conversation: Conversation): void {
    this.#chat.open(conversation);
    this.#look("talk");
    this.#composer.focus();
  }

  /** On a phone one sees the list or the talk. */
  #look(at: "list" | "talk"): void {
    this.#root.dataset.view = at;
    if (at === "list") byId("room", HTMLButtonElement).focus();
  }

  #find(): void {
    const input = byId("find-name", HTMLInputElement);
    const name = input.value.trim();
    if (name === "") return;
    if (name === this.#chat.user) return this.#toast.say("That is you. Open a second window to be somebody else.");
    input.value = "";
    this.#open(this.#chat.talkWith(name));
  }

  async #invite(): Promise<void> {
    const link = new URL(location.href);
    link.search = new URLSearchParams({ room: this.#chat.room.name }).toString();
    try {
      await navigator.clipboard.writeText(link.href);
      this.#toast.say("The invitation is in your clipboard. Send it to somebody.");
    } catch {
      this.#toast.say(link.href);
    }
  }
}

function bannerOf(state: "ended" | "off" | "connected" | "reconnecting", ended: string | undefined): string {
  switch (state) {
    case "ended":
      return `This window is signed out: ${ended}.`;
    case "off":
      return "You are offline. What you write is sent when you come back.";
    case "reconnecting":
      return "The connection is lost and being made again. What you write is sent then.";
    case "connected":
      return "";
  }
}
