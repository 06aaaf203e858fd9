import { FrameTape } from "../../../bench/lib/frame-tape.ts";
import { Histogram } from "../../../bench/lib/histogram.ts";
import { pause } from "../../../bench/load/parallel.ts";
import { decoder } from "../support/content.ts";
import { Listener, ListenerCounts, type ListenerPorts } from "../support/listener.ts";
import { Places } from "../support/places.ts";
import { answerQuestions } from "../support/side-process.ts";
import { ticketsOf } from "../support/tickets.ts";
import type { CrowdOptions, Errand, Report } from "./errand.ts";

/** One in so many measures how long messages took. */
const MEASURED_EVERY = 16;
const RETRY_MS = 300;
const ID_FLOOR = 1_000;

interface Said {
  readonly user: string;
  readonly id: number;
  /** When it was said. */
  readonly at: number;
}

/** A member that speaks, too: one message under way at a time, said again under its id until it is heard back. */
class Member {
  readonly listener: Listener<Said>;
  readonly #crowd: Crowd;
  /** Said and not heard back. */
  readonly unheard = new Map<number, string>();
  #ids = ID_FLOOR;

  constructor(user: string, crowd: Crowd, ports: ListenerPorts<Said>, measures: boolean) {
    this.#crowd = crowd;
    this.listener = new Listener(user, ports, {
      joined: () => this.#next(),
      heard: (said, now) => {
        if (measures) crowd.latency.record((now - said.at) * 1000);
        if (said.user === user && this.unheard.delete(said.id)) this.#next();
      },
      answered: (id, { error }) => error !== undefined && this.#refused(id, error.code),
    });
  }

  say(): void {
    const id = ++this.#ids;
    this.unheard.set(id, `${Date.now()} ${"x".repeat(100)}`);
    // Whatever becomes of it, nothing of this member overtakes it.
    if (this.unheard.size === 1) this.#post(id);
  }

  #next(): void {
    for (const id of this.unheard.keys()) return this.#post(id);
  }

  #refused(id: number, code: string): void {
    this.#crowd.refused.set(code, (this.#crowd.refused.get(code) ?? 0) + 1);
    if (code === "burnt") this.#crowd.wrong(`${this.listener.user}'s ${id} is burnt`);
    else setTimeout(() => this.#post(id), RETRY_MS);
  }

  #post(id: number): void {
    const data = this.unheard.get(id);
    if (data !== undefined) this.listener.request(id, "channel.publish", { data });
  }
}

class Crowd {
  readonly options: CrowdOptions;
  readonly latency = new Histogram();
  readonly members: Member[] = [];
  readonly faults: string[] = [];
  readonly refused = new Map<string, number>();
  readonly #counts = new ListenerCounts();
  readonly #ports: ListenerPorts<Said>;
  #talk: NodeJS.Timeout | undefined;
  #said = 0;

  constructor(options: CrowdOptions) {
    this.options = options;
    const channel = { type: "message", name: options.channel } as const;
    const places = new Places(options, channel);
    this.#ports = {
      app: options.app,
      channel,
      tape: new FrameTape(decoder(({ from, id, data }) => ({ user: from, id, at: Number(data.slice(0, data.indexOf(" "))) }))),
      urlOf: (user) => places.urlOf(user),
      ticket: ticketsOf(options, channel),
      wrong: (what) => this.wrong(what),
      counts: this.#counts,
    };
  }

  wrong(what: string): void {
    if (this.faults.length < 20) this.faults.push(what);
  }

  async run(errand: Errand): Promise<Report> {
    switch (errand.is) {
      case "grow":
        await this.#grow(errand.to, errand.perSecond);
        break;
      case "shrink":
        await this.#shrink(errand.to, errand.perSecond);
        break;
      case "talk":
        this.#talkAt(errand.perSecond);
        break;
      case "stay":
        await pause(errand.ms);
        break;
      case "finish":
        this.#talkAt(0);
        await this.#until(
          () => this.#there().every(({ listener, unheard }) => listener.joined && unheard.size === 0),
          errand.withinMs,
          "an outcome of everything said",
        );
    }
    return this.#report();
  }

  /** Everybody has heard all up to there. */
  async heard(upTo: number, withinMs: number): Promise<Report> {
    await this.#until(() => this.#there().every(({ listener }) => listener.position?.seq === upTo), withinMs, `everybody at ${upTo}`);
    for (const { listener } of this.#there()) {
      const { user, heard, from, position } = listener;
      if (heard !== (position?.seq ?? 0) - from) this.wrong(`${user} heard ${heard} since ${from}`);
    }
    return this.#report();
  }

  #there(): Member[] {
    return this.members.filter(({ listener }) => listener.wanted);
  }

  async #grow(to: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    for (let count = 0; this.members.length < to; count++) {
      const index = this.members.length;
      const member = new Member(`${this.options.prefix}${index}`, this, this.#ports, index % MEASURED_EVERY === 0);
      this.members.push(member);
      void member.listener.connect();
      const due = begin + ((count + 1) * 1000) / perSecond - performance.now();
      if (due > 5) await pause(due);
    }
    await this.#until(() => this.#there().every(({ listener }) => listener.joined), 60_000, "everybody joined");
  }

  async #shrink(to: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    const leaving = this.#there().slice(to);
    for (const [count, member] of leaving.entries()) {
      member.listener.leave();
      const due = begin + ((count + 1) * 1000) / perSecond - performance.now();
      if (due > 5) await pause(due);
    }
  }

  #talkAt(perSecond: number): void {
    clearInterval(this.#talk);
    if (perSecond === 0) return;
    this.#talk = setInterval(() => {
      const { publishers } = this.options;
      this.members[this.#said++ % publishers]?.say();
    }, 1000 / perSecond);
  }

  async #until(done: () => boolean, ms: number, what: string): Promise<void> {
    const deadline = performance.now() + ms;
    while (!done()) {
      if (performance.now() > deadline) return this.wrong(`in vain waited ${ms} ms for ${what}`);
      await pause(50);
    }
  }

  #report(): Report {
    const { latency } = this;
    const { deliveries, moves, gaps, closed } = this.#counts;
    const report: Report = {
      members: this.#there().length,
      head: Math.max(0, ...this.members.map(({ listener }) => listener.position?.seq ?? 0)),
      p50Ms: latency.percentile(0.5) / 1000,
      p99Ms: latency.percentile(0.99) / 1000,
      measured: latency.total,
      deliveries,
      moves,
      gaps,
      closed: [...closed],
      refused: [...this.refused],
      wrong: this.faults.splice(0),
    };
    latency.reset();
    this.#counts.deliveries = 0;
    return report;
  }
}

answerQuestions<CrowdOptions, Errand>((options) => {
  const crowd = new Crowd(options);
  return (errand) => (errand.is === "heard" ? crowd.heard(errand.upTo, errand.withinMs) : crowd.run(errand));
});
