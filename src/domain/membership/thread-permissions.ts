/** What somebody is to a thread: an owner or admin of its group, who has opened it, one that has joined it, or another member of the group. */
export const THREAD_ROLES = ["manager", "creator", "member", "fellow"] as const;
export type ThreadRole = (typeof THREAD_ROLES)[number];

/** `joined`: once it has joined. */
export type ThreadMay = "yes" | "no" | "joined";
type Line = Readonly<Record<ThreadRole, ThreadMay>>;
const line = (manager: ThreadMay, creator: ThreadMay, member: ThreadMay, fellow: ThreadMay): Line => ({ manager, creator, member, fellow });

/** Who may do what in a thread. Who is not in its group may nothing; what the group forbids (muted, disabled) is forbidden in it, too. */
export const THREAD_PERMISSIONS = {
  read: line("yes", "yes", "yes", "yes"),
  join: line("yes", "yes", "yes", "yes"),
  leave: line("joined", "joined", "yes", "no"),
  rename: line("yes", "yes", "no", "no"),
  remove: line("yes", "no", "no", "no"),
  dismiss: line("yes", "no", "no", "no"),
  talk: line("joined", "joined", "yes", "no"),
} as const satisfies Readonly<Record<string, Line>>;
export type ThreadAct = keyof typeof THREAD_PERMISSIONS;

export function threadMay(act: ThreadAct, role: ThreadRole, joined: boolean): boolean {
  const may: ThreadMay = THREAD_PERMISSIONS[act][role];
  return may === "yes" || (may === "joined" && joined);
}
