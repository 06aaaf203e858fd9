import type { Mark } from "../builds/marks.ts";

/** A door that does not open is no reason to wait for long. */
const DOOR_MS = 3_000;

/** What a test build lets the lab do, seen from outside. */
export class Door {
  readonly #url: string;
  #onLine: (line: string) => void = () => {};

  constructor(url: string) {
    this.#url = url;
  }

  /** A line that the service has written. */
  heard(line: string): void {
    this.#onLine(line);
  }

  open(path: string): Promise<boolean> {
    return fetch(`${this.#url}/lab/${path}`, { method: "POST", signal: AbortSignal.timeout(DOOR_MS) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Holds the whole service where a mark stands, the `nth` time it is passed. False where it was not within the time. */
  async reach(mark: Mark["name"], nth: number, withinMs: number): Promise<boolean> {
    const reached = new Promise<boolean>((resolve) => {
      this.#onLine = (line) => line.endsWith(`mark ${mark}`) && resolve(true);
      setTimeout(() => resolve(false), withinMs);
    });
    if (!(await this.open(`mark?name=${mark}&nth=${nth}`))) return false;
    const held = await reached;
    // Nobody is there to kill it any more.
    if (!held) await this.open("mark?name=&nth=0");
    return held;
  }
}
