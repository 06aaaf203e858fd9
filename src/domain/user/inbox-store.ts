import type { Message } from "../../protocol/messages/message.ts";
import type { DeviceId } from "../../protocol/names.ts";

/** The stream's identity. `seq` is the last one given when the newest page went; a page that stands knows better. */
export interface InboxHead {
  readonly epoch: string;
  readonly seq: number;
  /** Everything up to here is gone. */
  readonly floor: number;
}

/** What is known of a waiting message without reading its body. */
export interface InboxEntry {
  readonly seq: number;
  readonly from: string;
  readonly device: DeviceId;
  readonly id: number;
  readonly bytes: number;
  /** The devices it waits for; none: the first to register. */
  readonly devices: readonly DeviceId[];
  /** Only for those of them that come back in time, and for nobody else. */
  readonly bridged?: true | undefined;
  /** For the order alone: it is under way to devices that were there, and stands before later ones of its sender for whoever registers. */
  readonly ahead?: true | undefined;
}

export interface InboxPage {
  readonly first: number;
  readonly last: number;
  readonly at: number;
  readonly entries: readonly InboxEntry[];
}

/** A registered device: it has everything up to `cursor`, and everything up to `since` is for it, too. */
export interface InboxReader {
  readonly device: DeviceId;
  readonly cursor: number;
  readonly since: number;
  /** The newest seq for this device that overflowed before it was read. */
  readonly lost: number;
  /** It was not there in time for what is bridged up to here. */
  readonly unbridged: number;
}

/** Durable, synchronous; what one turn writes is committed together. */
export interface InboxStore {
  head(): InboxHead | undefined;
  setHead(head: InboxHead): void;
  readers(): InboxReader[];
  setReader(reader: InboxReader): void;
  removeReader(device: DeviceId): void;
  /** By rising `first`. */
  pages(): InboxPage[];
  /** The messages of a page, in the order of its entries. */
  messages(first: number): Message[];
  addPage(page: InboxPage, messages: readonly Message[]): void;
  removePage(first: number): void;
}
