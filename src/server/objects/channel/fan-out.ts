import type { FanOutLimits, FanOutPlan } from "../../../domain/channel/relay-plan.ts";
import { NO_LEAVES } from "../../../domain/channel/relay-plan.ts";
import { isRecord } from "../../../util/record.ts";
import type { Env } from "../../env.ts";
import { timeScale } from "../../time-scale.ts";
import { PLAN_HEADER } from "../../trust.ts";

/** Sockets of one leaf: a burst then takes some 20 ms to go out. */
const LEAF_MEMBERS = 1_000;
/** Frames one object sends a second, at a third of its time. */
const DELIVERIES_PER_SECOND = 15_000;
/** A list of so many stands in rows of 160 kB, rewritten with each burst of joins. */
const COUNTED_MEMBERS = 20_000;
const LEAVES_WITHOUT_RELAYS = 64;
const SHRINK_AFTER_MS = 60_000;
const MOVE_GRACE_MS = 10_000;

/** When this deployment spreads a channel; undefined: never, as where all objects share one thread. */
export function fanOutLimits(env: Env): FanOutLimits | undefined {
  const hubMembers = count(env.WIGWAG_CHANNEL_HUB_MEMBERS);
  if (hubMembers === undefined) return undefined;
  const scale = timeScale(env);
  return {
    hubMembers,
    leafMembers: count(env.WIGWAG_CHANNEL_LEAF_MEMBERS) ?? LEAF_MEMBERS,
    deliveriesPerSecond: DELIVERIES_PER_SECOND,
    countedMembers: count(env.WIGWAG_CHANNEL_COUNTED_MEMBERS) ?? COUNTED_MEMBERS,
    leavesWithoutRelays: count(env.WIGWAG_CHANNEL_LEAVES_WITHOUT_RELAYS) ?? LEAVES_WITHOUT_RELAYS,
    shrinkAfterMs: (count(env.WIGWAG_CHANNEL_SHRINK_AFTER_MS) ?? SHRINK_AFTER_MS) * scale,
    moveGraceMs: MOVE_GRACE_MS * scale,
  };
}

function count(text: string | undefined): number | undefined {
  const number = Number(text ?? "0");
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** "Not here": the answer of a hub or leaf to a member that belongs elsewhere. */
export const movedResponse = (plan: FanOutPlan): Response => new Response(null, { status: 421, headers: { [PLAN_HEADER]: JSON.stringify(plan) } });

export function planOf(response: Response): FanOutPlan | undefined {
  const header = response.status === 421 ? response.headers.get(PLAN_HEADER) : null;
  const plan: unknown = header === null ? undefined : JSON.parse(header);
  // Our own objects' word: looked at only for what an older one may not know yet.
  return isRecord(plan) ? { ...NO_LEAVES, ...plan } : undefined;
}

/** Of a deployment that had leaves and may have none any more. */
export const WITHOUT_LEAVES: FanOutLimits = {
  hubMembers: Number.POSITIVE_INFINITY,
  leafMembers: Number.POSITIVE_INFINITY,
  deliveriesPerSecond: Number.POSITIVE_INFINITY,
  countedMembers: Number.POSITIVE_INFINITY,
  leavesWithoutRelays: LEAVES_WITHOUT_RELAYS,
  shrinkAfterMs: 0,
  moveGraceMs: MOVE_GRACE_MS,
};
