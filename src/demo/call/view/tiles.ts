import { avatar } from "../../shared/avatar.ts";
import { byId, el, setAttribute, setText, showList } from "../../shared/dom.ts";
import type { Talk } from "../talk.ts";

interface Tile {
  readonly user: string;
  readonly state: string;
}

/** Members who may still be seen, or are called. */
const SHOWN = new Set(["joined", "calling", "ringing"]);

/** The others in the call, each with picture, or face and what one waits for. */
export class Tiles {
  readonly #list = byId("tiles", HTMLUListElement);
  readonly #firstFrame: (talk: Talk) => void;

  constructor(firstFrame: (talk: Talk) => void) {
    this.#firstFrame = firstFrame;
  }

  show(talk: Talk | undefined): void {
    const tiles = (talk?.others ?? []).filter(({ state }) => SHOWN.has(state));
    setAttribute(this.#list, "data-count", String(tiles.length));
    showList<Tile>(
      this.#list,
      tiles,
      ({ user }) => user,
      ({ user }) => this.#create(user, talk),
      (element, tile) => this.#update(element, tile, talk),
    );
  }

  #create(user: string, talk: Talk | undefined): HTMLElement {
    const video = el("video", { autoplay: "", playsinline: "", "aria-label": `Picture of ${user}` });
    if (talk !== undefined) video.requestVideoFrameCallback(() => this.#firstFrame(talk));
    return el(
      "li",
      { class: "tile", "data-person": user },
      video,
      el("div", { class: "tile-face", "aria-hidden": "true" }, avatar(user)),
      el("p", { class: "tile-words" }, el("span", { class: "tile-name", dir: "auto", text: user }), el("span", { class: "tile-line" })),
    );
  }

  #update(element: HTMLElement, { user, state }: Tile, talk: Talk | undefined): void {
    const peer = talk?.peers.get(user);
    const video = element.querySelector("video");
    const stream = peer?.stream ?? null;
    if (video !== null && video.srcObject !== stream) video.srcObject = stream;
    const media = peer === undefined ? "none" : peer.connected ? "connected" : "connecting";
    setAttribute(element, "data-media", media);
    setAttribute(element, "data-camera", String(peer?.sending.camera ?? false));
    const line = element.querySelector<HTMLElement>(".tile-line");
    if (line !== null) setText(line, lineOf(state, media, peer?.sending.microphone ?? true));
  }
}

function lineOf(state: string, media: string, microphone: boolean): string {
  if (state !== "joined") return "ringing …";
  if (media !== "connected") return "connecting …";
  return microphone ? "" : "muted";
}
