import type { Subscriber } from "../channel/ports.ts";
import type { Listed, Look } from "./messages.ts";

/** The users among these that are asked for, by name; each since its first connection that lasts. */
export function listOf(seated: Iterable<Subscriber>, look: Look, isIts: (user: string) => boolean, now: number): Listed[] {
  const isWanted = "user" in look ? (user: string) => user === look.user : (user: string) => look.after === undefined || user > look.after;
  const joinedAt = new Map<string, number>();
  for (const { user, acceptedAt = now } of seated) {
    if (isWanted(user) && isIts(user)) joinedAt.set(user, Math.min(joinedAt.get(user) ?? Number.POSITIVE_INFINITY, acceptedAt));
  }
  const listed = [...joinedAt].map(([user, at]): Listed => ({ user, joinedAt: at })).sort(byName);
  return "user" in look ? listed : listed.slice(0, look.limit);
}

export const byName = (a: Listed, b: Listed): number => (a.user < b.user ? -1 : a.user > b.user ? 1 : 0);
