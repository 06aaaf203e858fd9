/** Limits of groups and rooms, in characters where nothing else is said (IM limits of groups). */
export const GROUP_LIMITS = {
  groupNameChars: 128,
  groupDescriptionChars: 512,
  groupAvatarChars: 1024,
  groupCustomBytes: 8 * 1024,
  groupAnnouncementChars: 512,
  /** Beside the owner. */
  admins: 99,
  membersDefault: 200,
  members: 3000,
  /** Where the app's settings say so. */
  membersOfLarge: 10_000,
  /** Users of one call that adds, removes, mutes, blocks or allows. */
  usersPerCall: 60,
  /** On each list. */
  listed: 10_000,
  /** That wait for a word, of each kind: they come from anybody. */
  asking: 1000,
  /** Of a user: invitations that wait for an answer, and words of groups that no device has heard yet. They come from anybody: the oldest make room. */
  invitationsKept: 100,
  wordsKept: 100,
  reasonChars: 256,
  attributeKeyBytes: 16,
  attributeValueBytes: 512,
  attributeBytes: 4 * 1024,
  /** Members, or entries of a list, of one page. */
  page: 50,
  /** Words that a group still owes to users' objects: further ones are not begun before those are heard. */
  owed: 10_000,
  /** Groups of one page of those that a user is in: each is a call to its object. */
  joinedPage: 20,
  /** Files that are shared in a group, and bytes of one. */
  sharedFiles: 10_000,
  sharedFileBytes: 10 * 1024 * 1024,
  /** Members of one page of who has a message. */
  receiptsPage: 200,
  /** Threads of a group, and of one call that asks for their last messages. */
  threads: 10_000,
  threadsPerCall: 20,
  threadNameChars: 64,
  /** A group hears at most once in so long what is new in one of its threads; the alarm tells the rest. */
  threadNewsMs: 1_000,
  /** What a reader says with a confirmation, in characters. */
  confirmationChars: 512,
  /** Members whose attributes are read in one call. */
  attributeUsers: 10,
} as const;
