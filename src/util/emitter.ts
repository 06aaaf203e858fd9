type Listener<Event> = (event: Event) => void;

/** Typed events. A listener that throws is reported and does not stop the others. */
export class Emitter<Events extends object> {
  readonly #listeners: { [Name in keyof Events]?: readonly Listener<Events[Name]>[] } = {};
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    // A wrapper per call: the same function given twice is heard twice and taken off one by one.
    const own: Listener<Events[Name]> = (event) => listener(event);
    this.#listeners[name] = [...(this.#listeners[name] ?? []), own];
    return () => {
      this.#listeners[name] = (this.#listeners[name] ?? []).filter((other) => other !== own);
    };
  }

  has(name: keyof Events): boolean {
    return (this.#listeners[name] ?? []).length > 0;
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
