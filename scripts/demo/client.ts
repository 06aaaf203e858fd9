/** One client of the demo, a process of its own. It may be killed at any line: another one started with the same arguments goes on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Channel, Client } from "../../src/client/index.ts";
import { now, open, seal } from "./envelope.ts";
import { acknowledgedFile, chunkFile, joinedFile, pictureFile, planFile, receiptsFile } from "./files.ts";
import { acknowledged, Journal, type Receipt, receipt } from "./journal.ts";
import { chunkOf, type Path, type Plan, peerOf } from "./plan.ts";
import type { Report } from "./report.ts";

/** The package as its users have it. */
const { connect }: typeof import("../../src/client/index.ts") = await import(new URL("../../dist/index.js", import.meta.url).href);
const { buildToken }: typeof import("../../src/client/token.ts") = await import(new URL("../../dist/token.js", import.meta.url).href);

const TOKEN_SECONDS = 3600;
const REPORT_MS = 100;
/** Messages on the way on each path. */
const WINDOW = 16;
/** A message may have to wait for a server that restarts. */
const SEND_TIMEOUT_MS = 60_000;

const [directory = "", user = ""] = process.argv.slice(2);
const certificate = process.env.WIGWAG_DEV_APP_CERTIFICATE ?? "";
const plan: Plan = JSON.parse(readFileSync(planFile(directory), "utf8"));
const picture = readFileSync(pictureFile(directory, user));
mkdirSync(dirname(receiptsFile(directory, user)), { recursive: true });
const receipts = new Journal(receiptsFile(directory, user), receipt);
const acks = new Journal(acknowledgedFile(directory, user), acknowledged);

const keyOf = ({ path, from, n }: Pick<Receipt, "path" | "from" | "n">): string => `${path} ${from} ${n}`;
const seen = new Set(receipts.entries.map(keyOf));
const done = new Set(acks.entries.map(({ path, n }) => `${path} ${n}`));
const repeats: Record<string, number> = {};
const gaps: string[] = [];

/** Written down first; the SDK acknowledges when this returns. */
function record(path: Path, from: string, data: string | Uint8Array, place?: Receipt["place"]): void {
  const { n, sentAt, content } = open(data);
  if (seen.has(keyOf({ path, from, n }))) {
    repeats[`${path} ${from}`] = (repeats[`${path} ${from}`] ?? 0) + 1;
    return;
  }
  seen.add(keyOf({ path, from, n }));
  if ("chunk" in content) writeFileSync(chunkFile(directory, user, path, from, content.chunk), content.bytes);
  const what = "line" in content ? { line: content.line } : { chunk: content.chunk };
  receipts.append({ path, from, n, sentAt, receivedAt: now(), ...what, ...(place !== undefined && { place }) });
}

/** Where a predecessor stood in the channel: behind the last message it wrote down. */
function knownPosition(): Receipt["place"] {
  const last = receipts.entries.findLast(({ place }) => place !== undefined)?.place;
  if (last !== undefined) return last;
  return existsSync(joinedFile(directory, user)) ? JSON.parse(readFileSync(joinedFile(directory, user), "utf8")) : undefined;
}

async function join(client: Client): Promise<Channel> {
  const position = knownPosition();
  const room = await client.join(plan.channel, { ...(position && { position }) });
  room.on("gap", (gap) => gaps.push(JSON.stringify(gap)));
  room.on("message", ({ from, data, seq }) => record("channel", from, data, { epoch: room.position?.epoch ?? "", seq }));
  if (position === undefined) writeFileSync(joinedFile(directory, user), JSON.stringify(room.position));
  return room;
}

/** Sends what is not yet known to have arrived, in order, at the plan's pace. */
async function sendAll(path: Path, send: (data: string | Uint8Array) => Promise<unknown>): Promise<void> {
  const flying = new Set<Promise<void>>();
  for (const [index, item] of (plan.scripts[user] ?? []).entries()) {
    const n = index + 1;
    if (done.has(`${path} ${n}`)) continue;
    if (flying.size >= WINDOW) await Promise.race(flying);
    const sentAt = now();
    const sending = send(seal(n, item, (chunk) => chunkOf(picture, chunk))).then(() => {
      acks.append({ path, n, sentAt, ackedAt: now() });
      done.add(`${path} ${n}`);
      flying.delete(sending);
    });
    flying.add(sending);
    await new Promise((resolve) => setTimeout(resolve, 1000 / plan.messagesPerSecond));
  }
  await Promise.all(flying);
}

process.on("disconnect", () => process.exit(1));
const client = await connect({
  url: plan.url,
  app: plan.app,
  user,
  device: "demo",
  token: () => buildToken({ appId: plan.app, certificate, userId: user, expireSeconds: TOKEN_SECONDS }),
});
client.on("error", (error) => console.error(`${user}: ${error.message}`));
client.on("truncated", (range) => gaps.push(JSON.stringify(range)));
client.on("message", ({ from, data }) => record("peer", from, data));
const room = await join(client);

const report = (): void => {
  const connected = client.state === "connected" && room.state === "joined";
  const sent: Report = { connected, acknowledged: done.size, received: seen.size, repeats, gaps };
  process.send?.(sent);
};
report();
setInterval(report, REPORT_MS);
process.on("message", () => {
  const options = { timeoutMs: SEND_TIMEOUT_MS };
  const peer = sendAll("peer", (data) => client.send(peerOf(plan, user), data, options));
  const channel = sendAll("channel", (data) => room.publish(data, options));
  Promise.all([peer, channel]).catch((error: unknown) => {
    console.error(`${user}: a message was refused:`, error);
    process.exit(1);
  });
});
