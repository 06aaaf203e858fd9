/** How often a call may be made: so many in any stretch of so many ms. */
export interface CallRate {
  readonly calls: number;
  readonly perMs: number;
}

const rate = (calls: number, perMs: number): CallRate => ({ calls, perMs });

/** RTM 1.x, its table of call rates: beyond them a call fails on this side with the TOO_OFTEN code of its operation. */
export const RATES = {
  login: rate(2, 1_000),
  renewToken: rate(2, 1_000),
  joinAny: rate(50, 3_000),
  joinSame: rate(2, 5_000),
  /** Peer and channel messages together. */
  messages: rate(180, 3_000),
  getMembers: rate(5, 2_000),
  getChannelMemberCount: rate(1, 1_000),
  queryPeersOnlineStatus: rate(10, 5_000),
  subscribe: rate(10, 5_000),
  unsubscribe: rate(10, 5_000),
  queryPeersBySubscriptionOption: rate(10, 5_000),
  writeUserAttributes: rate(10, 5_000),
  readUserAttributes: rate(40, 5_000),
  writeChannelAttributes: rate(10, 5_000),
  readChannelAttributes: rate(10, 5_000),
} as const;

/** RTM 1.x: what is larger is refused on this side. What the core bounds as well stands in its limits. */
export const RTM_LIMITS = {
  /** Text, or bytes and their description together; a core payload has room for the envelope besides. */
  messageBytes: 32 * 1024,
  /** Channels one client has joined at once. */
  joinedChannels: 20,
  /** An App ID has so many characters. */
  appIdChars: 32,
} as const;

/** Multiplied by the parameter `WIGWAG_TIME_SCALE`, which is for tests. */
export const RTM_TIMINGS = {
  /** A connection lost for less is not told of (RTM 1.x: 4 s). */
  interruptedMs: 4_000,
  /** One and a half of it is the silence after which others see UNREACHABLE (RTM 1.x: 6 s). */
  keepAliveMs: 4_000,
  /** Three of it are the silence after which a channel takes a member for gone (RTM 1.x: 30 s). */
  keepAliveDirectMs: 10_000,
} as const;
