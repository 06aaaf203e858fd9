import { DurableObject } from "cloudflare:workers";
import { GroupLeaf } from "../../domain/conversation/group-leaf.ts";
import type { Batch, BatchHeard } from "../../domain/conversation/spread.ts";
import type { Report } from "../../domain/conversation/user-chats.ts";
import { CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import { TIMINGS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Env } from "../env.ts";
import { timeScale } from "../time-scale.ts";
import { within } from "../within.ts";
import { conversationObject, parseObjectName, userObject } from "./locate.ts";

/** What a user's object asks of it. */
export type GroupLeafCalls = Pick<GroupLeafObject, "report">;

/** The runtime around a leaf of a large group: calls, and nothing stored. */
export class GroupLeafObject extends DurableObject<Env> {
  readonly #leaf: GroupLeaf;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseObjectName(ctx.id.name ?? "");
    if (name?.kind !== "groupLeaf") throw new TypeError("a group's leaf is reached by its name only");
    const { app, group, index } = name;
    const { jurisdiction } = ctx.id;
    const scale = timeScale(env);
    const inTime = <Answer>(work: Promise<Answer>): Promise<Answer> => within(TIMINGS.requestTimeoutMs * scale, work);
    this.#leaf = new GroupLeaf({
      // A new stub each time: one that has thrown stays broken.
      tell: (user, news) => inTime(userObject(env, app, user, { jurisdiction }).chatNews(news, index)),
      report: (reports) => inTime(conversationObject(env, app, `group:${group}`, { jurisdiction }).reports([...reports])),
      background: (work) => ctx.waitUntil(work),
      pause,
      waitMs: CHAT_TIMINGS.groupLeafMs * scale,
      gatherMs: CHAT_TIMINGS.chatReportMs * scale,
    });
  }

  /** From the group: what its members here are told. */
  async tell(batch: Batch): Promise<BatchHeard> {
    return this.#leaf.tell(batch);
  }

  /** From a member's object: what its devices have. */
  async report(user: UserId, report: Report): Promise<void> {
    this.#leaf.report(user, report);
  }
}

function pause(ms: number): { over: Promise<void>; cancel(): void } {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  return { over: over.promise, cancel: () => clearTimeout(timer) };
}
