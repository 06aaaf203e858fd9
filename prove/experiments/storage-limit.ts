import { pause } from "../../bench/load/parallel.ts";
import { type Channel, type Client, connect, WigwagError } from "../../src/client/index.ts";
import { isRecord } from "../../src/util/record.ts";
import type { Patch } from "../builds/patch.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { type Address, rest, startService, tokenOf } from "./support/service.ts";

const RULE = "HX8";
const CHANNEL = "full";
const FULL = "the disk is full from here";
const ROOM = "there is room again";

/** What SQLite says at its limit, from one message to another: a local run has no limit of its own that could be reached in minutes. */
const FULL_DISK: Patch = {
  name: "full disk",
  file: "src/server/storage/sql-log-store.ts",
  find: "  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {\n",
  replace: `  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    const disk = globalThis as { full?: boolean };
    if (page.items.includes("${ROOM}")) disk.full = false;
    if (disk.full === true) throw new Error("database or disk is full: SQLITE_FULL");
    if (page.items.includes("${FULL}")) disk.full = true;
`,
};

/** A refusal that takes longer is none: the caller has waited for nothing. */
const REFUSED_WITHIN_MS = 5_000;
/** The SDK itself tries again what is refused for now, until this is over. */
const PATIENCE_MS = 2_000;
const BETWEEN_MS = 50;
const SETTLED_MS = 2_000;
/** "Not now", in the catalogue's words. */
const RIGHT_REFUSALS = new Set(["unavailable", "overloaded"]);

/** A way to publish; resolves with `ok` or the code of the refusal. */
type Publish = (text: string) => Promise<string>;

const codeOf = (error: unknown): string => (error instanceof WigwagError ? error.code : String(error));
const outcomeOf = (published: Promise<unknown>): Promise<string> =>
  published.then(
    () => "ok",
    (error: unknown) => codeOf(error),
  );

/** A channel whose database takes nothing more for a while. */
export const STORAGE_LIMIT: Experiment = {
  name: "storage-limit",
  title: "a channel's database is full for a while: publishes are refused in so many words, reads go on, nothing acknowledged is lost",
  run: async ({ directory, seconds, say }) => {
    const service = await startService({ directory, patches: [FULL_DISK] });
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    try {
      const reader = await member(service, "reader");
      const writer = await member(service, "writer");
      const stranger = await enter(service, "stranger");
      const heard: string[] = [];
      reader.channel.on("message", ({ data }) => heard.push(String(data)));
      reader.channel.on("gap", ({ reason }) => wrong(`the reader was told of a gap: ${reason}`));
      const ways: Record<string, Publish> = {
        "direct socket": (text) => outcomeOf(writer.channel.publish(text, { timeoutMs: PATIENCE_MS })),
        "session socket": (text) => outcomeOf(stranger.publish(CHANNEL, text, { timeoutMs: PATIENCE_MS })),
        REST: (text) => overRest(service, text),
      };
      const acknowledged: string[] = [];
      const refusals = new Map<string, number>();
      const sayOnEachWay = async (phase: string, full: boolean): Promise<void> => {
        for (const [way, publish] of Object.entries(ways)) {
          const text = `${way}, ${phase}`;
          const startedAt = performance.now();
          const outcome = await publish(text);
          if (outcome === "ok") acknowledged.push(text);
          if (full) refusals.set(`${way}: ${outcome}`, (refusals.get(`${way}: ${outcome}`) ?? 0) + 1);
          if (full && !RIGHT_REFUSALS.has(outcome)) wrong(`${way}: ${outcome} while the disk is full`);
          if (full && performance.now() - startedAt > REFUSED_WITHIN_MS) wrong(`${way}: an answer only after ${Math.round(performance.now() - startedAt)} ms`);
          if (!full && outcome !== "ok") wrong(`${way}: ${outcome} with room on the disk, ${phase}`);
        }
      };
      for (let n = 0; n < 10; n++) await sayOnEachWay(`before ${n}`, false);
      if ((await ways["direct socket"]?.(FULL)) === "ok") acknowledged.push(FULL);
      const end = performance.now() + seconds * 1000;
      for (let n = 0; performance.now() < end; n++) {
        await sayOnEachWay(`full ${n}`, true);
        await reads(reader).catch((error: unknown) => wrong(`a read while the disk is full: ${codeOf(error)}`));
        await pause(BETWEEN_MS);
      }
      say(`refused: ${[...refusals].map(([what, times]) => `${what} ${times}`).join("; ")}`);
      if ((await ways["direct socket"]?.(ROOM)) === "ok") acknowledged.push(ROOM);
      for (let n = 0; n < 10; n++) await sayOnEachWay(`after ${n}`, false);
      await pause(SETTLED_MS);
      const counts = new Map<string, number>();
      for (const text of heard) counts.set(text, (counts.get(text) ?? 0) + 1);
      for (const text of acknowledged) if (!counts.has(text)) wrong(`"${text}" was acknowledged and not heard`);
      for (const [text, count] of counts) if (count > 1) wrong(`"${text}" was heard ${count} times`);
      for (const { client } of [reader, writer]) if (client.state !== "connected") wrong(`${client.user} is ${client.state}`);
      for (const client of [reader.client, writer.client, stranger]) client.close();
      return {
        figures: {
          acknowledged: acknowledged.length,
          heard: heard.length,
          "refused while full": [...refusals.values()].reduce((sum, times) => sum + times, 0),
        },
        violations,
        tables: [{ title: "while the disk was full", columns: ["way and outcome", "times"], rows: [...refusals] }],
      };
    } finally {
      await service.server.kill();
    }
  },
};

async function enter(address: Address, user: string): Promise<Client> {
  const client = await connect({ url: address.url, app: address.app, user, device: "d", token: () => tokenOf(address, user) });
  client.on("error", () => {});
  return client;
}

async function member(address: Address, user: string): Promise<{ client: Client; channel: Channel }> {
  const client = await enter(address, user);
  return { client, channel: await client.join(CHANNEL) };
}

async function overRest(address: Address, text: string): Promise<string> {
  const { status, body } = await rest(address, "POST", `/v1/channels/message/${CHANNEL}/messages`, { from: "server", data: text });
  if (status === 200) return "ok";
  return isRecord(body) && isRecord(body.error) ? String(body.error.code) : String(status);
}

async function reads({ channel }: { channel: Channel }): Promise<void> {
  await channel.members();
  await channel.attributes.get();
}
