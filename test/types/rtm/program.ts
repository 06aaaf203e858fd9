// A program against every member, as programs for RTM 1.x import them: compiled, not run.

import type * as everything from "wigwag/rtm";
import AgoraRTM, {
  AreaCode,
  ConnectionChangeReason,
  ConnectionState,
  createInstance,
  END_CALL_PREFIX,
  type LocalInvitation,
  LocalInvitationFailureReason,
  LocalInvitationState,
  MessageType,
  PeerOnlineState,
  PeerSubscriptionOption,
  type RemoteInvitation,
  RemoteInvitationFailureReason,
  RemoteInvitationState,
  type RtmChannel,
  type RtmClient,
  type RtmError,
  type RtmEvents,
  type RtmFileMessage,
  type RtmImageMessage,
  type RtmMessage,
  type RtmRawMessage,
  type RtmStatusCode,
  type RtmTextMessage,
  setArea,
} from "wigwag/rtm";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Condition extends true>(): void => {};

holds<Equal<typeof AgoraRTM.createInstance, typeof createInstance>>();
holds<Equal<typeof everything.createInstance, typeof createInstance>>();
holds<Equal<AgoraRTM.RtmClient, RtmClient>>();
holds<Equal<RtmStatusCode.ConnectionState, "DISCONNECTED" | "CONNECTING" | "CONNECTED" | "RECONNECTING" | "ABORTED">>();
holds<Equal<Parameters<RtmEvents.RtmClientEvents["ConnectionStateChanged"]>, [newState: ConnectionState, reason: ConnectionChangeReason]>>();
holds<Equal<Parameters<RtmEvents.RtmChannelEvents["MemberCountUpdated"]>, [memberCount: number]>>();
holds<Equal<Parameters<RtmEvents.LocalInvitationEvents["LocalInvitationAccepted"]>, [response: string]>>();
holds<Equal<Parameters<RtmEvents.RemoteInvitationEvents["RemoteInvitationFailure"]>, [reason: RemoteInvitationFailureReason]>>();

export const texts: string[] = [
  AgoraRTM.VERSION,
  AgoraRTM.BUILD,
  AgoraRTM.processId,
  END_CALL_PREFIX,
  AreaCode.NORTH_AMERICA,
  ConnectionChangeReason.REMOTE_LOGIN,
  ConnectionState.ABORTED,
  LocalInvitationFailureReason.NOT_LOGGEDIN,
  LocalInvitationState.SENT_TO_REMOTE,
  MessageType.IMAGE,
  PeerOnlineState.UNREACHABLE,
  RemoteInvitationFailureReason.ACCEPT_FAILURE,
  RemoteInvitationState.ACCEPT_SENT_TO_LOCAL,
];

export async function program(): Promise<void> {
  AgoraRTM.setParameter("WIGWAG_URL", "https://signal.example.com");
  holds<Equal<ReturnType<typeof AgoraRTM.getParameter>, unknown>>();
  setArea({ areaCodes: [AreaCode.GLOBAL], excludedArea: AreaCode.CHINA });
  const [off, ...filters] = [
    AgoraRTM.LOG_FILTER_OFF,
    AgoraRTM.LOG_FILTER_ERROR,
    AgoraRTM.LOG_FILTER_WARNING,
    AgoraRTM.LOG_FILTER_INFO,
    AgoraRTM.LOG_FILTER_DEBUG,
  ];
  const client: RtmClient = createInstance("a".repeat(32), { enableLogUpload: false, logFilter: off ?? AgoraRTM.LOG_FILTER_OFF, enableCloudProxy: false }, [
    "CHINA",
  ]);
  clientEvents(client);
  await client.login({ uid: "ann" });
  await client.login({ uid: "ann", token: "token" });
  await client.renewToken("token");
  client.updateConfig({ enableLogUpload: true });
  client.setParameters({});
  holds<Equal<typeof client.connectionState, ConnectionState>>();

  const text: RtmTextMessage = client.createMessage<RtmTextMessage>({ text: "hi" });
  const raw: RtmRawMessage = client.createMessage<RtmRawMessage>({ rawMessage: new Uint8Array(1), description: "d", messageType: MessageType.RAW });
  const { hasPeerReceived } = await client.sendMessageToPeer(text, "bob");
  holds<Equal<typeof hasPeerReceived, boolean>>();
  await client.sendMessageToPeer(raw, "bob", { enableOfflineMessaging: true, enableHistoricalMessaging: false });
  await client.sendMessageToPeer({ text: "hi", messageType: "TEXT" }, "bob");

  await client.setLocalUserAttributes({ a: "b" });
  await client.addOrUpdateLocalUserAttributes({ a: "b" });
  await client.deleteLocalUserAttributesByKeys(["a"]);
  await client.clearLocalUserAttributes();
  const ofUser: { [key: string]: string } = await client.getUserAttributes("bob");
  const some: { [key: string]: string } = await client.getUserAttributesByKeys("bob", ["a"]);
  const told = { enableNotificationToChannelMembers: true };
  await client.setChannelAttributes("room", { a: "b" }, told);
  await client.addOrUpdateChannelAttributes("room", { a: "b" }, told);
  await client.deleteChannelAttributesByKeys("room", ["a"], told);
  await client.clearChannelAttributes("room", told);
  const attributes = await client.getChannelAttributes("room");
  for (const { value, lastUpdateUserId, lastUpdateTs } of Object.values(attributes)) {
    holds<Equal<[typeof value, typeof lastUpdateUserId, typeof lastUpdateTs], [string, string, number]>>();
  }
  holds<Equal<typeof attributes, Awaited<ReturnType<typeof client.getChannelAttributesByKeys>>>>();
  const counts: { [channelId: string]: number } = await client.getChannelMemberCount(["room"]);
  const online: { [peerId: string]: boolean } = await client.queryPeersOnlineStatus(["bob"]);
  await client.subscribePeersOnlineStatus(["bob"]);
  await client.unsubscribePeersOnlineStatus(["bob"]);
  const peers: string[] = await client.queryPeersBySubscriptionOption(PeerSubscriptionOption.ONLINE_STATUS);

  const channel: RtmChannel = client.createChannel("room");
  channelEvents(channel);
  holds<Equal<typeof channel.channelId, string>>();
  await channel.join();
  await channel.sendMessage({ text: "hi" });
  await channel.sendMessage({ rawMessage: new Uint8Array(1) }, { enableHistoricalMessaging: true });
  const members: string[] = await channel.getMembers();
  await channel.leave();
  calls(client);
  await files(client);
  await metadata(client, channel);
  await client.logout();
  client.logoutSync();
  console.log(filters.length, ofUser, some, counts, online, peers, members);
}

function clientEvents(client: RtmClient): void {
  client.on("MessageFromPeer", (message, peerId, { serverReceivedTs, isOfflineMessage, isHistoricalMessage }) => {
    holds<Equal<[typeof peerId, typeof serverReceivedTs, typeof isOfflineMessage, typeof isHistoricalMessage], [string, number, boolean, boolean]>>();
    show(message);
  });
  client.on("ConnectionStateChanged", (newState, reason) => console.log(newState === ConnectionState.CONNECTED, reason === "INTERRUPTED"));
  client.once("TokenExpired", async () => client.renewToken("token"));
  client.on("TokenPrivilegeWillExpire", () => {});
  client.on("PeersOnlineStatusChanged", (status) => console.log(status.bob === PeerOnlineState.ONLINE));
  client.on("FallbackProxyConnected", () => {});
  client.on("BannedByServer", () => {});
  client.on("RemoteInvitationReceived", (invitation) => answer(invitation));
  const listener = (): void => {};
  client
    .addListener("TokenExpired", listener)
    .removeListener("TokenExpired", listener)
    .off("TokenExpired", listener)
    .removeAllListeners("TokenExpired")
    .removeAllListeners();
  holds<Equal<ReturnType<typeof client.emit>, boolean>>();
  const numbers: number[] = [client.listeners("TokenExpired").length, client.rawListeners("TokenExpired").length, client.listenerCount("TokenExpired")];
  console.log(numbers, client.eventNames());
}

function channelEvents(channel: RtmChannel): void {
  channel.on("ChannelMessage", (message, memberId, { serverReceivedTs }) => console.log(message.messageType, memberId, serverReceivedTs));
  channel.on("MemberJoined", (memberId) => memberId.length).on("MemberLeft", (memberId) => memberId.length);
  channel.on("AttributesUpdated", (attributes) => console.log(attributes.topic?.value));
  channel.on("MemberCountUpdated", (count) => console.log(count + 1));
}

function show(message: RtmMessage): string | Uint8Array {
  switch (message.messageType) {
    case "RAW":
      return message.rawMessage;
    case "FILE":
      return of(message);
    case "IMAGE":
      return `${of(message)} ${message.width} ${message.height} ${message.thumbnailWidth} ${message.thumbnailHeight}`;
    case "TEXT":
      return message.text;
    default:
      return "text" in message ? message.text : message.rawMessage;
  }
}

const of = ({ mediaId, size, fileName, description, thumbnail }: RtmFileMessage | RtmImageMessage): string =>
  `${mediaId} ${size} ${fileName ?? ""} ${description ?? ""} ${thumbnail?.size}`;

function calls(client: RtmClient): void {
  const invitation: LocalInvitation = client.createLocalInvitation("bob");
  invitation.content = "come";
  invitation.channelId = "room";
  invitation.on("LocalInvitationAccepted", (response) => response.length).on("LocalInvitationRefused", (response) => response.length);
  invitation.on("LocalInvitationReceivedByPeer", () => {}).on("LocalInvitationCanceled", () => {});
  invitation.on("LocalInvitationFailure", (reason) => reason === LocalInvitationFailureReason.PEER_OFFLINE);
  invitation.send();
  invitation.cancel();
  holds<Equal<[typeof invitation.calleeId, typeof invitation.response, typeof invitation.state], [string, string, LocalInvitationState]>>();
}

async function files(client: RtmClient): Promise<void> {
  const handler = {
    cancelSignal: new AbortController().signal,
    onOperationProgress: ({ currentSize, totalSize }: AgoraRTM.MediaOperationProgress) => console.log(currentSize / totalSize),
  };
  const file = await client.createMediaMessageByUploading(
    new Blob(["x"]),
    { messageType: "FILE", fileName: "x", description: "d", thumbnail: new Blob() },
    handler,
  );
  holds<Equal<typeof file, RtmFileMessage | RtmImageMessage>>();
  await client.createMediaMessageByUploading(new Blob(["x"]), { messageType: "IMAGE", width: 1, height: 1, thumbnailWidth: 1, thumbnailHeight: 1 });
  await client.sendMessageToPeer(file, "bob");
  const blob: Blob = await client.downloadMedia(file.mediaId, handler);
  console.log(blob.size);
}

async function metadata(client: RtmClient, channel: RtmChannel): Promise<void> {
  const item: AgoraRTM.RtmMetadataItem = client.createMetadataItem();
  item.setKey("topic");
  item.setValue("flags");
  item.setValue(null);
  item.setRevision(1);
  holds<Equal<[ReturnType<typeof item.getKey>, ReturnType<typeof item.getValue>], [string, string | null]>>();
  holds<Equal<[ReturnType<typeof item.getRevision>, ReturnType<typeof item.getUpdateTs>, ReturnType<typeof item.getAuthorUserId>], [number, number, string]>>();
  const options: AgoraRTM.RtmMetadataOptions = { majorRevision: 1, enableRecordTs: true, enableRecordUserId: true };
  await client.setLocalUserMetadata([item], options);
  await client.addLocalUserMetadata([item], options);
  await client.updateLocalUserMetadata([item], options);
  await client.deleteLocalUserMetadata([item], options);
  await client.clearLocalUserMetadata(options);
  const { items, majorRevision }: AgoraRTM.RtmMetadata = await client.getUserMetadata("bob");
  await client.subscribeUserMetadata("bob");
  await client.unsubscribeUserMetadata("bob");
  client.on("UserMetaDataUpdated", (uid, data) => console.log(uid, data.items.length)).on("ChannelMetaDataUpdated", (data) => console.log(data.majorRevision));
  await channel.setChannelMetadata([item], options);
  await channel.addChannelMetadata([item], options);
  await channel.updateChannelMetadata([item], options);
  await channel.deleteChannelMetadata([item], options);
  await channel.clearChannelMetadata(options);
  holds<Equal<Awaited<ReturnType<typeof channel.getChannelMetadata>>, AgoraRTM.RtmMetadata>>();
  console.log(items.length, majorRevision);
}

function answer(invitation: RemoteInvitation): void {
  holds<Equal<[typeof invitation.callerId, typeof invitation.content, typeof invitation.channelId], [string, string, string]>>();
  holds<Equal<typeof invitation.state, RemoteInvitationState>>();
  invitation.response = "yes";
  invitation.on("RemoteInvitationAccepted", () => {}).on("RemoteInvitationRefused", () => {});
  invitation.on("RemoteInvitationCanceled", (content) => content.length).on("RemoteInvitationFailure", (reason) => reason === "PEER_OFFLINE");
  invitation.accept();
  invitation.refuse();
}

export function misuse(client: RtmClient, channel: RtmChannel, error: RtmError): void {
  // @ts-expect-error An App ID is a text.
  createInstance(7);
  // @ts-expect-error A login has a uid.
  void client.login({ token: "token" });
  // @ts-expect-error A uid is a text.
  void client.login({ uid: 7 });
  // @ts-expect-error There is no such event.
  client.on("MessageFromChannel", () => {});
  // @ts-expect-error The event has other arguments.
  channel.on("MemberCountUpdated", (count: string) => count);
  // @ts-expect-error A message has a text, or bytes.
  void channel.sendMessage({ body: "hi" });
  // @ts-expect-error Attributes are texts.
  void client.setLocalUserAttributes({ a: 1 });
  // @ts-expect-error A list of ids.
  void client.queryPeersOnlineStatus("bob");
  // @ts-expect-error There is no such option.
  void client.queryPeersBySubscriptionOption("MOOD");
  // @ts-expect-error It is read only.
  channel.channelId = "other";
  // @ts-expect-error It is read only.
  error.code = 1;
  // @ts-expect-error There is no such state.
  ConnectionState.SLEEPING;
  // @ts-expect-error Enums are not to be changed.
  ConnectionState.ABORTED = "ABORTED";
}
