import { Histogram } from "../../../bench/lib/histogram.ts";
import { pause } from "../../../bench/load/parallel.ts";
import { ownerOfUser } from "../../builds/spread/owner.ts";
import { tokenOf } from "../support/service.ts";
import { answerQuestions } from "../support/side-process.ts";
import { type CrowdOptions, type Errand, memberOf, type Report } from "./errand.ts";
import { Member, MemberCounts } from "./member.ts";

const PING_MS = 25_000;
const LOOK_MS = 50;
const WRONG_MOST = 20;

class Crowd {
  readonly #options: CrowdOptions;
  readonly #members: readonly Member[];
  readonly #latency = new Histogram();
  readonly #counts = new MemberCounts();
  readonly #said: [key: string, seq: number][] = [];
  readonly #wrong: string[] = [];

  constructor(options: CrowdOptions) {
    this.#options = options;
    const { app, group, urls, url, from, to } = options;
    const ports = {
      app,
      group,
      latency: this.#latency,
      counts: this.#counts,
      urlOf: (user: string) => urls[ownerOfUser(app, user, urls.length)] ?? url,
      token: (user: string) => tokenOf(options, user),
      wrong: (what: string) => void (this.#wrong.length < WRONG_MOST && this.#wrong.push(what)),
    };
    this.#members = Array.from({ length: to - from }, (_, offset) => new Member(memberOf(from + offset), ports));
    setInterval(() => {
      for (const member of this.#members) member.ping();
    }, PING_MS);
  }

  async run(errand: Errand): Promise<Report> {
    if (errand.is === "enter") await this.#enter(errand.perSecond);
    else if (errand.is === "talk") await this.#talk(errand);
    else await this.#heard(errand.upTo, errand.withinMs);
    return this.#report();
  }

  async #enter(perSecond: number): Promise<void> {
    const entering: Promise<void>[] = [];
    await paced(this.#members.length, perSecond, (index) => void entering.push(this.#members[index]?.enter() ?? Promise.resolve()));
    await Promise.all(entering);
  }

  /** By the clock, whatever becomes of them: whoever waits for answers spares the service. */
  async #talk({ name, messages, perSecond }: Extract<Errand, { is: "talk" }>): Promise<void> {
    const saying: Promise<void>[] = [];
    await paced(messages, perSecond, (n) => {
      const member = this.#members[n % this.#members.length];
      const key = `${name}.${this.#options.from}.${n}`;
      if (member !== undefined) saying.push(member.say(key).then((seq) => void this.#said.push([key, seq])));
    });
    await Promise.all(saying);
  }

  async #heard(upTo: number, withinMs: number): Promise<void> {
    const behind = (): Member[] => this.#members.filter(({ position = 0, acknowledged }) => Math.min(position, acknowledged) < upTo);
    for (const deadline = performance.now() + withinMs; behind().length > 0; ) {
      if (performance.now() > deadline) return void this.#wrong.push(`${behind().length} are not at ${upTo}, such as ${behind()[0]?.user}`);
      await pause(LOOK_MS);
    }
  }

  #report(): Report {
    const latency = this.#latency;
    const report: Report = {
      online: this.#members.filter(({ position }) => position !== undefined).length,
      p50Ms: latency.percentile(0.5) / 1000,
      p99Ms: latency.percentile(0.99) / 1000,
      mostMs: latency.max / 1000,
      ...this.#counts,
      said: this.#said.splice(0),
      heard: this.#members.map(({ user, heard, digest }) => [user, heard, digest]),
      wrong: this.#wrong.splice(0),
    };
    latency.reset();
    Object.assign(this.#counts, new MemberCounts());
    return report;
  }
}

async function paced(count: number, perSecond: number, each: (index: number) => void): Promise<void> {
  const begin = performance.now();
  for (let index = 0; index < count; index++) {
    const due = begin + (index * 1000) / perSecond - performance.now();
    if (due > 1) await pause(due);
    each(index);
  }
}

answerQuestions<CrowdOptions, Errand>((options) => {
  const crowd = new Crowd(options);
  return (errand) => crowd.run(errand);
});
