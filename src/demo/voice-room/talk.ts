/** A change is told at once, but no more often than this. */
export const TALK_EVERY_MS = 250;
/** Who goes on talking says so again. */
export const TALK_AGAIN_MS = 1_500;
/** Who has not said so for this long has stopped, or their word was lost. */
export const TALK_SHOWN_MS = 3_200;

export interface TalkPorts {
  now(): number;
  /** Calls back after so long; what it returns calls that off. */
  after(ms: number, run: () => void): () => void;
  send(talking: boolean): void;
}

/** Tells the others that one talks and that one has stopped, in few messages, and never ends with the wrong one. */
export class TalkSender {
  readonly #ports: TalkPorts;
  #talking = false;
  #told = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #callOff: (() => void) | undefined;

  constructor(ports: TalkPorts) {
    this.#ports = ports;
  }

  get talking(): boolean {
    return this.#talking;
  }

  set(talking: boolean): void {
    if (talking === this.#talking) return;
    this.#talking = talking;
    this.#plan();
  }

  #plan(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    const again = this.#talking === this.#told;
    if (again && !this.#talking) return;
    const wait = this.#toldAt + (again ? TALK_AGAIN_MS : TALK_EVERY_MS) - this.#ports.now();
    if (wait > 0) this.#callOff = this.#ports.after(wait, () => this.#tell());
    else this.#tell();
  }

  #tell(): void {
    this.#told = this.#talking;
    this.#toldAt = this.#ports.now();
    this.#ports.send(this.#talking);
    this.#plan();
  }
}

/** Who is talking, as far as one has heard. */
export class Speakers {
  readonly #until = new Map<string, number>();

  heard(user: string, talking: boolean, now: number): void {
    if (talking) this.#until.set(user, now + TALK_SHOWN_MS);
    else this.#until.delete(user);
    for (const [name, until] of this.#until) if (until <= now) this.#until.delete(name);
  }

  isTalking(user: string, now: number): boolean {
    return (this.#until.get(user) ?? 0) > now;
  }
}
