import { FrameTape } from "../../../bench/lib/frame-tape.ts";
import { Histogram } from "../../../bench/lib/histogram.ts";
import { pause } from "../../../bench/load/parallel.ts";
import { PRIORITIES, type Priority } from "../../../src/protocol/priority.ts";
import { decoder } from "../support/content.ts";
import { Listener, ListenerCounts, type ListenerPorts } from "../support/listener.ts";
import { Places } from "../support/places.ts";
import { answerQuestions } from "../support/side-process.ts";
import { ticketsOf } from "../support/tickets.ts";
import { type CrowdOptions, type Errand, type PerPriority, perPriority, type Report } from "./errand.ts";

/** One in so many measures how long messages took. */
const MEASURED_EVERY = 16;
/** So many of the first viewers speak: none has more than its own rate allows. */
const SPEAKERS = 10;
const LOOK_MS = 50;
const WRONG_MOST = 20;

interface Said {
  readonly priority: Priority;
  readonly at: number;
}

const sayingOf = (priority: Priority): string => `${Date.now()} ${priority} ${"x".repeat(80)}`;
function readSaid(data: string): Said {
  const { content } = JSON.parse(data) as { content: { text: string } };
  const [at = "", priority] = content.text.split(" ", 2);
  return { priority: priority as Priority, at: Number(at) };
}

class Viewer {
  readonly listener: Listener<Said>;
  readonly heard: PerPriority = perPriority(() => 0);
  skipped = 0;
  /** Said, and not answered. */
  readonly #open = new Map<number, { readonly input: object; readonly answered: (answer: Answer) => void }>();
  #ids = 0;

  constructor(user: string, ports: ListenerPorts<Said>, latency: Readonly<Record<Priority, Histogram>> | undefined) {
    this.listener = new Listener(user, ports, {
      heard: ({ priority, at }, now) => {
        this.heard[priority] += 1;
        latency?.[priority].record((now - at) * 1000);
      },
      skipped: (count) => {
        this.skipped += count;
      },
      answered: (id, answer) => {
        this.#open.get(id)?.answered(answer);
        this.#open.delete(id);
      },
      // It has moved in between: what is said again is known by its key.
      joined: () => {
        for (const id of this.#open.keys()) this.#post(id);
      },
    });
  }

  /** With whatever answer it gets: `accepted`, `skipped`, or the error. */
  say(priority: Priority, key: string): Promise<string> {
    return new Promise((resolve) => {
      const id = ++this.#ids;
      const input = { key, content: { type: "text", text: sayingOf(priority) }, priority };
      this.#open.set(id, { input, answered: ({ ok, error }) => resolve(error?.code ?? ((ok as { skipped?: true }).skipped ? "skipped" : "accepted")) });
      this.#post(id);
    });
  }

  #post(id: number): void {
    this.listener.request(id, "room.send", this.#open.get(id)?.input ?? {});
  }
}

interface Answer {
  readonly ok?: unknown;
  readonly error?: { readonly code: string };
}

class Crowd {
  readonly #viewers: Viewer[] = [];
  readonly #latency = Object.fromEntries(PRIORITIES.map((priority) => [priority, new Histogram()])) as Record<Priority, Histogram>;
  readonly #counts = new ListenerCounts();
  readonly #options: CrowdOptions;
  readonly #ports: ListenerPorts<Said>;
  readonly #wrong: string[] = [];
  readonly #refused = new Map<string, number>();
  #accepted = perPriority(() => 0);
  #skipped = perPriority(() => 0);

  constructor(options: CrowdOptions) {
    this.#options = options;
    const channel = { type: "room", name: options.room } as const;
    const places = new Places(options, channel);
    this.#ports = {
      app: options.app,
      channel,
      tape: new FrameTape(decoder(({ data }) => readSaid(data))),
      urlOf: (user) => places.urlOf(user),
      ticket: ticketsOf(options, channel),
      wrong: (what) => void (this.#wrong.length < WRONG_MOST && this.#wrong.push(what)),
      counts: this.#counts,
    };
  }

  async run(errand: Errand): Promise<Report> {
    switch (errand.is) {
      case "grow":
        await this.#grow(errand.to, errand.perSecond);
        break;
      case "talk":
        await Promise.all(PRIORITIES.map((priority) => this.#talk(priority, errand)));
        break;
      case "stay":
        await pause(errand.ms);
        break;
      case "heard":
        await this.#until(() => this.#viewers.every(({ listener }) => listener.position?.seq === errand.upTo), errand.withinMs, `all at ${errand.upTo}`);
    }
    return this.#report();
  }

  async #grow(to: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    for (let count = 1; this.#viewers.length < to; count++) {
      const index = this.#viewers.length;
      const viewer = new Viewer(`${this.#options.prefix}${index}`, this.#ports, index % MEASURED_EVERY === 0 ? this.#latency : undefined);
      this.#viewers.push(viewer);
      void viewer.listener.connect();
      const due = begin + (count * 1000) / perSecond - performance.now();
      if (due > 5) await pause(due);
    }
    await this.#until(() => this.#viewers.every(({ listener }) => listener.joined), 60_000, "everybody to have joined");
  }

  /** By the clock, and waiting for nobody. */
  async #talk(priority: Priority, { name, perSecond: rates, seconds }: Extract<Errand, { is: "talk" }>): Promise<void> {
    const perSecond = rates[priority];
    const said: Promise<void>[] = [];
    const begin = performance.now();
    for (let n = 0; n < perSecond * seconds; n++) {
      const due = begin + ((n + PRIORITIES.indexOf(priority) / PRIORITIES.length) * 1000) / perSecond - performance.now();
      if (due > 1) await pause(due);
      const speaker = this.#viewers[n % SPEAKERS];
      const key = `${name}.${priority}.${this.#options.prefix}${n}`;
      if (speaker !== undefined) said.push(speaker.say(priority, key).then((outcome) => this.#answered(priority, outcome)));
    }
    await Promise.all(said);
  }

  #answered(priority: Priority, outcome: string): void {
    if (outcome === "accepted") this.#accepted[priority] += 1;
    else if (outcome === "skipped") this.#skipped[priority] += 1;
    else this.#refused.set(`${priority}: ${outcome}`, (this.#refused.get(`${priority}: ${outcome}`) ?? 0) + 1);
  }

  async #until(done: () => boolean, ms: number, what: string): Promise<void> {
    for (const deadline = performance.now() + ms; !done(); ) {
      if (performance.now() > deadline) return void this.#wrong.push(`in vain waited ${ms} ms for ${what}`);
      await pause(LOOK_MS);
    }
  }

  #report(): Report {
    const { deliveries, moves, gaps, closed } = this.#counts;
    const range = (of: (viewer: Viewer) => number): readonly [number, number] => {
      const all = this.#viewers.map(of);
      return [Math.min(...all), Math.max(...all)];
    };
    const each = <Value>(of: (priority: Priority) => Value) =>
      Object.fromEntries(PRIORITIES.map((priority) => [priority, of(priority)])) as Record<Priority, Value>;
    const report: Report = {
      viewers: this.#viewers.filter(({ listener }) => listener.joined).length,
      head: Math.max(0, ...this.#viewers.map(({ listener }) => listener.position?.seq ?? 0)),
      latency: each((priority) => {
        const latency = this.#latency[priority];
        return { p50Ms: latency.percentile(0.5) / 1000, p99Ms: latency.percentile(0.99) / 1000, mostMs: latency.max / 1000 };
      }),
      deliveries,
      moves,
      gaps,
      closed: [...closed],
      accepted: this.#accepted,
      skipped: this.#skipped,
      refused: [...this.#refused],
      heard: each((priority) => range(({ heard }) => heard[priority])),
      toldSkipped: range(({ skipped }) => skipped),
      wrong: this.#wrong.splice(0),
    };
    for (const latency of Object.values(this.#latency)) latency.reset();
    this.#accepted = perPriority(() => 0);
    this.#skipped = perPriority(() => 0);
    this.#refused.clear();
    this.#counts.deliveries = 0;
    return report;
  }
}

answerQuestions<CrowdOptions, Errand>((options) => {
  const crowd = new Crowd(options);
  return (errand) => crowd.run(errand);
});
