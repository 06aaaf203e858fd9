import { avatar } from "../../shared/avatar.ts";
import { byId, setAttribute, setText } from "../../shared/dom.ts";
import type { Toast } from "../../shared/toast.ts";
import type { Phone } from "../phone.ts";
import { Book } from "./book.ts";
import { RingView } from "./ring-view.ts";
import { Stage } from "./stage.ts";

type Screen = "idle" | "ring" | "talk";

/** The page as it shows a phone: the book, and beside it, or over it on a small screen, the call. */
export class Page {
  readonly #root = byId("phone", HTMLElement);
  readonly #phone: Phone;
  readonly #book: Book;
  readonly #ring: RingView;
  readonly #stage: Stage;
  #screen: Screen = "idle";

  constructor(phone: Phone, toast: Toast, signOut: () => void) {
    this.#phone = phone;
    this.#book = new Book(phone);
    this.#ring = new RingView(phone);
    this.#stage = new Stage(phone);
    this.#root.dataset.device = phone.device;
    byId("me-face", HTMLElement).prepend(avatar(phone.user));
    setText(byId("me-name", HTMLElement), phone.user);
    byId("online", HTMLButtonElement).addEventListener("click", () => phone.setOnline(!phone.network.isOn));
    byId("sign-out", HTMLButtonElement).addEventListener("click", signOut);
    byId("take-over", HTMLButtonElement).addEventListener("click", () => phone.takeOver());
    byId("invite", HTMLButtonElement).addEventListener("click", () => {
      navigator.clipboard.writeText(location.href).then(
        () => toast.say("The link is on the clipboard."),
        () => toast.say(location.href),
      );
    });
  }

  show(): void {
    const { talk } = this.#phone;
    const screen = talk === undefined ? "idle" : talk.call.phase === "active" && !talk.call.rings ? "talk" : "ring";
    setAttribute(this.#root, "data-screen", screen);
    this.#connection();
    this.#elsewhere();
    this.#book.show();
    for (const [id, name] of [
      ["idle", "idle"],
      ["ring", "ring"],
      ["stage", "talk"],
    ] as const) {
      byId(id, HTMLElement).hidden = screen !== name;
    }
    this.#ring.show(screen === "ring" ? talk : undefined);
    this.#stage.show(screen === "talk" ? talk : undefined);
    setText(byId("idle", HTMLElement).querySelector("h1") ?? this.#root, this.#phone.ended === undefined ? "Ready" : "Signed out");
    document.title = this.#title(screen);
    if (screen !== this.#screen) this.#focus(screen);
    this.#screen = screen;
  }

  #title(screen: Screen): string {
    const { talk } = this.#phone;
    if (talk === undefined || screen === "idle") return "Wigwag call";
    const name = talk.others.map(({ user }) => user).join(", ");
    return talk.call.rings ? `☎ ${name}` : `${name} – Wigwag call`;
  }

  /** Where the next key should go, on a screen that has just come. */
  #focus(screen: Screen): void {
    // On a touch screen a field with the focus would call up a keyboard that nobody has asked for.
    if (screen === "idle") byId(matchMedia("(pointer: fine)").matches ? "dial-names" : "home", HTMLElement).focus({ preventScroll: true });
    else if (screen === "talk") byId("hang-up", HTMLElement).focus();
    else byId(this.#phone.talk?.call.rings ? "accept" : "refuse", HTMLElement).focus();
  }

  #connection(): void {
    const { network, state, ended } = this.#phone;
    const shown = !network.isOn ? "off" : state;
    const words = { connecting: "connecting …", connected: "online", reconnecting: "reconnecting …", closed: ended ?? "signed out", off: "offline by choice" };
    setAttribute(this.#root, "data-connection", shown);
    setAttribute(byId("online", HTMLElement), "aria-checked", String(network.isOn));
    setText(byId("connection", HTMLElement), words[shown]);
  }

  #elsewhere(): void {
    const { elsewhere, talk, user } = this.#phone;
    byId("elsewhere", HTMLElement).hidden = elsewhere === undefined || talk !== undefined;
    if (elsewhere === undefined) return;
    const others = elsewhere.members.filter((member) => member.user !== user).map((member) => member.user);
    setText(byId("elsewhere-words", HTMLElement), `In a call with ${others.join(", ")} on another device.`);
  }
}
