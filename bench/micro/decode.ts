import { execFileSync } from "node:child_process";
import { decodeFrame } from "../../src/protocol/frame.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { channelPublish } from "../../src/protocol/operations/channel.ts";
import { up } from "../../src/protocol/up.ts";
import { encodePayload } from "../lib/payload.ts";
import { table } from "../lib/table.ts";

/**
 * What it costs to take in a publish frame, in microseconds per message: the part of the hot path that depends on how input is checked.
 * Run without code generation, as on Workers, where zod cannot compile its parsers.
 */
const NO_EVAL = "--disallow-code-generation-from-strings";
if (!process.execArgv.includes(NO_EVAL)) {
  execFileSync(process.execPath, [NO_EVAL, import.meta.filename], { stdio: "inherit" });
  process.exit(0);
}

const ROUNDS = 7;
const ROUND_MS = 150;

const channel = { type: "message", name: "room-1" };
const publish = (id: number): object => ({ type: "request", id: 4_294_967_296 + id, op: "channel.publish", input: { channel, data: encodePayload(3, id) } });
const one = JSON.stringify(publish(1));
const twenty = JSON.stringify(Array.from({ length: 20 }, (_, id) => publish(id)));
const message: unknown = JSON.parse(one);
const input: unknown = JSON.parse(one).input;
const refused: unknown = { ...JSON.parse(one), id: -1 };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a hand-written check of the commonest request looks at; anything unusual goes to the schema. */
function isPublish(value: unknown): boolean {
  if (!isRecord(value) || value.type !== "request" || !Number.isSafeInteger(value.id) || Number(value.id) < 1) return false;
  if (value.op !== "channel.publish" || !isRecord(value.input)) return false;
  const { data } = value.input;
  // Three bytes per UTF-16 unit is the worst case; near the limit the schema counts.
  if (typeof data !== "string" || data.length * 3 > LIMITS.payloadBytes) return false;
  for (const key in value) if (key !== "type" && key !== "id" && key !== "op" && key !== "input") return false;
  for (const key in value.input) if (key !== "data" && key !== "channel") return false;
  return true;
}

const must = (good: boolean): void => {
  if (!good) throw new Error("the benchmark measures a failure");
};

function microsPerCall(work: () => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    let calls = 0;
    const start = performance.now();
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      for (let repeat = 0; repeat < 100; repeat++) work();
      calls += 100;
      elapsed = performance.now() - start;
    }
    return (elapsed * 1000) / calls;
  });
  // The best round: what the others have above it is the machine's noise.
  return Math.min(...rounds);
}

const perTwenty = (micros: number): number => micros / 20;
const rows: [string, number][] = [
  ["JSON.parse, 1 publish", microsPerCall(() => must(JSON.parse(one).id > 0))],
  ["decodeFrame, 1 publish", microsPerCall(() => must(decodeFrame(one).ok))],
  ["decodeFrame, frame of 20, each", perTwenty(microsPerCall(() => must(decodeFrame(twenty).ok)))],
  ["hand-written check", microsPerCall(() => must(isPublish(message)))],
  ["zod: request", microsPerCall(() => must(up.safeParse(message).success))],
  ["zod: input of channel.publish", microsPerCall(() => must(channelPublish.input.safeParse(input).success))],
  ["zod: request refused", microsPerCall(() => must(!up.safeParse(refused).success))],
  ["encodeFrame's share: JSON.stringify, 1 publish", microsPerCall(() => must(JSON.stringify(message).length > 0))],
];
console.log(table([["", "µs"], ...rows.map(([what, micros]) => [what, micros.toFixed(2)])]));
