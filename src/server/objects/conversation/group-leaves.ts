import type { Env } from "../../env.ts";

/** Members of one leaf: it calls each of them, one after the other, with every message. */
const LEAF_MEMBERS = 100;

/** When this deployment tells a group's members through leaves; undefined: never, as where all objects share one thread. */
export function groupLeafLimits(env: Env): { readonly hotMembers: number; readonly leafMembers: number } | undefined {
  const hotMembers = count(env.WIGWAG_GROUP_HOT_MEMBERS);
  return hotMembers === undefined ? undefined : { hotMembers, leafMembers: count(env.WIGWAG_GROUP_LEAF_MEMBERS) ?? LEAF_MEMBERS };
}

function count(text: string | undefined): number | undefined {
  const number = Number(text ?? "0");
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
