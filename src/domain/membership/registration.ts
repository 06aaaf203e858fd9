import type { ListedGroup } from "../../protocol/messages/group.ts";

/** What the object of a group notes of what it owes the app's list. */
export interface Registered {
  /** Of the newest word that may have left. */
  readonly revision: number;
  /** The list may show something else than what is. */
  readonly owed: boolean;
}

/** A group as the list of the app is to show it; `none`: it was dismissed. */
export type Shown = ListedGroup | "none";

export interface RegistrationPorts {
  /** Undefined: there never was such a group. */
  shown(): Shown | undefined;
  /** Undefined: nothing was ever noted. */
  noted(): Registered | undefined;
  note(registered: Registered): void;
  /** Puts it on the list, unless there is one of a higher revision. Throws where that is not certain. */
  tell(revision: number, shown: Shown): Promise<void>;
  now(): number;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  /** A change of the number of members alone waits for others. */
  readonly gatherMs: number;
  readonly retryMs: number;
  readonly retryCapMs: number;
}

/**
 * Keeps the app's list of groups as the group is. A change is noted with it, in one turn, and owed until the list has it; what is
 * told is always the state of that moment. Each telling has a revision of its own: one that comes late changes nothing.
 */
export class Registration {
  readonly #ports: RegistrationPorts;
  #known: Shown | undefined;
  #telling: Promise<void> | undefined;
  /** Something has changed while the list was being told. */
  #again = false;
  /** The noted revision has not left yet. */
  #fresh = false;
  #failures = 0;

  constructor(ports: RegistrationPorts) {
    this.#ports = ports;
    this.#known = ports.shown();
  }

  /** Also of a group from before there was a list. */
  get owes(): boolean {
    return this.#ports.noted()?.owed ?? this.#ports.shown() !== undefined;
  }

  /** Something was done: whether the list has to show it is found out here. */
  changed(): void {
    const { shown, noted, note, now, wakeBy, gatherMs } = this.#ports;
    const is = shown();
    if (is === undefined || isSame(is, this.#known)) return;
    const soon = !isSame(exceptNumber(is), exceptNumber(this.#known));
    this.#known = is;
    this.#again = this.#telling !== undefined;
    const { revision = 0, owed = false } = noted() ?? {};
    if (!owed) {
      note({ revision: revision + 1, owed: true });
      this.#fresh = true;
    }
    // Should this life end before it is told.
    wakeBy(now() + gatherMs);
    if (soon) this.pay();
  }

  /** Tells what is owed; what cannot be told now, the alarm tells. */
  pay(): void {
    if (this.#telling !== undefined || !this.owes) return;
    this.#telling = this.#tell().finally(() => {
      this.#telling = undefined;
    });
    this.#ports.background(this.#telling);
  }

  async #tell(): Promise<void> {
    // What the same turn changes goes with it.
    await Promise.resolve();
    const { shown, noted, note, tell, now, wakeBy, retryMs, retryCapMs } = this.#ports;
    do {
      const is = shown();
      if (is === undefined) return;
      this.#again = false;
      const { revision: last = 0 } = noted() ?? {};
      const revision = this.#fresh ? last : last + 1;
      // What left under a revision may have got there, in this life or an earlier one, and must not stand against this.
      if (!this.#fresh) note({ revision, owed: true });
      this.#fresh = false;
      try {
        await tell(revision, is);
      } catch {
        this.#failures += 1;
        return wakeBy(now() + Math.min(retryCapMs, retryMs * 2 ** Math.min(this.#failures - 1, 16)));
      }
      this.#failures = 0;
      if (!this.#again) note({ revision, owed: false });
    } while (this.#again);
  }
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const exceptNumber = (shown: Shown | undefined): unknown => (typeof shown === "object" ? { ...shown, members: 0 } : shown);
