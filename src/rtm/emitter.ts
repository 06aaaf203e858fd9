/** A listener as it is kept: `given` is what the program knows it by. */
interface Kept {
  readonly given: AnyListener;
  readonly once: boolean;
}
type AnyListener = (...args: never[]) => void;
export type RtmEventMap<Events> = { [Name in keyof Events]: AnyListener };

/** Events as the classes of RTM 1.x have them. A listener that throws is reported and stops nobody. */
export class RtmEmitter<Events extends RtmEventMap<Events>> {
  /** Kept for programs that read or set it; nothing is refused above it. */
  static defaultMaxListeners = 10;

  readonly #kept = new Map<keyof Events, readonly Kept[]>();

  on<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    return this.#add(event, { given: listener, once: false });
  }

  once<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    return this.#add(event, { given: listener, once: true });
  }

  /** Takes the listener off once, the one added last first. */
  off<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    const kept = this.#of(event);
    const at = kept.findLastIndex(({ given }) => given === listener);
    if (at >= 0) this.#keep(event, kept.toSpliced(at, 1));
    return this;
  }

  addListener<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    return this.on(event, listener);
  }

  removeListener<Name extends keyof Events>(event: Name, listener: Events[Name]): this {
    return this.off(event, listener);
  }

  /** Those of one event, or of all. */
  removeAllListeners(event?: keyof Events): this {
    if (event === undefined) this.#kept.clear();
    else this.#kept.delete(event);
    return this;
  }

  /** Whether anybody heard it. */
  emit<Name extends keyof Events>(event: Name, ...args: Parameters<Events[Name]>): boolean {
    const kept = this.#of(event);
    for (const one of kept) {
      if (one.once)
        this.#keep(
          event,
          this.#of(event).filter((other) => other !== one),
        );
      try {
        one.given(...(args as never[]));
      } catch (error) {
        console.error(error);
      }
    }
    return kept.length > 0;
  }

  listeners<Name extends keyof Events>(event: Name): Events[Name][] {
    return this.#of(event).map(({ given }) => given as Events[Name]);
  }

  /** The same with the wrappers of `once`, which take themselves off when they are called and name the listener. */
  rawListeners<Name extends keyof Events>(event: Name): (Events[Name] & { listener?: Events[Name] })[] {
    return this.#of(event).map((one) => {
      const listener = one.given as Events[Name];
      if (!one.once) return listener;
      const wrapper = (...args: never[]): void => {
        this.#keep(
          event,
          this.#of(event).filter((other) => other !== one),
        );
        one.given(...args);
      };
      return Object.assign(wrapper as Events[Name], { listener });
    });
  }

  listenerCount(event: keyof Events): number {
    return this.#of(event).length;
  }

  eventNames(): (keyof Events)[] {
    return [...this.#kept.keys()];
  }

  #of(event: keyof Events): readonly Kept[] {
    return this.#kept.get(event) ?? [];
  }

  #add(event: keyof Events, kept: Kept): this {
    this.#keep(event, [...this.#of(event), kept]);
    return this;
  }

  #keep(event: keyof Events, kept: readonly Kept[]): void {
    if (kept.length > 0) this.#kept.set(event, kept);
    else this.#kept.delete(event);
  }
}
