import type { UserId } from "../../protocol/names.ts";
import { fnv1a } from "../../util/fnv1a.ts";

/** What happened to a user, for servers that read it over REST; `channel` with a join or a leave. It is its own identity: the same one twice is one. */
export type RestEvent =
  | { readonly kind: "user"; readonly type: "Login" | "Logout"; readonly user: UserId; readonly at: number }
  | { readonly kind: "channel"; readonly type: "Join" | "Leave"; readonly user: UserId; readonly channel: string; readonly at: number };
export type EventKind = RestEvent["kind"];

/** Queues per app. The number is part of their names' meaning: more of them leave what waits in the old ones to be read first. */
export const EVENT_SHARDS = 8;

/** All events of a user go through one queue, so that none of them overtakes another. */
export const shardOf = (user: UserId): number => fnv1a(user) % EVENT_SHARDS;

/** By time; what happened to one user at one time does not happen. */
export const compareEvents = (a: RestEvent, b: RestEvent): number => a.at - b.at || (a.user < b.user ? -1 : a.user > b.user ? 1 : 0);

export function byShard(events: readonly RestEvent[]): Map<number, RestEvent[]> {
  const shards = new Map<number, RestEvent[]>();
  for (const event of events) {
    const shard = shardOf(event.user);
    const so = shards.get(shard);
    if (so === undefined) shards.set(shard, [event]);
    else so.push(event);
  }
  return shards;
}
