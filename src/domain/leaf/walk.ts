import type { Presence } from "../channel/members.ts";
import { leafOf } from "../channel/relay-plan.ts";
import { byName } from "./listing.ts";
import type { Listed, Look } from "./messages.ts";

export interface MembersPage {
  readonly members: Listed[];
  readonly next?: string;
}

/**
 * A page of members that stand in no list: leaf by leaf, by name within each, together with those the hub has in its own. The last
 * name of a page says where the next one begins, for a name says which leaf it belongs to. Who is on the way to another leaf may
 * be missing.
 */
export async function pageOver(
  ask: (leaf: number, look: Look) => Promise<readonly Listed[]>,
  listed: Iterable<Presence>,
  leaves: number,
  after: string | undefined,
  limit: number,
): Promise<MembersPage> {
  const own = byLeaf(listed, leaves);
  const members: Listed[] = [];
  for (let leaf = after === undefined ? 0 : leafOf(after, leaves), from = after; leaf < leaves; leaf += 1, from = undefined) {
    const there = await ask(leaf, { after: from, limit: limit + 1 - members.length });
    const here = (own.get(leaf) ?? []).filter(({ user }) => from === undefined || user > from);
    for (const one of merged(there, here)) {
      const last = members.at(-1);
      if (members.length === limit && last !== undefined) return { members, next: last.user };
      members.push(one);
    }
  }
  return { members };
}

function byLeaf(listed: Iterable<Presence>, leaves: number): Map<number, Listed[]> {
  const found = new Map<number, Listed[]>();
  for (const { user, joinedAt } of listed) {
    const leaf = leafOf(user, leaves);
    const there = found.get(leaf) ?? [];
    there.push({ user, joinedAt });
    found.set(leaf, there);
  }
  return found;
}

/** By name, each user once, with the earlier time. */
function merged(one: readonly Listed[], other: readonly Listed[]): Listed[] {
  const joinedAt = new Map<string, number>();
  for (const { user, joinedAt: at } of [...one, ...other]) joinedAt.set(user, Math.min(joinedAt.get(user) ?? Number.POSITIVE_INFINITY, at));
  return [...joinedAt].map(([user, at]): Listed => ({ user, joinedAt: at })).sort(byName);
}
