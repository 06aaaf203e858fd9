/** Every name of the module, for all of its forms. */
import type * as RtmEvents from "./events.ts";

export type { RtmChannel } from "./channel.ts";
export type { RtmClient } from "./client.ts";
export * as RtmStatusCode from "./enums.ts";
export {
  AreaCode,
  ConnectionChangeReason,
  ConnectionState,
  LegacyAreaCode,
  LocalInvitationFailureReason,
  LocalInvitationState,
  MessageType,
  PeerOnlineState,
  PeerSubscriptionOption,
  RemoteInvitationFailureReason,
  RemoteInvitationState,
} from "./enums.ts";
export type { RtmError, RtmErrorName } from "./errors.ts";
export { BUILD, createInstance, END_CALL_PREFIX, processId, setArea, VERSION } from "./instance.ts";
export type { LocalInvitation } from "./local-invitation.ts";
export { LOG_FILTER_DEBUG, LOG_FILTER_ERROR, LOG_FILTER_INFO, LOG_FILTER_OFF, LOG_FILTER_WARNING, type LogFilterType } from "./log.ts";
export type { RtmMetadata, RtmMetadataItem, RtmMetadataOptions } from "./metadata-item.ts";
export { getParameter, setParameter } from "./parameters.ts";
export type { RemoteInvitation } from "./remote-invitation.ts";
export type {
  AreaConfig,
  AttributesMap,
  ChannelAttributeOptions,
  ChannelAttributeProperties,
  ChannelAttributes,
  ChannelMemberCountResult,
  ChannelMessageOptions,
  FileMessageParameters,
  ImageMessageParameters,
  LoginOptions,
  MediaMessageParameters,
  MediaOperationProgress,
  MediaTransferHandler,
  PeerMessageOptions,
  PeerMessageSendResult,
  PeersOnlineStatusResult,
  RtmConfig,
  RtmFileMessage,
  RtmImageMessage,
  RtmMessage,
  RtmRawMessage,
  RtmTextMessage,
} from "./types.ts";
export type { RtmEvents };
