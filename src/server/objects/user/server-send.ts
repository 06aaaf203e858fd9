import { mayWrite } from "../../../domain/access/rights.ts";
import type { Outcome } from "../../../domain/user/peer-message.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { SERVER_DEVICE } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call } from "../../trust.ts";
import type { Desks } from "./desks.ts";
import { HISTORY_OFF } from "./history-desk.ts";
import type { Home } from "./home.ts";

type Answer = Result<Record<string, unknown>, WireError>;

/** A peer message over REST, at the receiver's object: in the name of the caller, or of the user a server names. */
export async function sendFromServer({ home, peers }: Desks, input: InputOf<"peer.send">, { caller, idempotencyKey, settings }: Call): Promise<Answer> {
  const from = caller.kind === "user" ? caller.user : input.from;
  if (from === undefined) return err(wireError("bad_request", { field: "from", message: "from: a server says in whose name" }));
  if (caller.kind === "user" && !mayWrite(caller.rights, "users", home.user)) return err(wireError("forbidden", { field: "to" }));
  if (input.store === true && !settings.history) return err(HISTORY_OFF);
  if (idempotencyKey === undefined) return spread(await peers.sendHere({ from, device: SERVER_DEVICE, id: nextServerId(home) }, input));
  // The key is the caller's own: two senders may choose the same one.
  const answers = new IdempotencyKeys(home, `${from}\n${idempotencyKey}`);
  const before = answers.find();
  if (before?.outcome !== undefined) return ok({ ...before.outcome, duplicate: true });
  // Under the same id a repeat is told from a new message wherever the first try got to.
  const id = before?.id ?? nextServerId(home);
  if (before === undefined) answers.begin(id);
  const sent = await peers.sendHere({ from, device: SERVER_DEVICE, id }, input);
  if (sent.ok) answers.finish(sent.value);
  else if (sent.error.code !== "timeout") answers.forget();
  return spread(sent);
}

const spread = (sent: Result<Outcome, WireError>): Answer => (sent.ok ? ok({ ...sent.value }) : sent);

const ID_BLOCK = 1024;
const blocks = new WeakMap<Home, { next: number; end: number }>();

/** Rising for ever, one row per block: what a lost object had left of its block is skipped. */
function nextServerId(home: Home): number {
  const block = blocks.get(home);
  if (block !== undefined && block.next < block.end) return block.next++;
  const first = home.devices.reserveServerIds(ID_BLOCK);
  blocks.set(home, { next: first + 1, end: first + ID_BLOCK });
  return first;
}

interface KeyRow extends Record<string, SqlStorageValue> {
  id: number;
  delivered: number;
  waiting: number;
  stored: number;
  settled: number;
}

/** What became of the message that was sent under one of REST's Idempotency-Keys. */
class IdempotencyKeys {
  readonly #home: Home;
  readonly #key: string;

  constructor(home: Home, key: string) {
    this.#home = home;
    this.#key = key;
  }

  /** Its id, and its outcome once there is one. */
  find(): { readonly id: number; readonly outcome?: Outcome } | undefined {
    const since = this.#home.now() - LIMITS.idempotencyMs;
    const query = "SELECT id, delivered, waiting, stored, settled FROM answered WHERE key = ? AND at > ?";
    const row = this.#home.tables.read<KeyRow>("answered", query, this.#key, since)[0];
    if (row === undefined) return undefined;
    if (row.settled === 0) return { id: row.id };
    return { id: row.id, outcome: { delivered: row.delivered, waiting: row.waiting, ...(row.stored === 1 ? { stored: true } : {}) } };
  }

  begin(id: number): void {
    const { tables } = this.#home;
    const now = this.#home.now();
    tables.change("answered", "DELETE FROM answered WHERE at <= ?", now - LIMITS.idempotencyMs);
    const { count } = tables.read<{ count: number }>("answered", "SELECT count(*) AS count FROM answered")[0] ?? { count: 0 };
    if (count >= LIMITS.idempotencyKeys) tables.change("answered", "DELETE FROM answered WHERE key = (SELECT key FROM answered ORDER BY at LIMIT 1)");
    tables.write(
      "answered",
      "INSERT OR REPLACE INTO answered (key, at, id, delivered, waiting, stored, settled) VALUES (?, ?, ?, 0, 0, 0, 0)",
      this.#key,
      now,
      id,
    );
  }

  finish({ delivered, waiting, stored }: Outcome): void {
    this.#home.tables.change(
      "answered",
      "UPDATE answered SET delivered = ?, waiting = ?, stored = ?, settled = 1 WHERE key = ?",
      delivered,
      waiting,
      stored === true ? 1 : 0,
      this.#key,
    );
  }

  forget(): void {
    this.#home.tables.change("answered", "DELETE FROM answered WHERE key = ?", this.#key);
  }
}
