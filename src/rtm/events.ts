import type { ConnectionChangeReason, ConnectionState, PeerOnlineState } from "./enums.ts";
import type { RtmMetadata } from "./metadata-item.ts";
import type { RemoteInvitation } from "./remote-invitation.ts";
import type { ChannelAttributes, RtmMessage } from "./types.ts";

export type { LocalInvitationEvents } from "./local-invitation.ts";
export type { RemoteInvitationEvents } from "./remote-invitation.ts";

/** What is said of a message beside it. */
export interface ReceivedMessageProperties {
  /** When the service took it, Unix ms. */
  serverReceivedTs: number;
}

export interface ReceivedPeerMessageProperties extends ReceivedMessageProperties {
  /** It waited for this user. */
  isOfflineMessage: boolean;
  /** It is kept in the history. */
  isHistoricalMessage: boolean;
}

export interface PeersOnlineStatusMap {
  [peerId: string]: PeerOnlineState;
}

/** What an `RtmClient` tells. */
export interface RtmClientEvents {
  /** A message of another user to this one. */
  MessageFromPeer: (message: RtmMessage, peerId: string, messageProps: ReceivedPeerMessageProperties) => void;
  ConnectionStateChanged: (newState: ConnectionState, reason: ConnectionChangeReason) => void;
  /** Somebody calls. */
  RemoteInvitationReceived: (remoteInvitation: RemoteInvitation) => void;
  /** The token has ended: with it the connection, or the attempt to get it back. */
  TokenExpired: () => void;
  /** The token ends in 30 s: time for `renewToken`. */
  TokenPrivilegeWillExpire: () => void;
  /** How users stand who are subscribed to: all of them after a subscription, then each that changes. */
  PeersOnlineStatusChanged: (status: PeersOnlineStatusMap) => void;
  /** Never happens: there is no other way round to fall back to. */
  FallbackProxyConnected: () => void;
  /** The app has thrown this user out (1.6). */
  BannedByServer: () => void;
  /** The metadata of a channel that is joined has changed: all of it (1.6). */
  ChannelMetaDataUpdated: (data: RtmMetadata, channelId: string) => void;
  /** The same of a user who is subscribed to (1.6). */
  UserMetaDataUpdated: (uid: string, data: RtmMetadata) => void;
}

/** What an `RtmChannel` tells, while it is joined. */
export interface RtmChannelEvents {
  /** A message of another member. */
  ChannelMessage: (message: RtmMessage, memberId: string, messageProps: ReceivedMessageProperties) => void;
  /** Not in channels of more than 512. */
  MemberJoined: (memberId: string) => void;
  MemberLeft: (memberId: string) => void;
  /** All attributes of the channel, where who changed them asked for it. */
  AttributesUpdated: (attributes: ChannelAttributes) => void;
  MemberCountUpdated: (memberCount: number) => void;
}
