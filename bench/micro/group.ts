import { serialize } from "node:v8";
import { largeGroup } from "../../test/support/large-group.ts";
import { table } from "../lib/table.ts";

/** What a message costs in a large group: processor time of its object, with that of making what its calls carry, rows, and calls to members' objects or leaves. */
const MESSAGES = 40;
const GROUPS = [
  { members: 100, there: 50 },
  { members: 3_000, there: 600 },
  { members: 10_000, there: 600 },
  { members: 10_000, there: 2_000 },
] as const;
/** As a deployment has them. */
const LEAVES = { hotMembers: 256, leafMembers: 100 };

const rows: string[][] = [];
for (const { members, there } of GROUPS) for (const leaves of [undefined, LEAVES]) await measure(members, there, leaves);
console.log(table([["Members", "There", "Leaves", "CPU ms a message", "Rows", "Calls", "KB in calls"], ...rows]));

async function measure(members: number, there: number, leaves: typeof LEAVES | undefined): Promise<void> {
  let bytes = 0;
  // As the platform writes what goes into a call.
  const group = await largeGroup(members, there, leaves, (what) => {
    bytes += serialize(what).byteLength;
  });
  // The first message finds out who is away.
  await group.say("first");
  const { rows: before } = group.sqlite;
  const [toldBefore, batchesBefore] = [group.told.length, group.batches.length];
  bytes = 0;
  const start = process.cpuUsage();
  for (let n = 0; n < MESSAGES; n++) await group.say(`k${n}`);
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1_000 / MESSAGES;
  const per = (total: number): string => (total / MESSAGES).toFixed(1);
  const calls = per(group.told.length - toldBefore + group.batches.length - batchesBefore);
  rows.push([String(members), String(there), leaves === undefined ? "no" : "yes", ms.toFixed(2), per(group.sqlite.rows - before), calls, per(bytes / 1024)]);
}
