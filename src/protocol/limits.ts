/** Every limit of the product. Unit in the name; reason beside the number. */
export const LIMITS = {
  /** RTM 1.x and 2.x: a user or channel name has 1 to 64 bytes. */
  nameBytes: 64,
  /** One channel or peer message (RTM: 32 KB; and half a kilobyte for what a facade says about it). */
  payloadBytes: 32 * 1024 + 512,
  /** One WebSocket frame either way; the platform would take 32 MiB, memory per object would not. */
  frameBytes: 1024 * 1024,
  /** Messages in one frame from a client: what a 1 MB frame of small publishes may hold. */
  frameMessages: 1024,
  /** `customType` of a message (RTM 2.x). */
  customTypeChars: 32,
  /** The token in the sub-protocol header; larger ones are exchanged by POST /v1/ticket. */
  tokenHeaderBytes: 8 * 1024,
  /** A token in any form: 007 with many permissions stays far below. */
  tokenBytes: 16 * 1024,
  /** An inflated 007 token: bounds what a compressed bomb can cost. */
  tokenInflatedBytes: 64 * 1024,
  /** A token's permissions as JSON: they stand in the device's row, and in a session ticket that fits the 8 KB header. */
  tokenRightsBytes: 4 * 1024,
  /** A ticket, to a channel or a session. */
  ticketTtlMs: 10 * 60_000,
  /** A channel ticket as text: the longest names and the signature take some 500. */
  ticketBytes: 768,
  /** How far ahead the clock of the machine that issued a ticket may run. */
  clockSkewMs: 60_000,
  /** RTM caps a token's life at 24 h, whatever it says. */
  tokenTtlMs: 24 * 3_600_000,
  /** The warning before a token ends (RTM 2.1). */
  tokenWarningMs: 30_000,

  /** Devices a user has registered; the longest absent is forgotten first. */
  devicesPerUser: 10,
  /** An absent device is forgotten after 30 days. */
  deviceForgottenMs: 30 * 24 * 3_600_000,
  /** Channels one client has joined at once (RTM 1.x allows 20). */
  channelsPerDevice: 64,
  /** Channels one client has left within the life of a ticket: each has to hear of a logout, and is a row until then. */
  ticketsLeft: 256,
  /** Sockets a client opens straight to channels; further channels ride on the session socket. */
  directSocketsPerClient: 8,
  /** Sockets one object accepts: below the platform's 32,768, CPU binds earlier. */
  socketsPerObject: 20_000,

  /** Attributes of a user (RTM 2.6): 32 keys of at most 32 bytes, values 8 KB, 16 KB in all. */
  attributesPerSet: 32,
  attributeKeyBytes: 32,
  attributeValueBytes: 8 * 1024,
  userAttributesBytes: 16 * 1024,
  /** Attributes of a channel (RTM 2.7). */
  channelAttributesBytes: 32 * 1024,

  /** Metadata (RTM 2.x): keys of 32 characters, 16 KB for an item and for a whole set, keys included. */
  metadataKeyChars: 32,
  metadataBytes: 16 * 1024,
  /** Items of one set: each is told to everybody with every change, and carries as much again besides its value. */
  metadataItems: 256,
  /** Writes of one set that are remembered, so that a repeat gets the first answer. */
  metadataWrites: 64,
  /** Users whose metadata one user watches, and who may watch one user's: each change costs one call per watcher. */
  metadataWatched: 512,
  metadataWatchers: 512,

  /** Users in one presence query (RTM 2.5). */
  presenceQueryUsers: 256,
  /** Users whose status one user watches (RTM 2.5). */
  presenceWatched: 512,
  /** Users who may watch one user: each change costs one RPC per watcher. */
  presenceWatchers: 1024,
  /** Channels in one member-count call (RTM 2.3). */
  memberCountChannels: 32,
  /** joined/left events stop above this many members (RTM 2.3). */
  presenceEventMembers: 512,
  /** Members in one page of a member list. */
  membersPerPage: 1000,

  /** Messages kept for a user's absent devices; an app may lower or raise it (RTM 1.x: 200). */
  inboxMessages: 1000,
  inboxAgeMs: 7 * 24 * 3_600_000,
  /** All that waits for one user: about 1,000 messages of the full size. */
  inboxBytes: 32 * 1024 * 1024,
  /** Peer messages handed to a device and not yet acknowledged. */
  unsettledPerDevice: 1024,
  /** Messages of one user whose outcome is not known yet: about 100 bytes each in the sender's object. */
  awaitedMessages: 16_384,
  /** A device that has not acknowledged a pushed peer message by then gets it from the inbox. */
  deliveryAckMs: 3_000,

  /** Recovery window of a channel: what a returning member gets without asking history. */
  recoveryMs: 2 * 60_000,
  recoveryMessages: 1000,
  recoveryBytes: 1024 * 1024,
  /** An empty channel is forgotten after this, or after the recovery window if that is longer. */
  channelEmptyMs: 5 * 60_000,
  /** A member who vanished leaves after this (RTM 2.1: 30 s). */
  leaseMs: 30_000,
  /** Messages accepted by an object and not yet committed; beyond it: overloaded. */
  pendingMessages: 4096,
  pendingBytes: 8 * 1024 * 1024,
  /** Room beyond both for messages of high priority: what administers a flooded channel has to get in. */
  pendingReserve: 512,
  pendingReserveBytes: 1024 * 1024,
  /** What a message is the state of: an object's id, or a path. */
  updateKeyChars: 64,
  /** Updates of one key a second, where a channel is sampled: beyond the rate of a screen there is nothing to see. */
  updatesPerSecond: 60,
  /** Keys updated within one tick of a sampled channel; further ones wait for the next. */
  sampledKeys: 4096,
  /** Stored messages that wait for D1 in one stream; beyond it storing publishes are refused. */
  exportBacklogBytes: 64 * 1024 * 1024,
  /** A page row: the platform's row limit is 2 MB, JSON escapes and base columns included. */
  pageBytes: 512 * 1024,

  /**
   * A receiving client acknowledges after so many bytes or so much time: 1,000 quiet readers that said it every 2 s cost as much as their
   * messages, and 100 busy ones that said it every 32 KB a third of theirs.
   */
  ackBytes: 128 * 1024,
  ackMs: 30_000,
  /** More than this outstanding, and a reader gets of each key the latest only, when it has caught up. */
  behindReaderBytes: 384 * 1024,
  /** More than this outstanding and the reader is too slow. */
  slowReaderBytes: 1024 * 1024,

  /** An operation's input, before its schema sees it: the largest legal one is a presence subscription of 512 users. */
  inputNodes: 4096,
  inputDepth: 8,
  /** A REST body: the largest payload if JSON escapes each of its bytes (6 to 1), and room for the rest. */
  restBodyBytes: 256 * 1024,
  /** REST's Idempotency-Key. */
  idempotencyKeyChars: 128,
  /** How long one object remembers the answer under a key, and how many of them. */
  idempotencyMs: 24 * 3_600_000,
  idempotencyKeys: 1000,
  /** What sort of device connects: `web`, `ios` … */
  deviceKindChars: 32,
  /** What people call a device. */
  deviceNameBytes: 128,
  /** Random per client instance. */
  instanceChars: 64,
  /** Objects that one REST call over many keys asks at a time: the platform's six waiting connections. */
  callsAtOnce: 6,
  /** Apps one isolate remembers, known ones and unknown ones each. */
  appsCached: 1000,
  /** After a message over its rate, all of that device are refused for so long: more than what is under way takes, so their order is kept. */
  ratePauseMs: 500,
  /** Callers whose token buckets one isolate keeps; the one unused for longest starts afresh. */
  rateBuckets: 10_000,

  /** What an invitation to a call says, its answer, and its channel (RTM 2.8: 8 KB of UTF-8 each). */
  callTextBytes: 8 * 1024,
  /** People in one call: each change is told to each of them, and all their answers stand in one row. */
  callMembers: 32,
  /** Calls of one user at a time. RTM 1.x lets a caller have several; each is asked after at a connect. */
  callsPerUser: 32,
  /** Signals a client keeps that came before the word that it is in their call: an offer and its candidates. */
  callSignalsHeld: 64,
  /** Calls a client remembers to have ended, so that late word of them makes no new ones. */
  callsRemembered: 128,
  /** A call as its members see it, as JSON: it is one frame, and all of it one row. */
  callViewChars: 512 * 1024,
  /** Where and how an app hears of calls that ring in vain. */
  pushHookUrlChars: 1024,
  pushHookSecretChars: 128,
  /** How often a push is tried: within the ring's time, and no longer than the app's server may be restarting. */
  pushAttempts: 3,

  /** Streams in one resume request. */
  resumeStreams: 128,
  /** Messages in one page of history. */
  historyPage: 100,
  /** Pages one count looks into: D1 reads each message of them. */
  historyCountPages: 2000,
  /** Statements that one question over REST may cause: what it takes beyond is refused. */
  historyReadsPerRequest: 200,
  /** Logins and logouts that wait for a server to read them, and joins and leaves: RTM 1.x keeps the newest 2,000, and gives at most 1,000 at once. */
  restEvents: 2000,
  restEventsPerRead: 1000,
  /** RTM 1.x over REST: how far into the found messages one may ask. Whoever wants more narrows the range of time. */
  restHistoryReach: 10_000,
  /** A question's handle: ten minutes to fetch the answer, and as text two names of 64 bytes and the signature, escaped. */
  restHistoryHandleMs: 10 * 60_000,
  restHistoryHandleChars: 1536,
  /** And so much of them: a page is one frame, and a single message may take 200 KB escaped. */
  historyPageBytes: 768 * 1024,

  /** An export of an hour: from so long after its end, when its messages have reached the database; kept for so long, and its address good for so long. */
  exportAfterMs: 10 * 60_000,
  exportKeptMs: 3 * 24 * 3_600_000,
  exportUrlMs: 3_600_000,
  /** What one file of it holds, about: some 200 questions to the database, a few seconds of compressing. */
  exportMessages: 50_000,
  exportChars: 64 * 1024 * 1024,
  /** Its address: a key of the longest numbers, a name, and the signature. */
  exportHandleChars: 512,

  /** Requests of a client that wait for a socket or an answer, per socket: what an object may hold uncommitted of it. */
  outboxRequests: 4096,
  outboxBytes: 8 * 1024 * 1024,
  /** Event frames a client keeps while a resume runs; those beyond it are asked for again. */
  heldFrames: 1024,
  /** Senders' devices whose last client ids a client remembers, and ids of each: a repeat comes soon or not at all. */
  rememberedSenders: 1024,
  rememberedIds: 64,
} as const;

/** Time-outs and intervals that tests scale; defaults here, overridden by the `WIGWAG_TIME_SCALE` setting. */
export const TIMINGS = {
  /** Ping interval a visible client announces; online means a ping within 3 of them. */
  keepAliveMs: 10_000,
  keepAliveHiddenMs: 60_000,
  keepAliveMinMs: 1_000,
  keepAliveMaxMs: 300_000,
  /** Silence after which a user shows as UNREACHABLE (RTM 2.5: 6 s), never below 1.5 keep-alives. */
  unreachableMs: 6_000,
  /** A client's request time-out (RTM: 10 s). */
  requestTimeoutMs: 10_000,
  /** A client's login time-out (RTM: 12 s). */
  loginTimeoutMs: 12_000,
  /** First reconnect within this spread, then full jitter doubling up to the cap. */
  reconnectSpreadMs: 300,
  reconnectCapMs: 30_000,
  /** How long an isolate believes what it has read of an app, and its settings: what it takes for a change to be in force. */
  appCacheMs: 60_000,
  settingsCacheMs: 60_000,
  /** An unknown app, or settings that could not be read, are asked for again after this. */
  absenceCacheMs: 5_000,
  /** A settings object that does not answer by then gives the defaults. */
  settingsTimeoutMs: 1_000,
  /** A client resets its backoff after a socket has lived this long. */
  stableMs: 10_000,
  /** How long a link that is checked after a wake-up has to answer. */
  probeMs: 2_500,
  /** A client's ping interval on direct sockets. */
  keepAliveDirectMs: 30_000,
  /** An invitation that no device acknowledges by then is unreachable; one that nobody answers, missed (RTM 1.x: 30 s and 60 s). */
  callReachMs: 60_000,
  callAnswerMs: 60_000,
  /** The most that a caller may ask for of either. */
  callRingMaxMs: 300_000,
  /** How an ended call ended is kept for those who come back. */
  callKeptMs: 3_600_000,
  /** Who could not be told of a change of a call is told again after this. */
  callTellMs: 5_000,
  /** How long the app's server has to take a push, and the first pause before the next try. */
  pushTimeoutMs: 5_000,
  pushRetryMs: 1_000,
  /** Inbox receipts are joined for this long. */
  inboxAckMs: 100,
  /** Watchers of a user's metadata who could not be told are tried again after this. */
  metadataRetryMs: 2_000,
  /** Who came and went is handed to the app's queue this long after, together. */
  restEventDelayMs: 1_000,
  /** How often a connected user is looked at for them alone: one whose socket died without a word is offline by then. */
  restEventLookMs: 300_000,
  /** Export to D1 starts this long after the first unexported message, to fill the batch. */
  exportDelayMs: 5_000,
} as const;

/** Limits of files, apart: programs that use none have no need to carry them. */
export const MEDIA_LIMITS = {
  /** One file or image (RTM 2.9). */
  mediaBytes: 30 * 1024 * 1024,
  /** It is kept for so long (RTM 2.9), counted from the begin of its upload. */
  mediaKeptMs: 7 * 24 * 3_600_000,
  /** A part of an upload, and what one request may upload whole: R2 takes no smaller part but the last. */
  mediaPartBytes: 5 * 1024 * 1024,
  /** What is under way after this has to begin anew: 30 MB take an hour over 70 kbit/s. */
  mediaUploadMs: 6 * 3_600_000,
  /** A media id as text: the longest names of a chat, type and signature take some 550. */
  mediaIdChars: 640,
  /** An upload's handle as text: R2's own id of an upload may take most of it. */
  mediaUploadChars: 2048,
  /** A file's name. */
  mediaNameBytes: 255,
  /** A content type without its parameters; the longest in use have some 75. */
  mediaTypeChars: 100,
  /** Uploads and downloads of one user at a time in one isolate: two clients of nine (RTM 2.9). */
  mediaTransfersPerUser: 18,
  /** And of all: each holds a few hundred KB of a stream. */
  mediaTransfers: 100,
  /** A transfer whose end nobody saw counts no longer after this: 30 MB over 400 kbit/s. */
  mediaSlotMs: 10 * 60_000,
  /** A client's uploads and downloads at a time (RTM 2.9). */
  mediaTransfersPerClient: 9,
  /** Parts of one upload that a client sends at a time. */
  mediaPartsAtOnce: 2,
  /** How often a client tries a part, or goes on with a download, before it gives up. */
  mediaAttempts: 6,
  /** What is removed in one round, and rounds of an hour's run: one run stays far below the 1,000 sub-requests it may make. */
  mediaPerRemoval: 500,
  mediaRemovals: 100,

  /** Width of a thumbnail; others than multiples of 64 are rounded up, so that one image has eight at most. */
  thumbnailWidthMin: 64,
  thumbnailWidthMax: 512,
  /** An image that is made smaller: decoding takes 13 bytes a pixel, so 80 MB of the isolate's 128 (measured, docs/decisions/0007-media.md). */
  thumbnailSourcePixels: 6_000_000,
  /** And its file, which stands in memory beside its pixels. */
  thumbnailSourceBytes: 10 * 1024 * 1024,
  /** The longer side of an image is at most so many times the shorter. */
  thumbnailRatio: 20,
  /** Images of one isolate that are read to be made small: their files stand in memory. */
  thumbnailsAtOnce: 2,
} as const;

/** Time-outs and intervals of files, scaled like the others. */
export const MEDIA_TIMINGS = {
  /** How often a transfer tells its progress (RTM 2.9: about once a second). */
  mediaProgressMs: 1_000,
  /** A part that is not through by then is tried again: 5 MB over 350 kbit/s. */
  mediaPartMs: 120_000,
  /** A download whose next bytes do not come by then is taken up again. */
  mediaStallMs: 30_000,
  /** A transfer's first retry within this spread, then doubling up to the cap. */
  mediaRetryMs: 500,
  mediaRetryCapMs: 15_000,
} as const;
