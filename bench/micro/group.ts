import { largeGroup } from "../../test/support/large-group.ts";
import { table } from "../lib/table.ts";

/** What a message costs in a large group: processor time of its object, rows, and calls to the objects of members. */
const MESSAGES = 40;
const GROUPS = [
  { members: 100, there: 50 },
  { members: 3_000, there: 600 },
  { members: 10_000, there: 600 },
] as const;

const rows: string[][] = [];
for (const { members, there } of GROUPS) {
  const group = await largeGroup(members, there);
  // The first message finds out who is away.
  await group.say("first");
  const { rows: before } = group.sqlite;
  const toldBefore = group.told.length;
  const start = performance.now();
  for (let n = 0; n < MESSAGES; n++) await group.say(`k${n}`);
  const ms = (performance.now() - start) / MESSAGES;
  const per = (total: number): string => (total / MESSAGES).toFixed(1);
  rows.push([String(members), String(there), ms.toFixed(2), per(group.sqlite.rows - before), per(group.told.length - toldBefore)]);
}
console.log(table([["Members", "There", "ms a message", "Rows", "Calls"], ...rows]));
