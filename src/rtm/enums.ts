/** A frozen object in which each name is its own value, as the string enums of RTM 1.x are. */
const names = <const Names extends readonly string[]>(...all: Names): { readonly [Name in Names[number]]: Name } =>
  Object.freeze(Object.fromEntries(all.map((name) => [name, name]))) as { readonly [Name in Names[number]]: Name };

/** Where the connection of an `RtmClient` stands. */
export const ConnectionState = names("DISCONNECTED", "CONNECTING", "CONNECTED", "RECONNECTING", "ABORTED");
export type ConnectionState = keyof typeof ConnectionState;

/** What brought the connection there. */
export const ConnectionChangeReason = names(
  "LOGIN",
  "LOGIN_SUCCESS",
  "LOGIN_FAILURE",
  "LOGIN_TIMEOUT",
  "INTERRUPTED",
  "LOGOUT",
  "BANNED_BY_SERVER",
  "REMOTE_LOGIN",
  "TOKEN_EXPIRED",
);
export type ConnectionChangeReason = keyof typeof ConnectionChangeReason;

/** `IMAGE` and `FILE` are those of RTM 1.2 to 1.4. */
export const MessageType = names("TEXT", "RAW", "IMAGE", "FILE");
export type MessageType = keyof typeof MessageType;

/** `UNREACHABLE`: nothing has been heard of the user for more than 6 s, and it is not gone yet. */
export const PeerOnlineState = names("ONLINE", "UNREACHABLE", "OFFLINE");
export type PeerOnlineState = keyof typeof PeerOnlineState;

/** What may be subscribed to of a user. */
export const PeerSubscriptionOption = names("ONLINE_STATUS");
export type PeerSubscriptionOption = keyof typeof PeerSubscriptionOption;

/** How far an invitation has come, as its caller sees it. */
export const LocalInvitationState = names("IDLE", "SENT_TO_REMOTE", "RECEIVED_BY_REMOTE", "ACCEPTED_BY_REMOTE", "REFUSED_BY_REMOTE", "CANCELED", "FAILURE");
export type LocalInvitationState = keyof typeof LocalInvitationState;

export const LocalInvitationFailureReason = names("UNKNOWN", "PEER_OFFLINE", "PEER_NO_RESPONSE", "INVITATION_EXPIRE", "NOT_LOGGEDIN");
export type LocalInvitationFailureReason = keyof typeof LocalInvitationFailureReason;

/** How far an invitation has come, as its callee sees it. */
export const RemoteInvitationState = names("INVITATION_RECEIVED", "ACCEPT_SENT_TO_LOCAL", "REFUSED", "ACCEPTED", "CANCELED", "FAILURE");
export type RemoteInvitationState = keyof typeof RemoteInvitationState;

export const RemoteInvitationFailureReason = names("UNKNOWN", "PEER_OFFLINE", "ACCEPT_FAILURE", "INVITATION_EXPIRE");
export type RemoteInvitationFailureReason = keyof typeof RemoteInvitationFailureReason;

/** Regions of RTM. Here they are accepted and change nothing: where an app's data lives is decided when the app is made. */
export const AreaCode = names("GLOBAL", "INDIA", "JAPAN", "ASIA", "EUROPE", "CHINA", "NORTH_AMERICA");
export type AreaCode = keyof typeof AreaCode;

/** Older names of the regions. */
export const LegacyAreaCode = names("CN", "NA", "EU", "AS", "JP", "IN", "GLOB", "OC", "SA", "AF", "OVS");
export type LegacyAreaCode = keyof typeof LegacyAreaCode;
