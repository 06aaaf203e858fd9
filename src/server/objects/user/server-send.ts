import { mayWrite } from "../../../domain/access/rights.ts";
import type { Outcome } from "../../../domain/user/peer-message.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call } from "../../trust.ts";
import type { Desks } from "./desks.ts";
import type { Home } from "./home.ts";
import { SERVER_DEVICE } from "./peer-desk.ts";

type Answer = Result<Record<string, unknown>, WireError>;

/** A peer message over REST, at the receiver's object: in the name of the caller, or of the user a server names. */
export async function sendFromServer({ home, peers }: Desks, input: InputOf<"peer.send">, { caller, idempotencyKey }: Call): Promise<Answer> {
  const from = caller.kind === "user" ? caller.user : input.from;
  if (from === undefined) return err(wireError("bad_request", { field: "from", message: "from: a server says in whose name" }));
  if (caller.kind === "user" && !mayWrite(caller.rights, "users", home.user)) return err(wireError("forbidden", { field: "to" }));
  if (input.store === true) return err(wireError("unavailable", { field: "store", message: "store: no history here yet" }));
  const keys = new IdempotencyKeys(home);
  // The key is the caller's own: two senders may choose the same one.
  const key = idempotencyKey === undefined ? undefined : `${from}\n${idempotencyKey}`;
  const before = key === undefined ? undefined : keys.find(key);
  if (before !== undefined) return ok({ ...before, duplicate: true });
  const sent = await peers.sendHere({ from, device: SERVER_DEVICE, id: nextServerId(home) }, input);
  if (sent.ok && key !== undefined) keys.remember(key, sent.value);
  return sent.ok ? ok({ ...sent.value }) : sent;
}

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

/** Answers under REST's Idempotency-Key. */
class IdempotencyKeys {
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
  }

  find(key: string): Outcome | undefined {
    const since = this.#home.now() - LIMITS.idempotencyMs;
    return this.#home.sql
      .exec<{ delivered: number; waiting: number }>("SELECT delivered, waiting FROM answered WHERE key = ? AND at > ?", key, since)
      .toArray()[0];
  }

  remember(key: string, { delivered, waiting }: Outcome): void {
    const { sql } = this.#home;
    const now = this.#home.now();
    sql.exec("DELETE FROM answered WHERE at <= ?", now - LIMITS.idempotencyMs);
    const { count } = sql.exec<{ count: number }>("SELECT count(*) AS count FROM answered").one();
    if (count >= LIMITS.idempotencyKeys) sql.exec("DELETE FROM answered WHERE key = (SELECT key FROM answered ORDER BY at LIMIT 1)");
    sql.exec("INSERT OR REPLACE INTO answered (key, at, delivered, waiting) VALUES (?, ?, ?, ?)", key, now, delivered, waiting);
  }
}
