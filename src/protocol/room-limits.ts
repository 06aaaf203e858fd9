/** Limits of chat rooms, in characters where nothing else is said (IM limits of rooms). What rooms have as groups have it stands in `GROUP_LIMITS`. */
export const ROOM_LIMITS = {
  roomMembersDefault: 10_000,
  /** What was simulated: beyond it flushes to 512 leaves take longer than they may. */
  roomMembers: 1_000_000,
  /** Messages a second that a room takes before low priorities are left out: unless it says otherwise, and at most. */
  roomRateDefault: 100,
  roomRate: 1_000,
  /** The longest time between two messages of one member. */
  roomSlowMs: 3_600_000,
  roomTags: 20,
  roomTagChars: 32,
  /** Users that have tags. */
  roomTagged: 10_000,
  roomKeys: 100,
  roomKeysPerCall: 10,
  roomKeyChars: 128,
  roomValueChars: 4096,
  /** Rooms, or super admins, of one page of an app's. */
  roomsPage: 100,
  roomSuperAdmins: 1_000,
  /** Broadcasts to all rooms that are still being said. */
  roomBroadcasts: 100,
  /** Messages of one page of a room's history. */
  roomPage: 200,
  /** Messages whose repeats are known, and that are recalled without asking the database. */
  roomRecent: 1_000,
  /** Recalled messages that history still holds. */
  roomRecalled: 10_000,
  /** Edited messages that history still holds: each keeps what it says now. */
  roomEdited: 10_000,
  /** Messages of a room that wait for the app's word at once. */
  roomHookWaiting: 1_000,
  /** Pinned messages of a room. */
  roomPins: 20,
  /** Receivers that a message names. */
  roomReceivers: 20,
  /** A member who vanished leaves after this, and its keys with it (IM: 2 min). */
  roomAbsenceMs: 2 * 60_000,
} as const;
