import { deviceKey } from "../channel/members.ts";
import type { Subscriber } from "../channel/ports.ts";
import { CountedRoll } from "./counted-roll.ts";
import type { Change, Report } from "./messages.ts";
import { countOf, type Digest, digestOf, RollSum, type Seat, sameDigest, seatOf } from "./roll.ts";

/** A subscriber on a leaf. */
export type Seated = Subscriber;

/** Who came or went since the last report. */
interface Touched {
  readonly user: string;
  readonly device: string;
  readonly gone: "lost" | "left";
  /** It was away for a moment: the hub may have ended its membership itself, and taken no notice of its return. */
  readonly wasAway: boolean;
  /** The hub has had its word that it is here, perhaps after the report of its going. */
  readonly vouched?: Seat | undefined;
}

/** Of a member for whom something is being asked. */
interface Word {
  readonly seat: Seat;
  asked: number;
  gone: "lost" | "left" | undefined;
}

interface Draft {
  readonly report: Report;
  readonly whole: boolean;
}

/**
 * What a leaf has told the hub of its members, and what it has still to tell. Only the difference counts: who comes and goes
 * between two reports is not mentioned, and who goes and comes is in again. Where members are counted it is their number.
 */
export class LeafAttendance {
  readonly #present: (user: string, device: string) => Seated | undefined;
  readonly #everybody: () => Iterable<Seated>;
  #counted: boolean;
  /** As the hub knows them. */
  #reported = new Map<string, Seat>();
  #digest: Digest;
  #touched = new Map<string, Touched>();
  readonly #roll: CountedRoll;
  /** Bounded by the requests under way. */
  readonly #words = new Map<string, Word>();
  #wholeWanted = false;
  #checkWanted = false;
  #draft: Draft | undefined;
  #drafts = 0;
  #reports = 0;

  /** Those who are there at a start are taken for known: the first report tells whether they are. */
  constructor(
    present: (user: string, device: string) => Seated | undefined,
    everybody: () => Iterable<Seated>,
    { counted = false, looksAtWhoComes = false }: { readonly counted?: boolean; readonly looksAtWhoComes?: boolean } = {},
  ) {
    this.#present = present;
    this.#everybody = everybody;
    this.#counted = counted;
    this.#roll = new CountedRoll(everybody, looksAtWhoComes);
    if (!counted) for (const seated of everybody()) this.#reported.set(deviceKey(seated.user, seated.device), seatOf(seated));
    this.#digest = counted ? this.#roll.digest : digestOf(this.#reported.values());
  }

  /** Named or counted from now on: the hub gets the whole in the new way. What was on its way in the old one it may have, or not. */
  follow(counted: boolean): void {
    if (counted === this.#counted) return;
    this.#counted = counted;
    this.#draft = undefined;
    this.#touched = new Map();
    this.#reported = new Map();
    this.#wholeWanted = true;
    if (counted) this.#roll.begin();
  }

  /** These are known by name also where members are counted. */
  name(names: readonly string[], by: number | undefined): void {
    if (this.#roll.name(names, by) && this.#counted) this.#checkWanted = true;
  }

  came(seated: Seated): void {
    const { user, device } = seated;
    const key = deviceKey(user, device);
    const word = this.#words.get(key);
    if (word !== undefined) word.gone = undefined;
    if (this.#counted) return this.#roll.came(seated);
    const earlier = this.#touched.get(key);
    this.#touched.set(key, { ...earlier, user, device, gone: earlier?.gone ?? "lost", wasAway: earlier?.wasAway ?? false });
  }

  went(seated: Seated, gone: "lost" | "left"): void {
    const { user, device } = seated;
    const key = deviceKey(user, device);
    const word = this.#words.get(key);
    if (word !== undefined) word.gone = gone;
    if (this.#counted) return this.#roll.went(seated, gone);
    this.#touched.set(key, { ...this.#touched.get(key), user, device, gone, wasAway: true });
  }

  /**
   * The hub is being told that this member is here, whatever has been reported of it. What it returns is to be called when that is
   * answered: a going meanwhile is news then, for the hub may have heard of it first.
   */
  vouch(seated: Seated): () => void {
    const key = deviceKey(seated.user, seated.device);
    const word = this.#words.get(key) ?? { seat: seatOf(seated), asked: 0, gone: undefined };
    word.asked += 1;
    this.#words.set(key, word);
    return () => {
      word.asked -= 1;
      if (word.asked === 0) this.#words.delete(key);
      if (word.gone !== undefined) this.#wentAfter(word.seat, word.gone);
    };
  }

  /** The hub has another list. */
  wantWhole(): void {
    this.#wholeWanted = true;
    if (this.#counted) this.#roll.begin();
  }

  /** Reports even if nothing has changed. */
  wantCheck(): void {
    this.#checkWanted = true;
  }

  get owes(): boolean {
    return this.isAwaited || (this.#counted ? this.#roll.hasNews || !sameDigest(this.#roll.digest, this.#digest) : this.#touched.size > 0);
  }

  /** The hub has asked for it, or may have had it without an answer. */
  get isAwaited(): boolean {
    return this.#draft !== undefined || this.#wholeWanted || this.#checkWanted;
  }

  /** What the hub is believed to have; undefined while that is open. */
  get roll(): { digest: Digest; reports: number } | undefined {
    return this.#draft === undefined ? { digest: this.#digest, reports: this.#reports } : undefined;
  }

  /** The report that is due; the same again until it is answered. */
  report(): Report | undefined {
    if (!this.owes) return undefined;
    if (this.#draft === undefined || (this.#wholeWanted && !this.#draft.whole)) this.#draft = this.#next();
    return this.#draft.report;
  }

  /** The hub has answered. */
  answered(wholeWanted: boolean): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined) return;
    this.#reports = draft.report.no;
    if (wholeWanted && !draft.whole) {
      this.#wholeWanted = true;
      return;
    }
    const { report } = draft;
    if ("users" in report) {
      this.#digest = countOf(report.users, report.named);
      return;
    }
    this.#digest = report.after;
    if (draft.whole) this.#reported.clear();
    for (const { user, device, generation, is } of report.changes) {
      const key = deviceKey(user, device);
      if (is === "in") this.#reported.set(key, { user, device, generation });
      else this.#reported.delete(key);
    }
  }

  #wentAfter(seat: Seat, gone: "lost" | "left"): void {
    if (this.#counted) {
      this.#roll.went(seat, gone);
      this.#checkWanted = true;
      return;
    }
    const { user, device } = seat;
    this.#touched.set(deviceKey(user, device), { user, device, gone, wasAway: true, vouched: seat });
  }

  #next(): Draft {
    const whole = this.#wholeWanted;
    this.#wholeWanted = false;
    this.#checkWanted = false;
    this.#drafts += 1;
    if (this.#counted) return { report: this.#roll.report(this.#drafts), whole: true };
    return whole ? this.#whole() : this.#difference();
  }

  #whole(): Draft {
    this.#touched = new Map();
    const changes = [...this.#everybody()].map(changeIn);
    return { report: { no: this.#drafts, base: undefined, changes, after: digestOf(changes) }, whole: true };
  }

  #difference(): Draft {
    const touched = this.#touched;
    this.#touched = new Map();
    const base = this.#digest;
    const sum = new RollSum(base);
    const changes: Change[] = [];
    for (const [key, { user, device, gone, wasAway, vouched }] of touched) {
      const known = this.#reported.get(key);
      const present = this.#present(user, device);
      if (known !== undefined && known.generation !== present?.generation) {
        sum.leave(known);
        changes.push({ ...known, is: present === undefined ? gone : "lost" });
      }
      if (present !== undefined && known?.generation !== present.generation) {
        sum.enter(present);
        changes.push(changeIn(present));
      } else if (present !== undefined && wasAway) changes.push(changeIn(present));
      else if (present === undefined && known === undefined && vouched !== undefined) changes.push({ ...vouched, is: gone });
    }
    return { report: { no: this.#drafts, base, changes, after: sum.digest }, whole: false };
  }
}

const changeIn = ({ user, device, generation }: Seated): Change => ({ user, device, generation, is: "in" });
