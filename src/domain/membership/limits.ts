/** Limits of groups and rooms, in characters where nothing else is said (IM limits of groups). */
export const MEMBERSHIP_LIMITS = {
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
  reasonChars: 256,
  attributeKeyBytes: 16,
  attributeValueBytes: 512,
  attributeBytes: 4 * 1024,
  /** Members whose attributes are read in one call. */
  attributeUsers: 10,
} as const;
