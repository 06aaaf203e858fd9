import { byId, el, setAttribute, setText } from "../../shared/dom.ts";
import { type IconName, icon } from "../../shared/icons.ts";
import { LineEditor } from "../../shared/line-editor.ts";
import type { Toast } from "../../shared/toast.ts";
import type { VoiceRoom } from "../room.ts";
import { showAudience } from "./audience-view.ts";
import { showFeed } from "./feed-view.ts";
import { Menus } from "./menus.ts";
import { showSeats } from "./seats-view.ts";
import { Sheet } from "./sheet.ts";

/** The page of somebody who is in the room. Whatever changes, `show` makes it visible; it touches only what differs. */
export class Page {
  readonly #room: VoiceRoom;
  readonly #toast: Toast;
  readonly #sheet = new Sheet();
  readonly #menus: Menus;
  readonly #topic: LineEditor;
  readonly #root = byId("room", HTMLElement);
  readonly #mute = byId("mute", HTMLButtonElement);
  readonly #hold = byId("hold", HTMLButtonElement);
  readonly #microphone = byId("microphone", HTMLButtonElement);
  readonly #hand = byId("hand", HTMLButtonElement);

  constructor(room: VoiceRoom, toast: Toast, leave: () => void) {
    this.#room = room;
    this.#toast = toast;
    this.#menus = new Menus(room, this.#sheet);
    this.#topic = new LineEditor(
      "topic",
      "Set a topic",
      (topic) => room.stage.setTopic(topic),
      (text) => toast.say(text),
    );
    setText(byId("room-name", HTMLElement), room.name);
    this.#clicks("members", () => this.#menus.members());
    this.#clicks("online", () => room.setOnline(!room.network.isOn));
    this.#clicks("invite", () => void this.#invite());
    this.#clicks("leave", leave);
    this.#clicks("again", () => location.reload());
    this.#clicks("mute", () => this.#toggleMute());
    this.#clicks("microphone", () => void room.useMicrophone(room.microphone === undefined));
    this.#clicks("hand", () => room.raiseHand(!room.handUp));
    this.#clicks("applaud", () => room.applaud());
    this.#clicks("gift", () => this.#menus.gifts());
    this.#clicks("ringing-yes", () => room.invitations.accept());
    this.#clicks("ringing-no", () => room.invitations.refuse());
    draw(byId("applaud", HTMLButtonElement), "applause", "Applaud");
    draw(byId("gift", HTMLButtonElement), "gift", "Give something");
    byId("members", HTMLButtonElement).prepend(icon("people"));
    byId("invite", HTMLButtonElement).prepend(icon("invite"));
    byId("leave", HTMLButtonElement).prepend(icon("away"));
    byId("claps", HTMLElement).prepend(icon("applause"));
    this.#listenToHold();
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
  }

  show(): void {
    const room = this.#room;
    showSeats(byId("seats", HTMLElement), room, (number) => this.#menus.seat(number));
    showAudience(byId("audience", HTMLElement), room, (name) => this.#menus.person(name));
    showFeed(byId("feed", HTMLElement), byId("scroller", HTMLElement), room);
    setText(byId("count", HTMLElement), String(room.count));
    setAttribute(byId("members", HTMLButtonElement), "aria-label", `${room.count} ${room.count === 1 ? "member" : "members"}`);
    setText(byId("applause-count", HTMLElement), String(room.tally.applause));
    this.#showTopic();
    this.#showDock();
    this.#showRinging();
    this.#showConnection();
  }

  /** The host's to write, everybody's to read. */
  #showTopic(): void {
    const { topic } = this.#room.state;
    this.#topic.show(topic, this.#room.isHost);
    const words = byId("topic-words", HTMLElement);
    words.hidden = this.#room.isHost;
    setText(words, topic || "No topic yet");
  }

  #showDock(): void {
    const room = this.#room;
    const { seat } = room;
    const quiet = seat !== undefined && seat.muted !== "no";
    this.#mute.hidden = seat === undefined;
    this.#hold.hidden = seat === undefined;
    this.#microphone.hidden = seat === undefined;
    this.#hand.hidden = seat !== undefined;
    const byHost = seat?.muted === "host" && !room.isHost;
    draw(this.#mute, quiet ? "muted" : "microphone", byHost ? "The host has muted you" : quiet ? "Unmute" : "Mute");
    setAttribute(this.#mute, "aria-pressed", String(quiet));
    this.#mute.disabled = byHost;
    this.#hold.disabled = quiet;
    setAttribute(this.#hold, "aria-pressed", String(seat !== undefined && room.isTalking(seat)));
    const listens = room.microphone !== undefined;
    setText(this.#hold, quiet ? "Muted" : listens ? "Microphone is on" : "Hold to talk");
    draw(this.#microphone, "wave", listens ? "Talk by the button" : "Talk by the microphone");
    setAttribute(this.#microphone, "aria-pressed", String(listens));
    draw(this.#hand, "hand", room.handUp ? "Lower your hand" : "Raise your hand");
    setAttribute(this.#hand, "aria-pressed", String(room.handUp));
  }

  #showRinging(): void {
    const { ringing } = this.#room.invitations;
    const card = byId("ringing", HTMLElement);
    const shown = !card.hidden;
    // Beside an open menu nothing can be pressed.
    if (!shown && ringing !== undefined) this.#sheet.close();
    card.hidden = ringing === undefined;
    if (ringing !== undefined) setText(byId("ringing-words", HTMLElement), `${ringing.from} invites you to seat ${ringing.seat}.`);
    if (!shown && ringing !== undefined) byId("ringing-yes", HTMLButtonElement).focus();
    if (shown && ringing === undefined) byId("words", HTMLInputElement).focus({ preventScroll: true });
  }

  #showConnection(): void {
    const { network, connected, ended } = this.#room;
    const state = ended !== undefined ? "ended" : !network.isOn ? "off" : connected ? "connected" : "reconnecting";
    this.#root.dataset.connection = state;
    setAttribute(byId("online", HTMLButtonElement), "aria-checked", String(network.isOn));
    setText(byId("connection", HTMLElement), { ended: "Signed out", off: "Offline", connected: "Online", reconnecting: "Reconnecting …" }[state]);
    byId("banner", HTMLElement).hidden = state === "connected";
    setText(byId("banner-text", HTMLElement), bannerOf(state, ended));
    byId("again", HTMLButtonElement).hidden = state !== "ended";
    byId("floor", HTMLElement).inert = state === "ended";
  }

  #clicks(id: string, run: () => void): void {
    byId(id, HTMLButtonElement).addEventListener("click", run);
  }

  /** Pressed with a finger, the mouse or the space bar; let go anywhere. */
  #listenToHold(): void {
    const talk = (talking: boolean) => this.#room.microphone === undefined && this.#room.setTalking(talking);
    this.#hold.addEventListener("pointerdown", (event) => {
      this.#hold.setPointerCapture(event.pointerId);
      talk(true);
    });
    for (const end of ["pointerup", "pointercancel", "blur"]) this.#hold.addEventListener(end, () => talk(false));
    this.#hold.addEventListener("contextmenu", (event) => event.preventDefault());
    this.#hold.addEventListener("keydown", ({ key, repeat }) => (key === " " || key === "Enter") && !repeat && talk(true));
    this.#hold.addEventListener("keyup", ({ key }) => (key === " " || key === "Enter") && talk(false));
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && talk(false));
  }

  #toggleMute(): void {
    const { seat } = this.#room;
    if (seat !== undefined) void this.#room.do(() => this.#room.stage.mute(seat.number, seat.muted === "no"));
  }

  #say(): void {
    const input = byId("words", HTMLInputElement);
    const text = input.value.trim();
    if (text === "") return;
    input.value = "";
    this.#room.say(text);
  }

  async #invite(): Promise<void> {
    const link = new URL(location.href);
    link.search = new URLSearchParams({ room: this.#room.name }).toString();
    try {
      await navigator.clipboard.writeText(link.href);
      this.#toast.say("The address of this room is in your clipboard. Send it to somebody.");
    } catch {
      this.#toast.say(link.href);
    }
  }
}

/** A round button: a picture, and what it does as its name. */
function draw(button: HTMLButtonElement, name: IconName, label: string): void {
  if (button.dataset.icon !== name) {
    button.dataset.icon = name;
    button.replaceChildren(icon(name), el("span", { class: "unseen" }));
  }
  setAttribute(button, "aria-label", label);
  setAttribute(button, "title", label);
}

function bannerOf(state: "ended" | "off" | "connected" | "reconnecting", ended: string | undefined): string {
  switch (state) {
    case "ended":
      return `This window is signed out: ${ended}.`;
    case "off":
      return "You are offline. The others keep your seat for half a minute.";
    case "reconnecting":
      return "The connection is lost and being made again.";
    case "connected":
      return "";
  }
}
