import { el, setAttribute, setText, showList } from "../../shared/dom.ts";
import { icon } from "../../shared/icons.ts";
import type { FeedEntry } from "../feed.ts";
import { EVERYBODY, GIFTS } from "../gifts.ts";
import type { VoiceRoom } from "../room.ts";

/** Closer to the end than this one is reading along. */
const NEAR_PX = 60;

/** What people say and do, oldest first; it follows the end for who is reading there. */
export function showFeed(list: HTMLElement, scroller: HTMLElement, { feed, user }: VoiceRoom): void {
  const reading = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
  showList(
    list,
    feed.entries,
    ({ key }) => key,
    (entry) => lineOf(entry, user),
    (element, entry) => updateLine(element, entry),
  );
  if (reading) scroller.scrollTop = scroller.scrollHeight;
}

function lineOf(entry: FeedEntry, me: string): HTMLElement {
  const called = (name: string) => (name === me ? "You" : name);
  const who = (name: string) => el("strong", { class: "who", dir: "auto", text: called(name) });
  switch (entry.kind) {
    case "chat":
      return el(
        "li",
        { class: "line chat", "data-mine": String(entry.from === me) },
        who(entry.from),
        " ",
        el("span", { class: "text", dir: "auto", text: entry.text }),
      );
    case "whisper": {
      const to = entry.from === me ? ` to ${entry.to}` : " to you";
      const outcome = el("span", { class: "outcome" });
      return el(
        "li",
        { class: "line whisper" },
        who(entry.from),
        el("span", { class: "aside", text: `${to}: ` }),
        el("span", { class: "text", dir: "auto", text: entry.text }),
        outcome,
      );
    }
    case "gift": {
      const name = GIFTS.find(({ id }) => id === entry.gift)?.name ?? "";
      const words = entry.gift === "applause" ? " applauded" : ` gave ${entry.to === EVERYBODY ? "everybody" : entry.to === me ? "you" : entry.to}: ${name}`;
      const count = el("span", { class: "times" });
      return el("li", { class: `line given ${entry.gift}` }, icon(entry.gift), el("span", {}, who(entry.from), words, " ", count));
    }
    case "notice":
      return el("li", { class: "line notice", text: entry.text });
  }
}

function updateLine(element: HTMLElement, entry: FeedEntry): void {
  const times = element.querySelector<HTMLElement>(".times");
  if (entry.kind === "gift" && times !== null) setText(times, entry.count > 1 ? `×${entry.count}` : "");
  const outcome = element.querySelector<HTMLElement>(".outcome");
  if (entry.kind === "whisper" && outcome !== null && entry.received !== undefined) {
    setAttribute(outcome, "data-received", String(entry.received));
    setText(outcome, entry.received ? "heard" : "not there");
  }
  if (entry.kind === "chat" && entry.failed) setAttribute(element, "data-failed", "true");
}
