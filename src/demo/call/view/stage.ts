import { byId, setAttribute, setText } from "../../shared/dom.ts";
import type { Phone } from "../phone.ts";
import type { Talk } from "../talk.ts";
import { duration, listOf } from "../words.ts";
import { Tiles } from "./tiles.ts";

const TICK_MS = 500;

/** A call that goes on: the others' pictures, one's own, and what can be switched. */
export class Stage {
  readonly #root = byId("stage", HTMLElement);
  readonly #self = byId("self", HTMLVideoElement);
  readonly #tiles = new Tiles((talk) => this.#firstFrame(talk));
  readonly #phone: Phone;
  #talk: Talk | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(phone: Phone) {
    this.#phone = phone;
    byId("hang-up", HTMLButtonElement).addEventListener("click", () => phone.hangUp());
    byId("microphone", HTMLButtonElement).addEventListener("click", () => phone.talk?.set({ microphone: !phone.talk.sending.microphone }));
    byId("camera", HTMLButtonElement).addEventListener("click", () => phone.talk?.set({ camera: !phone.talk.sending.camera }));
    this.#addForm();
  }

  show(talk: Talk | undefined): void {
    if (talk !== this.#talk) this.#change(talk);
    const stream = talk?.local?.stream ?? null;
    if (this.#self.srcObject !== stream) this.#self.srcObject = stream;
    this.#tiles.show(talk);
    if (talk === undefined) return;
    const { microphone, camera } = talk.sending;
    setText(byId("stage-name", HTMLElement), listOf(talk.others.map(({ user }) => user)));
    this.#press("microphone", microphone, "Mute microphone", "Unmute microphone");
    this.#press("camera", camera, "Switch camera off", "Switch camera on");
    setAttribute(byId("self-frame", HTMLElement), "data-camera", String(camera && (talk.local?.stream.getVideoTracks().length ?? 0) > 0));
    this.#state(talk);
  }

  #change(talk: Talk | undefined): void {
    this.#talk = talk;
    clearInterval(this.#timer);
    delete this.#root.dataset.firstFrameMs;
    byId("add-form", HTMLFormElement).hidden = true;
    if (talk === undefined) return;
    const tick = () => setText(byId("timer", HTMLElement), duration(Date.now() - (talk.activeAt ?? Date.now())));
    tick();
    this.#timer = setInterval(tick, TICK_MS);
  }

  /** What is amiss, if anything is. */
  #state(talk: Talk): void {
    const chip = byId("stage-state", HTMLElement);
    const words = this.#phone.state === "connected" ? talk.local?.problem : "No connection to the service; the call goes on";
    chip.hidden = words === undefined;
    setText(chip, words ?? "");
  }

  #press(id: string, on: boolean, whenOn: string, whenOff: string): void {
    const button = byId(id, HTMLButtonElement);
    setAttribute(button, "aria-pressed", String(!on));
    setAttribute(button, "title", on ? whenOn : whenOff);
    const label = button.querySelector<HTMLElement>(".unseen");
    if (label !== null) setText(label, on ? whenOn : whenOff);
  }

  #addForm(): void {
    const form = byId("add-form", HTMLFormElement);
    const name = byId("add-name", HTMLInputElement);
    byId("add", HTMLButtonElement).addEventListener("click", () => {
      form.hidden = !form.hidden;
      if (!form.hidden) name.focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (name.value.trim() !== "") this.#phone.add(name.value.trim());
      name.value = "";
      form.hidden = true;
    });
  }

  /** From placing, or answering, the call to seeing somebody. */
  #firstFrame(talk: Talk): void {
    if (talk === this.#talk) this.#root.dataset.firstFrameMs ??= String(Math.round(performance.now() - talk.beganAt));
  }
}
