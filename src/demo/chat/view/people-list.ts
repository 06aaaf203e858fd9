import type { PresenceState } from "../../../client/index.ts";
import { avatar } from "../../shared/avatar.ts";
import { el, setAttribute, setText, showList } from "../../shared/dom.ts";
import type { Chat } from "../chat.ts";
import type { Conversation } from "../conversation.ts";
import type { Person } from "../people.ts";

export const WORDS: Readonly<Record<PresenceState, string>> = { ONLINE: "online", UNREACHABLE: "connection lost", OFFLINE: "offline" };

/** One row per person: who, whether they are there, what they say of themselves or said last. */
export function showPeople(list: HTMLElement, chat: Chat, open: (name: string) => void): void {
  showList(
    list,
    chat.people.list(),
    ({ name }) => name,
    (person) => personRow(person, open),
    (row, person) => updatePerson(row, person, chat),
  );
}

function personRow({ name }: Person, open: (name: string) => void): HTMLElement {
  const button = el(
    "button",
    { type: "button", class: "row" },
    el("span", { class: "face" }, avatar(name), el("span", { class: "dot" })),
    el("span", { class: "row-words" }, el("span", { class: "row-name", dir: "auto", text: name }), el("span", { class: "row-line", dir: "auto" })),
    el("span", { class: "badge" }),
  );
  button.addEventListener("click", () => open(name));
  return el("li", { "data-person": name }, button);
}

function updatePerson(row: HTMLElement, person: Person, chat: Chat): void {
  const talk = chat.talk(person.name);
  const typing = talk !== undefined && talk.typingUntil > Date.now();
  row.dataset.presence = person.state ?? "UNKNOWN";
  row.dataset.room = String(person.inRoom);
  const line = row.querySelector<HTMLElement>(".row-line");
  if (line !== null) setText(line, typing ? "writing …" : person.status || lineOf(person));
  const button = row.querySelector("button");
  if (button === null) return;
  setAttribute(button, "aria-current", talk !== undefined && talk === chat.current ? "true" : undefined);
  updateBadge(button, talk);
}

function lineOf({ state, inRoom }: Person): string {
  const words = state === undefined ? "" : WORDS[state];
  return inRoom ? words : [words, "not in this room"].filter(Boolean).join(" · ");
}

/** How many messages nobody has looked at. */
export function updateBadge(button: HTMLElement, conversation: Conversation | undefined): void {
  const badge = button.querySelector<HTMLElement>(".badge");
  if (badge === null) return;
  const unread = conversation?.unread ?? 0;
  badge.hidden = unread === 0;
  setText(badge, unread > 99 ? "99+" : String(unread));
  setAttribute(badge, "aria-label", `${unread} unread`);
}
