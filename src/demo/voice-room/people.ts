/** Raised hands that are remembered. */
const HANDS_MAX = 200;

/** Who is in the room, and who would like to speak, the first to raise a hand first. */
export class People {
  readonly #members = new Set<string>();
  readonly #hands = new Set<string>();

  get members(): ReadonlySet<string> {
    return this.#members;
  }

  /** Of those who are there. */
  get hands(): string[] {
    return [...this.#hands].filter((name) => this.#members.has(name));
  }

  all(names: readonly string[]): void {
    this.#members.clear();
    for (const name of names) this.#members.add(name);
  }

  joined(name: string): void {
    this.#members.add(name);
  }

  left(name: string): void {
    this.#members.delete(name);
    this.#hands.delete(name);
  }

  raise(name: string, up: boolean): void {
    if (!up) this.#hands.delete(name);
    else if (this.#hands.size < HANDS_MAX) this.#hands.add(name);
  }
}
