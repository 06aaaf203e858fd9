import type { News } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { type Batch, type BatchHeard, newsOf, type Share } from "./spread.ts";
import type { Heard } from "./telling.ts";
import type { Report } from "./user-chats.ts";

export interface MemberReport extends Report {
  readonly user: UserId;
}

export interface GroupLeafPorts {
  /** Calls a member's object. */
  tell(user: UserId, news: News): Promise<Heard>;
  /** To the group. */
  report(reports: readonly MemberReport[]): Promise<void>;
  background(work: Promise<void>): void;
  /** Resolves after so long; `cancel`: nobody waits any more. */
  pause(ms: number): { readonly over: Promise<void>; cancel(): void };
  /** A member that has not answered by then is called by the group. */
  readonly waitMs: number;
  /** What members have is told to the group together, so long after the first. */
  readonly gatherMs: number;
}

/**
 * Between a large group and some of its members: hands on what it is handed, and says who has heard it. It keeps nothing that
 * matters: what is lost with it the group finds out as if it had called its members itself.
 */
export class GroupLeaf {
  readonly #ports: GroupLeafPorts;
  /** Members whose last call is under way. */
  readonly #busy = new Set<UserId>();
  readonly #reports = new Map<UserId, Report>();

  constructor(ports: GroupLeafPorts) {
    this.#ports = ports;
  }

  async tell(batch: Batch): Promise<BatchHeard> {
    const pause = this.#ports.pause(this.#ports.waitMs);
    const late = pause.over.then(() => null);
    const answers = await Promise.all(batch.shares.map((share) => Promise.race([this.#tellOne(batch, share), late])));
    pause.cancel();
    return answers;
  }

  /** From a member's object: what its devices have. */
  report(user: UserId, { delivered, settled }: Report): void {
    const known = this.#reports.get(user) ?? { delivered: 0, settled: 0 };
    if (this.#reports.size === 0) this.#ports.background(this.#reportSoon());
    this.#reports.set(user, { delivered: Math.max(known.delivered, delivered), settled: Math.max(known.settled, settled) });
  }

  /** Null: it cannot be reached, or has still to answer what it was told before, which must not be overtaken. */
  async #tellOne(batch: Batch, share: Share): Promise<Heard | null> {
    const { user } = share;
    if (this.#busy.has(user)) return null;
    this.#busy.add(user);
    try {
      return await this.#ports.tell(user, newsOf(batch, share));
    } catch {
      return null;
    } finally {
      this.#busy.delete(user);
    }
  }

  async #reportSoon(): Promise<void> {
    await this.#ports.pause(this.#ports.gatherMs).over;
    const reports = [...this.#reports].map(([user, report]) => ({ user, ...report }));
    this.#reports.clear();
    // Lost, they are made good by what these members say next, or when the group asks.
    await this.#ports.report(reports).catch(() => {});
  }
}
