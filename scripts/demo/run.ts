import { mkdirSync, writeFileSync } from "node:fs";
import { corpusLines } from "./corpus.ts";
import { type CrewOptions, Member } from "./crew.ts";
import { bar, Display } from "./display.ts";
import { now } from "./envelope.ts";
import { pictureFile, planFile } from "./files.ts";
import { latencies, outside, type Span } from "./latency.ts";
import type { Size } from "./options.ts";
import { makePicture } from "./picture.ts";
import { chunksOf, type Plan, receivers, scriptOf } from "./plan.ts";
import type { Service } from "./service.ts";
import { deliveryTable, isGood, type JudgedRow, latencyTable } from "./sheet.ts";
import { type Journals, judge, pictureArrivedIn, type Row, readJournals } from "./verdict.ts";

const TICK_MS = 50;
const START_MS_MAX = 15_000;
/** Without any progress for so long, what is missing will not come. */
const STUCK_MS = 30_000;
/** What comes twice may come late. */
const SETTLE_MS = 1_000;
/** After an outage, what waited has to come first before a latency says something about the service. */
const RECOVERY_MS = 500;
const KILL_CLIENT_AT = 0.25;
const KILL_SERVICE_AT = 0.6;

/** One demonstration from the first message to the verdict. */
export class Run {
  readonly #plan: Plan;
  readonly #directory: string;
  readonly #size: Size;
  readonly #service: Service;
  readonly #display = new Display();
  readonly #crew: Member[];
  readonly #faults: Span[] = [];
  readonly #toDeliver: number;
  readonly #startedAt = now();

  constructor(directory: string, service: Service, size: Size) {
    this.#directory = directory;
    this.#service = service;
    this.#size = size;
    // A service that runs already may remember the users of an earlier run.
    const run = service.own === undefined ? `-${Date.now().toString(36)}` : "";
    const users = ["ann", "bob", "cyd"].map((name) => name + run);
    this.#plan = makePlan(directory, service, size, users, `reading-room${run}`);
    this.#toDeliver = countDeliveries(this.#plan);
    const options: CrewOptions = { directory, certificate: service.certificate };
    this.#crew = users.map((user) => new Member(user, options));
  }

  /** Whether everything came once. */
  async perform(): Promise<boolean> {
    const { users, scripts, url } = this.#plan;
    this.#display.say(
      `${users.join(", ")} at ${url}: ${(scripts[users[0] ?? ""] ?? []).length} messages each to a peer and to the channel, lines and pictures`,
    );
    await this.#until("the clients are connected", () => this.#crew.every((member) => member.isConnected), START_MS_MAX);
    for (const member of this.#crew) member.begin();

    await this.#deliveredShare(KILL_CLIENT_AT);
    await this.#killClient(this.#crew[1]);
    await this.#deliveredShare(KILL_SERVICE_AT);
    await this.#killService();
    await this.#deliveredShare(1);
    await this.#until("all is acknowledged", () => this.#acknowledged() >= this.#toSend(), STUCK_MS);
    await this.#pass(SETTLE_MS);
    return this.#conclude();
  }

  async end(): Promise<void> {
    await Promise.all(this.#crew.map((member) => member.kill()));
  }

  async #killClient(member: Member | undefined): Promise<void> {
    if (member === undefined) return;
    await this.#outage(`kill -9 ${member.user}`, async () => {
      await member.kill();
      await this.#pass(this.#size.downMs);
      member.restart();
      await this.#until(`${member.user} is back`, () => member.isConnected, START_MS_MAX);
      member.begin();
    });
  }

  async #killService(): Promise<void> {
    const { own } = this.#service;
    if (own === undefined) return this.#display.say("the service is not ours: it is not killed");
    await this.#outage("kill -9 of the service", async () => {
      await own.kill();
      await this.#until("the clients notice", () => this.#crew.every((member) => !member.isConnected), START_MS_MAX);
      await this.#pass(this.#size.downMs);
      await own.restart();
      await this.#until("the clients are back", () => this.#crew.every((member) => member.isConnected), START_MS_MAX);
    });
  }

  async #outage(name: string, run: () => Promise<void>): Promise<void> {
    const from = now();
    const before = this.#delivered();
    await run();
    const downMs = now() - from;
    this.#faults.push({ from, to: now() + RECOVERY_MS });
    this.#display.say(`${name}, after ${before} of ${this.#toDeliver} deliveries: back in ${(downMs / 1000).toFixed(1)} s`);
  }

  /** What does not come is for the verdict to say. */
  async #deliveredShare(share: number): Promise<void> {
    const what = `${share * 100} % is delivered`;
    await this.#until(what, () => this.#delivered() >= this.#toDeliver * share, STUCK_MS).catch((error: unknown) => this.#display.say(String(error)));
  }

  /** Gives up when nothing has changed for `stuckMs`, or a client ended by itself. */
  async #until(what: string, holds: () => boolean, stuckMs: number): Promise<void> {
    let progress = "";
    let changedAt = now();
    while (!holds()) {
      await this.#pass(TICK_MS);
      const failed = this.#crew.find((member) => member.failure !== undefined);
      if (failed !== undefined) throw new Error(failed.failure);
      const present = `${this.#delivered()} ${this.#acknowledged()} ${this.#crew.map((member) => member.isConnected).join()}`;
      if (present !== progress) {
        progress = present;
        changedAt = now();
      } else if (now() - changedAt > stuckMs) {
        throw new Error(`nothing moved for ${stuckMs / 1000} s while waiting until ${what}`);
      }
    }
  }

  async #pass(ms: number): Promise<void> {
    const end = now() + ms;
    do {
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, TICK_MS)));
      this.#show();
    } while (now() < end);
  }

  #show(): void {
    const delivered = this.#delivered();
    const state = this.#crew.map(({ user, isConnected }) => `${user} ${isConnected ? "on" : "--"}`).join("  ");
    const seconds = ((now() - this.#startedAt) / 1000).toFixed(1).padStart(5);
    this.#display.progress(
      `${seconds} s ${bar(delivered, this.#toDeliver)} ${delivered}/${this.#toDeliver} delivered, ${this.#acknowledged()} acknowledged  ${state}`,
    );
  }

  #delivered(): number {
    return this.#crew.reduce((sum, { latest, known }) => sum + (latest?.received ?? known.received), 0);
  }

  #acknowledged(): number {
    return this.#crew.reduce((sum, { latest, known }) => sum + (latest?.acknowledged ?? known.acknowledged), 0);
  }

  #toSend(): number {
    return 2 * Object.values(this.#plan.scripts).reduce((sum, script) => sum + script.length, 0);
  }

  async #conclude(): Promise<boolean> {
    await this.end();
    const journals = readJournals(this.#plan, this.#directory);
    const chunksFrom = (from: string): number => (this.#plan.scripts[from] ?? []).filter((item) => "chunk" in item).length;
    const rows = judge(this.#plan, journals, pictureArrivedIn(this.#directory, chunksFrom)).map((row) => this.#withRepeats(row));
    const gaps = this.#crew.flatMap((member) => member.gaps.map((gap) => `${member.user} was told of a gap: ${gap}`));
    const good = rows.every(isGood) && gaps.length === 0;
    const say = (text: string): void => this.#display.say(text);
    say(`\n${deliveryTable(rows)}\n`);
    say(`${latencyTable(this.#latencies(journals))}\n`);
    for (const gap of gaps) say(gap);
    say("repeats: what a killed process had sent, or received, without learning that it had; recognised by its number in the journal");
    say(good ? "Everything came, once, in order and unchanged." : "FAILED: see the table.");
    return good;
  }

  /** Where neither end was killed, the SDK alone has to keep repeats away. */
  #withRepeats(row: Row): JudgedRow {
    const heard = row.to.map((user) => {
      const member = this.#crew.find((one) => one.user === user);
      const sender = this.#crew.find((one) => one.user === row.from);
      const excused = (member?.restarts ?? 0) + (sender?.restarts ?? 0) > 0;
      return { excused, count: member?.repeats.get(`${row.path} ${row.from}`) ?? 0 };
    });
    const sum = (excused: boolean): number => heard.filter((one) => one.excused === excused).reduce((total, { count }) => total + count, 0);
    return { ...row, recognised: sum(true), unexcused: sum(false) };
  }

  #latencies({ receipts, acknowledged }: Journals): [string, ReturnType<typeof latencies>][] {
    const acks = [...acknowledged.values()].flat().map(({ sentAt, ackedAt }): Span => ({ from: sentAt, to: ackedAt }));
    const deliveries = [...receipts.values()].flat().map(({ sentAt, receivedAt }): Span => ({ from: sentAt, to: receivedAt }));
    return [
      ["delivered, while nothing was down", latencies(outside(deliveries, this.#faults))],
      ["delivered, all", latencies(deliveries)],
      ["acknowledged, while nothing was down", latencies(outside(acks, this.#faults))],
      ["acknowledged, all", latencies(acks)],
    ];
  }
}

const countDeliveries = (plan: Plan): number =>
  plan.users.reduce(
    (sum, user) => sum + (plan.scripts[user] ?? []).length * (receivers(plan, "peer", user).length + receivers(plan, "channel", user).length),
    0,
  );

function makePlan(directory: string, service: Service, size: Size, users: readonly string[], channel: string): Plan {
  mkdirSync(directory, { recursive: true });
  const lines = corpusLines();
  const scripts = users.map((user, index): [string, Plan["scripts"][string]] => {
    const picture = makePicture(size.pictureSide, size.pictureSide, index + 3);
    writeFileSync(pictureFile(directory, user), picture);
    return [user, scriptOf(lines, index, users.length, size.linesEach, chunksOf(picture))];
  });
  const plan: Plan = { url: service.url, app: service.app, channel, users, scripts: Object.fromEntries(scripts), messagesPerSecond: size.messagesPerSecond };
  writeFileSync(planFile(directory), JSON.stringify(plan));
  return plan;
}
