import type { UserId } from "../../protocol/names.ts";
import type { Act, StoredMessage } from "./message.ts";

export interface ConversationMeta {
  /** Given by the app's directory. */
  readonly number: number;
  /** The highest number when rows were removed last: what is given next is higher, whatever rows are left. */
  readonly head: number;
  /** Messages below are in the database alone. */
  readonly floor: number;
  /** Changes up to here are remembered no longer. */
  readonly changesFloor: number;
  /** Messages and changes up to here are in the database. */
  readonly exported: number;
}

export interface Member {
  readonly user: UserId;
  /** Of the last change of what others see of it: a number of the conversation's count, as a message's. */
  readonly version: number;
  /** Its object is told of what is new. Cold: it asks when somebody is there. */
  readonly hot: boolean;
  /** Deleted: cold until the next message, which is the first that whoever has its id hears of. */
  readonly gone?: boolean;
  readonly delivered: number;
  readonly read: number;
  /** It sees nothing up to here. */
  readonly cleared: number;
  /** In a chat of two: it takes nothing from the other. */
  readonly refuses: boolean;
}

/** Something has happened to an older message. */
export interface Change {
  readonly version: number;
  readonly seq: number;
  /** Only this user sees it. */
  readonly user?: UserId | undefined;
}

export interface Reaction {
  readonly reaction: string;
  readonly user: UserId;
  readonly at: number;
}

/** What was appended to a message at once. */
export interface Piece {
  /** A number of the conversation's count: who has it has the text up to here. */
  readonly version: number;
  readonly seq: number;
  /** How much of the text comes before, in UTF-16 units. */
  readonly at: number;
  readonly text: string;
  readonly ts: number;
}

export interface Unread {
  readonly count: number;
  readonly mentioned?: number;
}

/** A conversation in durable storage. Every call is synchronous; what one turn writes is committed together. */
export interface ConversationStore {
  meta(): ConversationMeta | undefined;
  setMeta(meta: ConversationMeta): void;
  /** The highest number that any row has. */
  highest(): number;
  members(): Member[];
  putMember(member: Member): void;
  dropMember(user: UserId): void;
  /** How far these members have it, and nobody else of their chunk: one row. `members` gives the higher of this and what is with the member. */
  putDelivered(chunk: number, marks: Readonly<Record<UserId, number>>): void;
  message(seq: number): StoredMessage | undefined;
  /** One row, new or over the old one. */
  put(message: StoredMessage): void;
  /** Of the newest message that is no newer than `ts`; 0: there is none. */
  newestUntil(ts: number): number;
  /** Rising, beyond `seq`. */
  after(seq: number, limit: number): StoredMessage[];
  /** Falling, below `seq`. */
  before(seq: number, limit: number): StoredMessage[];
  /** Looks at all of them. */
  byKey(from: UserId, key: string): StoredMessage | undefined;
  keysAfter(seq: number): { readonly seq: number; readonly from: UserId; readonly key: string }[];
  /** Messages that are still being written. */
  growing(): readonly number[];
  setGrowing(seq: number, on: boolean): void;
  /** Also a change. A growing message has the text of its pieces beyond `grown`. */
  addPiece(piece: Piece): void;
  /** Of one message, beyond `version`. */
  pieces(seq: number, version: number): Piece[];
  dropPieces(seq: number): void;
  addChange(change: Change): void;
  changesAfter(version: number, limit: number): Change[];
  /** By time. */
  reactions(seq: number): Reaction[];
  addReaction(seq: number, reaction: Reaction): void;
  dropReaction(seq: number, reaction: string, user: UserId): void;
  dropReactions(seq: number): void;
  pins(): ReadonlyMap<number, Act>;
  pin(seq: number, act: Act | undefined): void;
  /** Removed by this user for itself: their seqs, with the number of the removal. */
  removed(user: UserId): ReadonlyMap<number, number>;
  remove(user: UserId, seq: number, version: number): void;
  /** Messages of others beyond `seq` that count, are for this user and were not removed, up to `most`. */
  unread(user: UserId, seq: number, most: number): Unread;
  /** Removes messages up to `seq`, but not pinned ones. How many. `forGood`: not only from here, so with what their readers have removed. */
  dropMessages(upTo: number, limit: number, forGood: boolean): number;
  /** Not those pieces that a growing message is made of. */
  dropChanges(upTo: number): void;
}
