import type { ConversationRef } from "../../protocol/conversation-name.ts";
import type { ConversationEntry, Passing } from "../../protocol/messages/conversation.ts";
import type { UserPresence } from "../../protocol/messages/notice.ts";
import type { UserId } from "../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Media } from "../media/media.ts";
import type { GroupNews } from "./groups/types.ts";
import type { LocalChange } from "./local-messages.ts";
import type { MessageRecord } from "./message.ts";
import type { Outgoing } from "./outbox.ts";
import type { ContactNews, Profile } from "./people.ts";
import type { LocalConversation, Pending } from "./store.ts";

export interface Told {
  readonly conversation: ConversationRef;
  readonly message: MessageRecord;
}

export interface ChatsEvents {
  /** A message that this device did not have, oldest first; own ones, too. */
  message: Told;
  /** A message that it had is another now: edited, recalled, reacted to, pinned, removed. */
  changed: Told;
  /** Anything about a conversation is another: last message, unread, receipts, pin, marks. */
  conversation: LocalConversation;
  typing: { readonly conversation: ConversationRef; readonly user: UserId; readonly on: boolean };
  /** A message that is kept nowhere. */
  passing: { readonly conversation: ConversationRef; readonly message: Extract<Passing, { kind: "message" }> };
  /** Somebody has confirmed a message of this user; so many have by now. Told as it happens. */
  confirmed: {
    readonly conversation: ConversationRef;
    readonly user: UserId;
    readonly seq: number;
    readonly count: number;
    readonly content?: string | undefined;
  };
  /** What is known of who has one's own messages in a group is another: see `receiptCountsOf`. */
  receipts: { readonly conversation: ConversationRef };
  /** A message on its way has another state, or more of its file is up. */
  outgoing: Outgoing;
  /** One's own profile has changed. */
  profile: Profile;
  /** A contact or an invitation has come, changed, or gone (`none`). */
  contact: ContactNews;
  /** These are blocked now, or no longer. */
  blocked: { readonly users: readonly UserId[]; readonly on: boolean };
  /** Watched users have come or gone; of none: nothing is known any more, for there is no connection. */
  presence: { readonly users: readonly UserPresence[] };
  /** Whether there is a connection. */
  connected: { readonly connected: boolean };
  /** Whether all that this device lacked has come. */
  synced: { readonly synced: boolean };
  /** Something has happened in a group, or by one to this user; told as it happens. */
  group: GroupNews;
  /** What is known of groups is another. */
  groups: { readonly groups: readonly UserId[] };
  /** What is known of people is another: profiles, contacts, who is blocked. */
  people: { readonly users: readonly UserId[] };
  /** The login has ended, for all tabs that share it. */
  over: { readonly reason: string };
  error: Error;
}

export type Emit = <Name extends keyof ChatsEvents>(name: Name, event: ChatsEvents[Name]) => void;

export type Draft = Omit<Pending, "order" | "failed">;

/** What does the work of a user's chats: in this program, or in another tab of the same browser. */
export interface Engine {
  readonly connected: boolean;
  readonly synced: boolean;
  /** Whatever else the store keeps, by name. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly media: Media | undefined;
  all(): readonly LocalConversation[];
  get(key: string): LocalConversation | undefined;
  /** All messages on their way, oldest first. */
  outgoing(): readonly Outgoing[];
  send(draft: Draft): Outgoing;
  call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>>;
  read(conversation: ConversationRef, seq: number): Promise<void>;
  entry(entry: ConversationEntry): Promise<void>;
  /** Fetches a page of older messages into the store. False: there is nothing to be had now. */
  older(conversation: ConversationRef, limit: number): Promise<boolean>;
  /** Changes what this device keeps, and tells nobody. What is there then, oldest first. */
  local(conversation: ConversationRef, change: LocalChange): Promise<readonly MessageRecord[]>;
  keep(name: string, value: unknown): Promise<void>;
  close(): void;
}
