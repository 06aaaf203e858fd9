import type { Content, ContentType, Ext, Mentions } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";

/** Who did something, and when. */
export interface Act {
  readonly by: UserId;
  readonly at: number;
}

/** A message as its conversation keeps it: once for everybody. */
export interface StoredMessage {
  readonly seq: number;
  /** Of its last change of any kind. */
  readonly version: number;
  /** Of the last change of what it says: an edit, a recall. */
  readonly contentVersion: number;
  readonly from: UserId;
  readonly ts: number;
  readonly key: string;
  readonly type: ContentType;
  /** Gone with a recall, for good. */
  readonly content?: Content | undefined;
  readonly ext?: Ext | undefined;
  readonly silent?: true | undefined;
  /** It counts as unread for nobody. */
  readonly quiet?: true | undefined;
  readonly receivers?: readonly UserId[] | undefined;
  readonly mentions?: Mentions | undefined;
  /** Its sender wants to know who has read it, from themselves. */
  readonly confirm?: true | undefined;
  readonly edited?: (Act & { readonly times: number }) | undefined;
  readonly recalled?: Act | undefined;
  /** Its text is still being written. */
  readonly growing?: true | undefined;
  /** The number of the last thing appended to it, or of its end. */
  readonly grown?: number | undefined;
  /** Its writer has not come to an end. */
  readonly cut?: true | undefined;
}

/** Whether it counts as unread for those who get it. */
export const isCountable = ({ type, recalled, quiet }: Pick<StoredMessage, "type" | "recalled" | "quiet">): boolean =>
  type !== "command" && recalled === undefined && quiet === undefined;

/** Whether it is for this user at all. */
export const isFor = ({ from, receivers }: Pick<StoredMessage, "from" | "receivers">, user: UserId): boolean =>
  receivers === undefined || from === user || receivers.includes(user);

/** Nothing of what it said is left. */
export const recalledMessage = (message: StoredMessage, version: number, act: Act): StoredMessage => ({
  ...message,
  version,
  contentVersion: version,
  content: undefined,
  ext: undefined,
  mentions: undefined,
  growing: undefined,
  grown: undefined,
  cut: undefined,
  recalled: act,
});
