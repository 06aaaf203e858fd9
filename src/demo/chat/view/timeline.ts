import { avatar } from "../../shared/avatar.ts";
import { el, setAttribute, setText, showList } from "../../shared/dom.ts";
import { type IconName, icon } from "../../shared/icons.ts";
import type { Conversation } from "../conversation.ts";
import type { Delivery, Entry, ImageEntry, NoticeEntry, SpokenEntry, TextEntry } from "../entry.ts";

/** Messages of one person within this time stand together. */
const TOGETHER_MS = 3 * 60_000;
/** Closer to the end than this one is reading along. */
const NEAR_PX = 80;

export interface TimelineActions {
  retry(entry: TextEntry): void;
}

type Row = { readonly kind: "away"; readonly key: string; readonly count: number } | { readonly kind: "entry"; readonly key: string; readonly entry: Entry };

/** What was said, oldest first, and a button to the newest for who has scrolled away from it. */
export class Timeline {
  readonly #list: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #toEnd: HTMLElement;
  readonly #actions: TimelineActions;
  #shown: Conversation | undefined;
  #length = 0;

  constructor(list: HTMLElement, scroller: HTMLElement, toEnd: HTMLElement, actions: TimelineActions) {
    this.#list = list;
    this.#scroller = scroller;
    this.#toEnd = toEnd;
    this.#actions = actions;
    toEnd.addEventListener("click", () => this.#scrollToEnd());
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // A picture that has just loaded pushes the end down.
    list.addEventListener("load", () => this.#reading && this.#scrollToEnd(), { capture: true });
    new ResizeObserver(() => this.#reading && this.#scrollToEnd()).observe(scroller);
  }

  #reading = true;

  show(conversation: Conversation): void {
    const other = conversation !== this.#shown;
    const { entries } = conversation;
    const reading = other || this.#reading;
    const fresh = entries.length > this.#length;
    const mine = fresh && lastSpoken(entries)?.mine === true;
    this.#shown = conversation;
    this.#length = entries.length;
    if (other) this.#list.replaceChildren();
    // What was there before is not news.
    setAttribute(this.#list, "aria-live", other ? "off" : "polite");
    this.#list.dataset.conversation = conversation.id;
    showList(
      this.#list,
      rowsOf(entries),
      ({ key }) => key,
      (row) => (row.kind === "away" ? awayRow() : this.#entryRow(row.entry)),
      (element, row, index) => (row.kind === "away" ? updateAway(element, row.count) : updateEntry(element, row.entry, entries, index)),
    );
    if (reading || mine) this.#scrollToEnd();
    else if (fresh) this.#toEnd.hidden = false;
  }

  /** Asked when it is scrolled only: what comes below, or while nothing is to be seen, is no reason to stop reading along. */
  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#reading = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#reading) this.#hideButton();
  }

  #scrollToEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#reading = true;
    this.#hideButton();
  }

  #hideButton(): void {
    this.#toEnd.hidden = true;
  }

  #entryRow(entry: Entry): HTMLElement {
    if (entry.kind === "notice") return noticeRow(entry);
    const body = entry.kind === "text" ? el("p", { class: "words", dir: "auto", text: entry.text }) : imageBody(entry);
    const bubble = el("div", { class: "bubble" }, el("span", { class: "author", text: entry.mine ? "You" : entry.from }), body);
    const state = el("span", { class: "delivery" });
    const time = el("time", { class: "time" });
    const meta = el("div", { class: "meta" }, time, state);
    if (entry.kind === "text") {
      const retry = el("button", { class: "retry", type: "button", text: "Try again" });
      retry.addEventListener("click", () => this.#actions.retry(entry));
      meta.append(retry);
    }
    return el("li", { class: `message ${entry.mine ? "mine" : "theirs"}` }, avatar(entry.from), el("div", { class: "column" }, bubble, meta));
  }
}

const lastSpoken = (entries: readonly Entry[]): SpokenEntry | undefined => entries.findLast((entry) => entry.kind !== "notice");

/** Before what was missed stands that it was. */
function rowsOf(entries: readonly Entry[]): Row[] {
  const rows: Row[] = [];
  let missed = false;
  entries.forEach((entry, at) => {
    if (isMissed(entry) && !missed) rows.push({ kind: "away", key: `away ${entry.key}`, count: runLength(entries, at) });
    // One's own words, sent on the way back, do not end it.
    if (entry.kind !== "notice" && !entry.mine) missed = entry.missed;
    rows.push({ kind: "entry", key: entry.key, entry });
  });
  return rows;
}

const isMissed = (entry: Entry): boolean => entry.kind !== "notice" && entry.missed;

function runLength(entries: readonly Entry[], from: number): number {
  let count = 0;
  for (const entry of entries.slice(from)) {
    if (isMissed(entry)) count++;
    else if (entry.kind !== "notice" && !entry.mine) break;
  }
  return count;
}

const awayRow = (): HTMLElement => el("li", { class: "away" }, el("span"));
const updateAway = (row: HTMLElement, count: number): void => {
  if (row.firstElementChild instanceof HTMLElement) setText(row.firstElementChild, `While you were away · ${count} ${count === 1 ? "message" : "messages"}`);
};

function noticeRow({ text, action }: NoticeEntry): HTMLElement {
  const row = el("li", { class: "notice" }, el("span", { class: "notice-text", text }));
  if (action !== undefined) {
    const button = el("button", { type: "button", class: "text-button", text: action.label });
    button.addEventListener("click", action.run);
    row.append(button);
  }
  return row;
}

function updateEntry(row: HTMLElement, entry: Entry, entries: readonly Entry[], _index: number): void {
  if (entry.kind === "notice") return updateNotice(row, entry);
  row.classList.toggle("follows", follows(entry, entries[entries.indexOf(entry) - 1]));
  row.dataset.state = entry.delivery?.at ?? "received";
  row.dataset.missed = String(entry.missed);
  const time = row.querySelector("time");
  if (time !== null) {
    setText(time, new Date(entry.time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    setAttribute(time, "datetime", new Date(entry.time).toISOString());
  }
  updateDelivery(row, entry.delivery);
  if (entry.kind === "image") updateImage(row, entry);
}

function updateNotice(row: HTMLElement, { text, action }: NoticeEntry): void {
  const words = row.querySelector<HTMLElement>(".notice-text");
  if (words !== null) setText(words, text);
  if (action === undefined) row.querySelector("button")?.remove();
}

function follows(entry: SpokenEntry, before: Entry | undefined): boolean {
  if (before === undefined || before.kind === "notice" || before.missed !== entry.missed) return false;
  return before.from === entry.from && entry.time - before.time < TOGETHER_MS;
}

const DELIVERY: Readonly<Record<Delivery["at"], { readonly icon: IconName; readonly words: string }>> = {
  sending: { icon: "clock", words: "Sending" },
  sent: { icon: "check", words: "Sent" },
  delivered: { icon: "checks", words: "Delivered" },
  waiting: { icon: "inbox", words: "Waiting for them" },
  failed: { icon: "alert", words: "Not sent" },
};

function updateDelivery(row: HTMLElement, delivery: Delivery | undefined): void {
  const element = row.querySelector<HTMLElement>(".delivery");
  if (element === null || delivery === undefined || element.dataset.at === delivery.at) return;
  const { icon: name, words } = DELIVERY[delivery.at];
  element.dataset.at = delivery.at;
  element.replaceChildren(icon(name), el("span", { text: words }));
  setAttribute(element, "title", delivery.at === "failed" ? delivery.why : undefined);
}

function imageBody({ name }: ImageEntry): HTMLElement {
  return el(
    "figure",
    { class: "picture" },
    el("div", { class: "picture-wait" }),
    el("progress", { max: "1", value: "0", "aria-label": `Progress of ${name}` }),
    el("figcaption", { text: name }),
  );
}

function updateImage(row: HTMLElement, entry: ImageEntry): void {
  const { url, progress, sha256, broken, name, bytes, delivery } = entry;
  const figure = row.querySelector<HTMLElement>("figure");
  const bar = row.querySelector("progress");
  const caption = row.querySelector<HTMLElement>("figcaption");
  if (figure === null || bar === null || caption === null) return;
  bar.value = progress;
  bar.hidden = broken !== undefined || (progress >= 1 && delivery?.at !== "sending") || delivery?.at === "failed";
  if (sha256 !== undefined) figure.dataset.sha256 = sha256;
  const image = figure.querySelector("img");
  if (url !== undefined && image === null) figure.querySelector(".picture-wait")?.replaceWith(el("img", { src: url, alt: name }));
  setText(caption, broken === undefined ? `${name} · ${sizeOf(bytes)}` : `${name}: ${broken}`);
  figure.classList.toggle("broken", broken !== undefined);
}

const sizeOf = (bytes: number): string => (bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`);
