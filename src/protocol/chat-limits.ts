/** Limits of chat. In a file of their own: a bundler leaves out whole files, but not objects whose values are worked out. */
export const CHAT_LIMITS = {
  /** Content and `ext` of a message together, as JSON: unless an app says otherwise, and at most. */
  chatMessageBytes: 5 * 1024,
  chatMessageBytesMax: 64 * 1024,
  /** What the sender's device calls a message, so that a repeat is known. */
  chatKeyChars: 64,
  /** A media id, or an address elsewhere. */
  chatMediaChars: 1024,
  chatNameBytes: 255,
  /** Parameters of a command or a custom message. */
  chatParams: 16,
  /** The name of a custom event. */
  chatEventChars: 32,
  /** Messages in one level of a combined message, and levels. */
  chatCombined: 300,
  chatCombinedLevels: 10,
  /** Receivers that a message names. */
  chatReceivers: 20,
  /** Messages brought in from elsewhere in one call. */
  chatImports: 50,
  /** Edits of a message. */
  chatEdits: 10,
  /** For so long its sender may recall it, unless an app says otherwise; for so long, ten years, it may be edited at most. */
  chatRecallMs: 2 * 60_000,
  chatEditMsMax: 10 * 366 * 24 * 3_600_000,
  /** A reaction, distinct ones on a message, and users that stand with each: all others are counted, and read page by page. */
  chatReactionChars: 128,
  chatReactions: 20,
  chatReactionUsers: 3,
  chatReactionsPage: 50,
  /** Pinned messages of a conversation. */
  chatPins: 20,
  /** Messages removed for oneself in one call. */
  chatRemovals: 50,
  /** Messages whose receipts are counted in one call: about a screen, and each is a look at every member. */
  chatReceiptCounts: 30,
  /** Messages of one page of history. */
  chatPage: 50,
  /** What is searched for, and words of it. */
  chatSearchChars: 128,
  chatSearchTerms: 10,
  /** Groups in which is looked where no conversation is named: those that were used last. */
  chatSearchGroups: 100,
  /** Found messages of one page. */
  chatSearchPage: 50,
  /** Messages and changes of one conversation in one answer; about as many bytes as a frame may have with 16 conversations in it. */
  chatSyncRecords: 100,
  chatSyncBytes: 48 * 1024,
  /** Conversations in one answer: each is a call to its object. */
  chatSyncConversations: 16,
  /** A text that is written bit by bit: bytes of the whole, such texts in a conversation at once, and bits of one that wait to be stored. */
  chatGrownBytes: 128 * 1024,
  chatGrowing: 16,
  chatAppendsWaiting: 64,
  /** Who is further behind gets the newest messages, and reads the rest as history. */
  chatSyncReach: 500,
  /** How many of them. */
  chatSyncTail: 20,
  /** Unread messages are counted up to here. */
  chatUnread: 1000,
  /** Changes of older messages that a conversation remembers one by one; who is behind these starts anew. */
  chatChanges: 1000,
  /** Messages whose repeats are known at once; an older one is looked for where the client says that it repeats. */
  chatKeysKnown: 1000,
  /** Messages a conversation keeps beside those in the database. */
  chatMessagesKept: 10_000,
  /** Conversations in a user's list; the one that has rested longest makes room. */
  chatConversations: 1000,
  chatConversationsPage: 100,
  /** Where a page of them begins: a conversation. */
  chatCursorChars: 80,
  /** Pinned conversations, and marks that a conversation may bear, `0` to `19`. */
  chatConversationPins: 50,
  chatMarks: 20,
  /** Users one has blocked, and of them in one call: each is a call to a conversation. */
  chatBlocks: 500,
  chatBlocksPerCall: 50,
  /** Users whose presence one user watches for a time, for how long at most, and of them in one call, details included. */
  presenceLasting: 3000,
  presenceLastsMs: 30 * 24 * 3_600_000,
  presenceDetailUsers: 100,
  /** What a device publishes: a status, and the user's `ext`. */
  presenceStatusChars: 64,
  presenceExtBytes: 1024,
  /** Texts of a profile, in characters. */
  profileNicknameChars: 64,
  profileAvatarChars: 256,
  profileEmailChars: 64,
  profilePhoneChars: 32,
  profileSignChars: 256,
  profileBirthChars: 64,
  profileKeyBytes: 32,
  /** A whole profile, as JSON. */
  profileBytes: 2 * 1024,
  /** Profiles in one answer: each is a call to its user's object. */
  profileUsers: 100,
  /** Contacts of a user, those invited and not decided yet included. */
  contacts: 1000,
  /** Invitations that wait for a user's word: they come from anybody, so they have room of their own. */
  contactInvitations: 100,
  contactReasonChars: 256,
  contactRemarkChars: 100,
  contactsPage: 50,
  /** The app's word on a message: its answer, what it says to the sender, how long it may take at most, and messages of one user that wait for it. */
  hookAnswerBytes: 128 * 1024,
  hookReasonChars: 256,
  hookTimeoutMaxMs: 5_000,
  hookWaiting: 64,
  /** Typing and messages that are not kept: those that wait for one member's object. */
  chatPassing: 32,
} as const;

/** Time-outs and intervals of chat, scaled like the others. */
export const CHAT_TIMINGS = {
  /** A device that has not acknowledged by then has to ask for it. */
  chatAckMs: 3_000,
  /** What devices have acknowledged is told to the conversation together, this long after the first. */
  chatReportMs: 500,
  /** Export to the database, this long after the first message; the same alarm tells whoever may not have heard. */
  chatExportMs: 30_000,
  /** What is appended to a text within so long is stored and told together. */
  chatGrowFlushMs: 250,
  /** A text that nobody goes on with has ended, and so has one that is written for too long. */
  chatGrowPauseMs: 30_000,
  chatGrowLifeMs: 30 * 60_000,
  /** A call to a member's object that failed is tried again after this, doubling up to the cap. */
  chatTellMs: 1_000,
  chatTellCapMs: 60_000,
  /** Comings and goings in a group are told to the app's list of groups together, this long after the first. */
  groupListMs: 5_000,
  /** A member that has not answered its leaf by then is called by the group itself. */
  groupLeafMs: 500,
  /** How long the app has for its word on a message, if it does not say. */
  hookMs: 200,
  /** A client's receipts and read positions are joined for so long. */
  chatReceiptMs: 200,
  /** Typing is over if it is not said again by then. */
  chatTypingMs: 6_000,
} as const;
