import type { Subscriber } from "../channel/ports.ts";
import type { Listed } from "./messages.ts";

/** A page of the users among these, by name; each since its first connection that lasts. */
export function pageOf(seated: Iterable<Subscriber>, after: string | undefined, limit: number, now: number): Listed[] {
  const joinedAt = new Map<string, number>();
  for (const { user, acceptedAt = now } of seated) {
    if (after === undefined || user > after) joinedAt.set(user, Math.min(joinedAt.get(user) ?? Number.POSITIVE_INFINITY, acceptedAt));
  }
  return [...joinedAt]
    .map(([user, at]): Listed => ({ user, joinedAt: at }))
    .sort(byName)
    .slice(0, limit);
}

/** Those of these users who are among them, with their devices. */
export function seatsOf(seated: Iterable<Subscriber>, users: readonly string[], now: number): Listed[] {
  const wanted = new Set(users);
  const devices = new Map<string, Subscriber[]>();
  for (const one of seated) if (wanted.has(one.user)) devices.set(one.user, [...(devices.get(one.user) ?? []), one]);
  return [...devices].map(([user, own]) => ({
    user,
    joinedAt: Math.min(...own.map(({ acceptedAt = now }) => acceptedAt)),
    seats: own.map(({ device, generation }) => ({ device, generation })),
  }));
}

export const byName = (a: Listed, b: Listed): number => (a.user < b.user ? -1 : a.user > b.user ? 1 : 0);
