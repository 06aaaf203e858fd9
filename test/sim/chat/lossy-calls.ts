/** How the world misbehaves: chances of each call, 0 in the end. */
export interface Faults {
  lostCall: number;
  lostAnswer: number;
  slowMs: number;
}

class Lost extends Error {}

/** Objects that call each other over a network that loses calls and answers. */
export class LossyCalls {
  readonly random: () => number;
  readonly weather: Faults = { lostCall: 0, lostAnswer: 0, slowMs: 30 };

  constructor(random: () => number) {
    this.random = random;
  }

  delay(): number {
    return 1 + Math.floor(this.random() * this.weather.slowMs);
  }

  /** One object calls another: it may not get there, or the answer not back; who dies meanwhile neither answers nor hears. */
  call<Host extends { readonly life: number }, Answer>(alive: () => boolean, of: () => Host, work: (host: Host) => Answer | Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!alive()) return;
      const lost = (): void => void setTimeout(() => alive() && reject(new Lost("lost")), this.delay());
      if (this.random() < this.weather.lostCall) return lost();
      setTimeout(() => {
        const host = of();
        const { life } = host;
        Promise.resolve()
          .then(() => work(host))
          .then(
            (answer) => {
              if (host.life !== life || this.random() < this.weather.lostAnswer) return lost();
              const copy = structuredClone(answer);
              setTimeout(() => alive() && resolve(copy), this.delay());
            },
            () => lost(),
          );
      }, this.delay());
    });
  }
}
