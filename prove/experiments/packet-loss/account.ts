import type { Violation } from "../../check/invariant.ts";
import type { Ack, Attempt, Delivery, RunEvent } from "../../record/event.ts";

/** What became of what was said. */
export interface Account {
  readonly said: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Said, and in the end with everybody whom it was for. */
  readonly arrived: number;
  /** Copies that came more than once. */
  readonly repeated: number;
  /** Ms from the application's call to each receiver, rising; what never came is not in it. */
  readonly arrivalMs: readonly number[];
  /** Copies that were to come and did not. */
  readonly missing: number;
  /** Ms from the application's call to its answer, rising. */
  readonly ackMs: readonly number[];
}

const nameOf = ({ writer, n }: { writer: string; n: number }): string => `${writer} ${n}`;
const rising = (values: number[]): readonly number[] => values.sort((a, b) => a - b);

/** Who has to hear it: the user it is for, or all who are in the channel, the speaker among them. */
const receiversOf = ({ target }: Attempt, everybody: readonly string[]): readonly string[] =>
  target.startsWith("user:") ? [`${target.slice("user:".length)}/d`] : everybody.map((user) => `${user}/d`);

export function accountOf(events: readonly RunEvent[], everybody: readonly string[]): Account {
  const attempts = events.filter((event): event is Attempt => event.is === "attempt");
  const saidAt = new Map(attempts.map((attempt) => [nameOf(attempt), attempt.at]));
  const copies = new Map<string, number>();
  const arrivalMs: number[] = [];
  const ackMs: number[] = [];
  let repeated = 0;
  for (const event of events) {
    const at = "writer" in event ? saidAt.get(nameOf(event)) : undefined;
    if (at === undefined) continue;
    if (event.is === "ack") ackMs.push(event.at - at);
    if (event.is !== "delivery") continue;
    const copy = `${nameOf(event)} ${event.device}`;
    copies.set(copy, (copies.get(copy) ?? 0) + 1);
    if (copies.get(copy) === 1) arrivalMs.push(event.at - at);
    else repeated += 1;
  }
  const missingOf = (attempt: Attempt): number => receiversOf(attempt, everybody).filter((device) => !copies.has(`${nameOf(attempt)} ${device}`)).length;
  const missing = attempts.map(missingOf);
  return {
    said: attempts.length,
    acknowledged: ackMs.length,
    failed: events.filter(({ is }) => is === "refused").length,
    arrived: missing.filter((count) => count === 0).length,
    repeated,
    arrivalMs: rising(arrivalMs),
    missing: missing.reduce((sum, count) => sum + count, 0),
    ackMs: rising(ackMs),
  };
}

/** What the SDK promises whatever the network does. */
export function broken(events: readonly RunEvent[], everybody: readonly string[]): readonly Violation[] {
  const violations: Violation[] = [];
  const attempts = events.filter((event): event is Attempt => event.is === "attempt");
  const acks = new Map(events.filter((event): event is Ack => event.is === "ack").map((ack) => [nameOf(ack), ack]));
  const refused = new Set(events.flatMap((event) => (event.is === "refused" ? [nameOf(event)] : [])));
  const told = new Set(events.flatMap((event) => (event.is === "gap" ? [`${event.device} ${event.target}`] : [])));
  const heard = new Map<string, Delivery[]>();
  for (const event of events) {
    if (event.is !== "delivery") continue;
    const stream = `${event.device} ${event.writer}`;
    const list = heard.get(stream) ?? [];
    list.push(event);
    heard.set(stream, list);
  }
  for (const attempt of attempts) {
    const name = nameOf(attempt);
    if (!acks.has(name) && !refused.has(name)) violations.push({ rule: "NL21", what: `nobody was told what became of ${name}` });
    if (!acks.has(name)) continue;
    for (const device of receiversOf(attempt, everybody)) {
      const came = heard.get(`${device} ${attempt.writer}`)?.some(({ n }) => n === attempt.n) === true;
      if (!came && !told.has(`${device} ${attempt.target}`)) violations.push({ rule: "NL20", what: `${device} never heard ${name}, which was acknowledged` });
    }
  }
  for (const [stream, list] of heard) {
    let last = 0;
    for (const { n, at } of list) {
      if (n <= last) violations.push({ rule: "NL20", what: `${stream}: ${n} came after ${last}`, at });
      last = Math.max(last, n);
    }
  }
  return violations;
}

/** The value that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  return values[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? Number.NaN;
}
