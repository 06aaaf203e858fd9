import { CHAT_TIMINGS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { UserId } from "../../protocol/names.ts";
import { OwnChats } from "./own-chats.ts";
import type { ChatClient, MediaMaker } from "./port.ts";
import { type ChatStore, MemoryStore } from "./store.ts";

export type { ConversationRef, ConversationType } from "../../protocol/conversation-name.ts";
export type { Content, ContentType, ConversationEntry, Ext, Mentions, Passing, ReactionSummary, Receipt } from "../../protocol/messages/conversation.ts";
export type { Chats, SearchOptions } from "./chats.ts";
export type { AroundOptions, ChatConversation, FileContent, HistoryOptions, PageOptions, Stretch } from "./conversation.ts";
export type { Devices, UserDevice } from "./devices.ts";
export type { Directory } from "./directory.ts";
export type { ChatsEvents, Told } from "./engine.ts";
export type { MemberAttributes } from "./groups/attribute-book.ts";
export { askingIn, listedIn, publicGroupsOf } from "./groups/group-lists.ts";
export { Groups, groupsOf } from "./groups/groups.ts";
export { MemberList, type MembersState } from "./groups/member-list.ts";
export { PagedList, type PagesState } from "./groups/paged-list.ts";
export {
  downloadShared,
  type FileUpload,
  FileUploads,
  filesIn,
  fileUploadsOf,
  type SharedFile,
  type ShareOptions,
  shareFile,
} from "./groups/shared-files.ts";
export type * from "./groups/types.ts";
export { GrowingText, type GrowOptions, growText } from "./growing.ts";
export { indexedStore } from "./indexed-store.ts";
export type { LocalMessage } from "./local-messages.ts";
export type { SendOptions } from "./manner.ts";
export { isLocal, type MessageRecord } from "./message.ts";
export type { Outgoing, OutgoingState, SentMessage } from "./outbox.ts";
export type { OwnChats } from "./own-chats.ts";
export type { Contact, ContactNews, ContactState, ContactsPage, People, Profile } from "./people.ts";
export type { ChatClient, MediaMaker } from "./port.ts";
export type { PresenceSubscriptions, PresenceWatch, UserPresence } from "./presence-watch.ts";
export { type Reached, ReceiptCounts, type ReceiptNumbers, receiptCountsOf } from "./receipt-counts.ts";
export {
  createRoom,
  openRoom,
  type Room,
  type RoomClient,
  type RoomDetails,
  type RoomEdit,
  type RoomEvent,
  type RoomEvents,
  type RoomKey,
  type RoomMessage,
  type RoomOptions,
  type RoomPin,
  type RoomSendOptions,
  type RoomState,
} from "./room.ts";
export { type MessageFilter, type Sought, textOf } from "./search.ts";
export { type SqliteDatabase, type SqliteStatement, SqliteStore } from "./sqlite-store.ts";
export { type ChatStore, type Found, type Known, type LocalConversation, MemoryStore, type Pending, type Writes } from "./store.ts";
export { openTabs, type TabChats, type TabsOptions } from "./tabs/tab-chats.ts";
export { MessageWindow, type WindowState } from "./window.ts";

/** Typing is over if it is not said again by then. */
export const CHAT_TYPING_MS: number = CHAT_TIMINGS.chatTypingMs;

/** A conversation's name for maps and lists. */
export const keyOf = (conversation: ConversationRef): string => refKey(conversation);

export interface ChatOptions {
  /** Where the chats are kept on this device; without one, as long as the program runs. */
  readonly store?: ChatStore;
  /** The function `media` of `wigwag/media`, to send files and to load them. */
  readonly media?: MediaMaker;
}

/**
 * The chats of a user, from what is kept on this device: at once and offline. With a client, they go on over it;
 * with a user's id, `attach` does that later.
 *
 * @example
 * const chats = await openChat(me, { store: await indexedStore(`chat ${me.user}`) });
 * chats.on("message", ({ conversation, message }) => show(conversation, message));
 * const bob = chats.conversation("bob");
 * await bob.send("Hello").sent;
 */
export async function openChat(who: ChatClient | UserId, { store = new MemoryStore(), media }: ChatOptions = {}): Promise<OwnChats> {
  const user = typeof who === "string" ? who : who.user;
  const chats = new OwnChats(user, store, await store.load(), media);
  if (typeof who !== "string") chats.attach(who);
  return chats;
}
