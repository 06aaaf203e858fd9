/** What somebody is to a group. */
export const ROLES = ["owner", "admin", "member", "stranger"] as const;
export type Role = (typeof ROLES)[number];

/**
 * When a role may do something.
 * `own`: only to what is its own: a file, attributes, its own standing on a list · `members`: only to those who are neither owner
 * nor admin · `ifInvitesOpen`: where members may invite · `ifPublic`: where anybody may find it · `ifInvited`: who was invited.
 */
export type May = "yes" | "no" | "own" | "members" | "ifInvitesOpen" | "ifPublic" | "ifInvited";

/** What a state of the whole, or of the one who acts, leaves of an act. */
export type Kind =
  /** Says something: not for the muted, nor, while all are muted, for others than owner, admins and the allow list; not while disabled. */
  | "speak"
  /** Changes the whole, or others: not while disabled. */
  | "manage"
  /** Takes part, and says nothing: not while disabled. */
  | "join"
  /** Reads, or goes: always. */
  | "read";

/** One line of the table. */
export interface Permission {
  readonly kind: Kind;
  readonly owner: May;
  readonly admin: May;
  readonly member: May;
  readonly stranger: May;
}

const line = (kind: Kind, owner: May, admin: May, member: May, stranger: May = "no"): Permission => ({ kind, owner, admin, member, stranger });

/** Who may do what in a group. What is in no line, nobody may. */
export const GROUP_PERMISSIONS = {
  // The whole.
  dismiss: line("manage", "yes", "no", "no"),
  transfer: line("manage", "yes", "no", "no"),
  appoint: line("manage", "yes", "no", "no"),
  update: line("manage", "yes", "yes", "no"),
  announce: line("manage", "yes", "yes", "no"),
  // Coming and going.
  apply: line("join", "no", "no", "no", "ifPublic"),
  answerInvitation: line("join", "no", "no", "no", "ifInvited"),
  leave: line("read", "no", "yes", "yes"),
  invite: line("manage", "yes", "yes", "ifInvitesOpen"),
  decide: line("manage", "yes", "yes", "no"),
  remove: line("manage", "yes", "members", "no"),
  // Lists.
  block: line("manage", "yes", "members", "no"),
  mute: line("manage", "yes", "members", "no"),
  muteAll: line("manage", "yes", "yes", "no"),
  allow: line("manage", "yes", "yes", "no"),
  readLists: line("read", "yes", "yes", "own"),
  // What members see and share.
  readDetails: line("read", "yes", "yes", "yes", "ifPublic"),
  readMembers: line("read", "yes", "yes", "yes"),
  readShared: line("read", "yes", "yes", "yes"),
  shareFile: line("speak", "yes", "yes", "yes"),
  dropFile: line("manage", "yes", "yes", "own"),
  setAttributes: line("join", "yes", "yes", "own"),
  shield: line("read", "yes", "yes", "yes"),
  // Messages.
  send: line("speak", "yes", "yes", "yes"),
  react: line("join", "yes", "yes", "yes"),
  pin: line("manage", "yes", "yes", "yes"),
  moderate: line("manage", "yes", "members", "no"),
  openThread: line("speak", "yes", "yes", "yes"),
} as const satisfies Readonly<Record<string, Permission>>;
export type GroupAct = keyof typeof GROUP_PERMISSIONS;

/** Who may do what in a chat room; a member is who is in it. What is in no line, nobody may. */
export const ROOM_PERMISSIONS = {
  // The whole.
  dismiss: line("manage", "yes", "no", "no"),
  transfer: line("manage", "yes", "no", "no"),
  appoint: line("manage", "yes", "no", "no"),
  update: line("manage", "yes", "yes", "no"),
  announce: line("manage", "yes", "yes", "no"),
  // Coming and going.
  enter: line("join", "yes", "yes", "yes", "yes"),
  remove: line("manage", "yes", "members", "no"),
  // Lists.
  block: line("manage", "yes", "members", "no"),
  mute: line("manage", "yes", "members", "no"),
  muteAll: line("manage", "yes", "yes", "no"),
  tag: line("manage", "yes", "members", "no"),
  allow: line("manage", "yes", "yes", "no"),
  readLists: line("read", "yes", "yes", "own"),
  // What is in it.
  readDetails: line("read", "yes", "yes", "yes", "yes"),
  readMembers: line("read", "yes", "yes", "yes"),
  readHistory: line("read", "yes", "yes", "yes"),
  readKeys: line("read", "yes", "yes", "yes"),
  setKeys: line("join", "yes", "yes", "yes"),
  // Messages.
  send: line("speak", "yes", "yes", "yes"),
  edit: line("speak", "own", "own", "own"),
  recall: line("join", "own", "own", "own"),
  pin: line("manage", "yes", "yes", "yes"),
  moderate: line("manage", "yes", "members", "no"),
} as const satisfies Readonly<Record<string, Permission>>;
export type RoomAct = keyof typeof ROOM_PERMISSIONS;
