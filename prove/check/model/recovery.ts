import type { RunEvent } from "../../record/event.ts";

interface Kill {
  readonly at: number;
  /** The first device that was back: what is heard before that was under way when the service died. */
  backAt?: number;
  heardAt?: number;
}

/** How long devices were away, and how long nobody heard anything after a kill of the service. */
export class Recovery {
  /** By device and target: since when it is away. */
  readonly #away = new Map<string, number>();
  readonly #kills: Kill[] = [];
  readonly #returned: (ms: number, at: number) => void;

  constructor(returned: (ms: number, at: number) => void = () => undefined) {
    this.#returned = returned;
  }

  see(event: RunEvent): void {
    switch (event.is) {
      case "fault":
        if (event.name.startsWith("kill") && !event.name.includes("client")) this.#kills.push({ at: event.at });
        return;
      case "link": {
        const key = `${event.device}\n${event.target ?? ""}`;
        const since = this.#away.get(key);
        if (event.state === "connected") {
          if (since !== undefined) this.#returned(event.at - since, event.at);
          this.#away.delete(key);
          for (const kill of this.#open()) kill.backAt ??= event.at;
        } else if (event.state === "reconnecting") this.#away.set(key, since ?? event.at);
        else this.#away.delete(key);
        return;
      }
      case "delivery":
        for (const kill of this.#open()) if (kill.backAt !== undefined) kill.heardAt ??= event.at;
    }
  }

  /** Those after which something was heard. */
  kills(): { at: number; ms: number }[] {
    return this.#kills.flatMap(({ at, heardAt }) => (heardAt === undefined ? [] : [{ at, ms: heardAt - at }]));
  }

  /** In time's order, so those that wait stand at the end. */
  #open(): Kill[] {
    const open: Kill[] = [];
    for (let i = this.#kills.length - 1; i >= 0; i--) {
      const kill = this.#kills[i];
      if (kill === undefined || kill.heardAt !== undefined) break;
      open.push(kill);
    }
    return open;
  }
}
