/** Work under one key, one after the other: what was asked for later must not overtake. */
export class Turns {
  readonly #last = new Map<string, Promise<undefined>>();

  take<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, over);
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    return turn;
  }
}
