import { avatar } from "../../shared/avatar.ts";
import { el } from "../../shared/dom.ts";
import { icon } from "../../shared/icons.ts";
import { GIFTS, type GiftId } from "../gifts.ts";
import type { VoiceRoom } from "../room.ts";
import { type Seat, seatAt, seatOf } from "../seats.ts";
import { listenersOf } from "./audience-view.ts";
import type { Action, Sheet } from "./sheet.ts";

/** What one may do about a seat, a person, the whole room: another list for the host than for a guest. */
export class Menus {
  readonly #room: VoiceRoom;
  readonly #sheet: Sheet;

  constructor(room: VoiceRoom, sheet: Sheet) {
    this.#room = room;
    this.#sheet = sheet;
  }

  seat(number: number): void {
    const room = this.#room;
    const seat = seatAt(room.state, number);
    if (seat.user !== undefined) return this.person(seat.user);
    // A guest has no choice there: one touch is enough.
    if (!room.isHost && !seat.closed) return void room.sit(number);
    if (!room.isHost) return this.#sheet.actions(`Seat ${number}`, [], el("p", { class: "lead", text: "The host has closed this seat." }));
    this.#sheet.actions(`Seat ${number}`, seat.closed ? [this.#opening(number)] : this.#forFreeSeat(number));
  }

  person(name: string): void {
    const room = this.#room;
    const seat = seatOf(room.state, name);
    if (name === room.user) return this.#self(seat);
    const actions: Action[] = [
      ...(seat !== undefined ? [{ label: "Give something", icon: "gift" as const, run: () => this.gifts(name) }] : []),
      { label: "Whisper", icon: "whisper", detail: "Only they will see it", run: () => this.#whisper(name) },
      ...(room.isHost ? this.#asHost(name, seat) : []),
    ];
    this.#sheet.actions(name, actions);
  }

  members(): void {
    const { people, state, count } = this.#room;
    const rows = [...people.members].sort((a, b) => a.localeCompare(b)).map((name) => this.#memberRow(name, roleOf(name, state.host, seatOf(state, name))));
    this.#sheet.open(`${count} ${count === 1 ? "member" : "members"}`, el("ul", { class: "actions" }, ...rows));
  }

  gifts(to?: string): void {
    const room = this.#room;
    const seated = room.state.seats.flatMap(({ user }) => (user === undefined || user === room.user ? [] : [user]));
    const first = to !== undefined && seated.includes(to) ? to : seated[0];
    if (first === undefined) return this.#sheet.open("Give something", el("p", { class: "lead", text: "Nobody else is on the stage yet." }));
    const receivers = seated.map((name) => {
      const radio = el("input", { type: "radio", name: "receiver", value: name, ...(name === first && { checked: "" }) });
      return el("label", { class: "receiver" }, radio, avatar(name), el("span", { dir: "auto", text: name }));
    });
    const form = el("form", { class: "gifts" }, el("fieldset", { class: "receivers" }, el("legend", { text: "To" }), ...receivers));
    const give = (gift: GiftId) => room.give(String(new FormData(form).get("receiver")), gift);
    this.#sheet.open(
      "Give something",
      form,
      el("ul", { class: "gift-cards" }, ...GIFTS.filter(({ points }) => points > 0).map((gift) => giftCard(gift, give))),
    );
  }

  #self(seat: Seat | undefined): void {
    const room = this.#room;
    if (seat === undefined) {
      const hand: Action = { label: room.handUp ? "Lower your hand" : "Raise your hand", icon: "hand", run: () => room.raiseHand(!room.handUp) };
      return this.#sheet.actions("You", [hand]);
    }
    const silenced = seat.muted === "host" && !room.isHost;
    this.#sheet.actions("You", [
      ...(silenced ? [] : [this.#muting(seat)]),
      { label: "Leave the seat", icon: "away", run: () => void room.do(() => room.stage.standUp()) },
    ]);
  }

  #asHost(name: string, seat: Seat | undefined): Action[] {
    const room = this.#room;
    const actions: Action[] = [];
    if (seat !== undefined) {
      if (seat.muted !== "self") actions.push(this.#muting(seat));
      actions.push({ label: "Move off the seat", icon: "away", run: () => void room.do(() => room.stage.standUp(name)) });
      actions.push({ label: "Close the seat", icon: "lock", run: () => void room.do(() => room.stage.close(seat.number)) });
    } else if (room.invitations.asked.some(({ user }) => user === name)) actions.push(this.#cancelling(name));
    else {
      const free = room.state.seats.find((one) => one.user === undefined && !one.closed);
      if (free !== undefined) actions.push(this.#asking(name, free.number));
    }
    return [...actions, { label: "Make them the host", icon: "crown", run: () => void room.do(() => room.stage.handOver(name)) }];
  }

  #forFreeSeat(number: number): Action[] {
    const room = this.#room;
    const asked = room.invitations.asked.filter(({ seat }) => seat === number).map(({ user }) => this.#cancelling(user));
    const listeners = listenersOf(room).filter((name) => name !== room.user && !room.invitations.asked.some(({ user }) => user === name));
    return [
      ...asked,
      { label: "Sit here", icon: "plus", run: () => void room.sit(number) },
      ...listeners.slice(0, LISTENERS_ASKED_MAX).map((name) => this.#asking(name, number)),
      { label: "Close this seat", icon: "lock", run: () => void room.do(() => room.stage.close(number)) },
    ];
  }

  #muting({ number, user, muted }: Seat): Action {
    const quiet = muted === "no";
    const own = user === this.#room.user;
    const label = quiet ? (own ? "Mute yourself" : "Mute") : own ? "Unmute yourself" : "Let them talk again";
    return { label, icon: quiet ? "muted" : "microphone", run: () => void this.#room.do(() => this.#room.stage.mute(number, quiet)) };
  }

  #opening(number: number): Action {
    return { label: "Open this seat", icon: "unlock", run: () => void this.#room.do(() => this.#room.stage.open(number)) };
  }

  #asking(name: string, seat: number): Action {
    const hand = this.#room.people.hands.includes(name);
    const run = () => void this.#room.do(async () => this.#room.invitations.ask(name, seat));
    return { label: `Invite ${name} to seat ${seat}`, icon: hand ? "hand" : "microphone", ...(hand && { detail: "Has raised a hand" }), run };
  }

  #cancelling(name: string): Action {
    return { label: `Take the invitation of ${name} back`, icon: "cross", run: () => void this.#room.do(async () => this.#room.invitations.cancel(name)) };
  }

  #memberRow(name: string, role: string): HTMLElement {
    const words = el("span", { class: "row-words" }, el("span", { dir: "auto", text: name }), el("span", { class: "detail", text: role }));
    const button = el("button", { type: "button", class: "action" }, avatar(name), words);
    button.addEventListener("click", () => this.person(name));
    return el("li", { "data-member": name }, button);
  }

  #whisper(name: string): void {
    const input = el("input", { class: "words", maxlength: "500", autocomplete: "off", dir: "auto", "aria-label": `Whisper to ${name}` });
    const form = el("form", { class: "composer" }, input, el("button", { type: "submit", class: "icon-button send", "aria-label": "Send" }, icon("check")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text === "") return;
      this.#sheet.close();
      void this.#room.whisper(name, text);
    });
    this.#sheet.open(`Whisper to ${name}`, form);
  }
}

/** Rows of a menu; whoever is not among them is in the list of members. */
const LISTENERS_ASKED_MAX = 8;

function roleOf(name: string, host: string | undefined, seat: Seat | undefined): string {
  return [name === host && "host", seat !== undefined ? `seat ${seat.number}` : "listening"].filter(Boolean).join(", ");
}

function giftCard({ id, name, points }: (typeof GIFTS)[number], give: (gift: GiftId) => void): HTMLElement {
  const button = el(
    "button",
    { type: "button", class: `gift-card ${id}`, "data-gift": id },
    icon(id),
    el("span", { text: name }),
    el("span", { class: "detail", text: points === 1 ? "1 pt" : `${points} pts` }),
  );
  button.addEventListener("click", () => give(id));
  return el("li", {}, button);
}
