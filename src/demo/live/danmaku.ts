/** Words that fly over the stage, each in a lane of its own until there is room behind it. */
export interface Flying {
  readonly text: string;
  readonly hue: number;
  readonly lane: number;
  readonly width: number;
  readonly speed: number;
  readonly own: boolean;
  x: number;
}

/** What is on its way at once, and what waits for a lane: beyond that, words are only in the list beside. */
const FLYING_MAX = 80;
const WAITING_MAX = 40;
const GAP = 28;
/** So long a text takes across the stage, in ms; longer ones fly faster, so that all stay equally long. */
const CROSSING_MS = 7_000;

type Words = Pick<Flying, "text" | "hue" | "own">;

export class Danmaku {
  #flying: Flying[] = [];
  #waiting: Words[] = [];
  #width = 0;
  #lanes = 1;
  readonly #measure: (text: string) => number;

  constructor(measure: (text: string) => number) {
    this.#measure = measure;
  }

  get flying(): readonly Flying[] {
    return this.#flying;
  }

  resize(width: number, lanes: number): void {
    this.#width = width;
    this.#lanes = Math.max(1, lanes);
  }

  add(words: Words): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(words);
    // One's own are not the ones that go missing.
    else if (words.own) this.#waiting.splice(0, 1, words);
  }

  step(ms: number): void {
    for (const one of this.#flying) one.x -= one.speed * ms;
    this.#flying = this.#flying.filter(({ x, width }) => x + width > 0);
    while (this.#waiting.length > 0 && this.#flying.length < FLYING_MAX) {
      const words = this.#waiting[0] as Words;
      const width = this.#measure(words.text);
      const speed = (this.#width + width) / CROSSING_MS;
      const lane = this.#freeLane(speed);
      if (lane === undefined) return;
      this.#waiting.shift();
      this.#flying.push({ ...words, lane, width, speed, x: this.#width });
    }
  }

  /** A lane whose last words are all in, and are not caught up with before they are out. */
  #freeLane(speed: number): number | undefined {
    for (let lane = 0; lane < this.#lanes; lane++) {
      const last = this.#flying.findLast((one) => one.lane === lane);
      if (last === undefined) return lane;
      const end = last.x + last.width;
      const outIn = end / last.speed;
      if (end + GAP <= this.#width && this.#width - speed * outIn >= 0) return lane;
    }
    return undefined;
  }
}
