import { table } from "./display.ts";
import type { Latencies } from "./latency.ts";
import type { Row } from "./verdict.ts";

/** A row, and what its receivers heard again: rightly from a process that had been killed, or else as a fault. */
export interface JudgedRow extends Row {
  readonly recognised: number;
  readonly unexcused: number;
}

export function isGood(row: JudgedRow): boolean {
  const faults = [row.missed, row.duplicated, row.unexcused, row.outOfOrder, row.changed];
  return faults.every((count) => count === 0) && row.acknowledged === row.sent && row.pictures === row.to.length;
}

const HEAD = ["path", "sent", "acknowledged", "to deliver", "delivered", "missed", "duplicated", "out of order", "changed", "repeats", "pictures equal"];
const nameOf = ({ path, from, to }: Row): string => (path === "peer" ? `${from} -> ${to.join()}` : `${from} -> channel`);

export function deliveryTable(rows: readonly JudgedRow[]): string {
  const cells = rows.map((row) => [nameOf(row), ...numbersOf(row), `${row.pictures}/${row.to.length}`]);
  const sums = rows.map(numbersOf).reduce((sum, numbers) => sum.map((value, column) => value + (numbers[column] ?? 0)));
  const pictures = rows.reduce((sum, row) => sum + row.pictures, 0);
  return table([HEAD, ...cells, ["total", ...sums, `${pictures}/${rows.reduce((sum, row) => sum + row.to.length, 0)}`]]);
}

const numbersOf = (row: JudgedRow): number[] => [
  row.sent,
  row.acknowledged,
  row.toDeliver,
  row.delivered,
  row.missed,
  row.duplicated + row.unexcused,
  row.outOfOrder,
  row.changed,
  row.recognised,
];

export function latencyTable(rows: readonly (readonly [string, Latencies])[]): string {
  const cells = rows.map(([name, { count, p50, p95, p99 }]) => [name, count, ...[p50, p95, p99].map((ms) => ms.toFixed(1))]);
  return table([["latency, ms", "count", "p50", "p95", "p99"], ...cells]);
}
