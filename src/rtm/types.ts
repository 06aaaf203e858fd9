import type { AreaCode } from "./enums.ts";
import type { LogFilterType } from "./log.ts";

/** What `createInstance` and `updateConfig` take. */
export interface RtmConfig {
  /** Accepted; nothing is uploaded. */
  enableLogUpload?: boolean;
  /** What the client writes to the console; nothing where it is not given. */
  logFilter?: LogFilterType;
  /** Accepted; every connection goes over the standard HTTPS port already. */
  enableCloudProxy?: boolean;
}

/** What `setArea` takes. */
export interface AreaConfig {
  areaCodes: AreaCode[];
  /** Only together with GLOBAL. */
  excludedArea?: AreaCode;
}

export interface LoginOptions {
  uid: string;
  /** Nothing, or the App ID itself, for an app without certificates. */
  token?: string | null | undefined;
}

export interface RtmTextMessage {
  text: string;
  messageType?: "TEXT";
}

export interface RtmRawMessage {
  rawMessage: Uint8Array;
  description?: string | undefined;
  messageType?: "RAW";
}

/** A file that was uploaded. The bytes are fetched with `downloadMedia`. */
export interface RtmFileMessage {
  mediaId: string;
  size: number;
  fileName?: string | undefined;
  description?: string | undefined;
  thumbnail?: Blob | undefined;
  messageType: "FILE";
}

/** The same of an image. */
export interface RtmImageMessage {
  mediaId: string;
  size: number;
  fileName?: string | undefined;
  description?: string | undefined;
  thumbnail?: Blob | undefined;
  width?: number | undefined;
  height?: number | undefined;
  thumbnailWidth?: number | undefined;
  thumbnailHeight?: number | undefined;
  messageType: "IMAGE";
}

export interface MediaOperationProgress {
  currentSize: number;
  totalSize: number;
}

/** How a transfer is called off, and who hears how far it is. */
export interface MediaTransferHandler {
  cancelSignal?: AbortSignal | undefined;
  /** About once a second, and at the end. */
  onOperationProgress?: ((progress: MediaOperationProgress) => void) | undefined;
}

export interface FileMessageParameters {
  messageType?: "FILE";
  fileName?: string | undefined;
  description?: string | undefined;
  thumbnail?: Blob | undefined;
}

export interface ImageMessageParameters extends Omit<FileMessageParameters, "messageType"> {
  messageType: "IMAGE";
  width?: number | undefined;
  height?: number | undefined;
  thumbnailWidth?: number | undefined;
  thumbnailHeight?: number | undefined;
}

export type MediaMessageParameters = FileMessageParameters | ImageMessageParameters;

/** Anything that can be sent. What comes names its kind always. */
export type RtmMessage = RtmTextMessage | RtmRawMessage | RtmFileMessage | RtmImageMessage;

export interface PeerMessageOptions {
  /** Keep it for a peer that is not there, until its next login. */
  enableOfflineMessaging?: boolean;
  /** Keep it in the peer's history. */
  enableHistoricalMessaging?: boolean;
}

export interface PeerMessageSendResult {
  /** Whether the peer's client has it. */
  hasPeerReceived: boolean;
}

export interface ChannelMessageOptions {
  /** Keep it in the channel's history. */
  enableHistoricalMessaging?: boolean;
}

/** Attributes of a user. */
export interface AttributesMap {
  [key: string]: string;
}

export interface ChannelAttributeProperties {
  value: string;
  lastUpdateUserId: string;
  /** Unix ms, by the service's clock. */
  lastUpdateTs: number;
}

/** Attributes of a channel. */
export interface ChannelAttributes {
  [key: string]: ChannelAttributeProperties;
}

export interface ChannelAttributeOptions {
  /** Have the members of the channel told. */
  enableNotificationToChannelMembers?: boolean;
}

export interface ChannelMemberCountResult {
  [channelId: string]: number;
}

export interface PeersOnlineStatusResult {
  [peerId: string]: boolean;
}
